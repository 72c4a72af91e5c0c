//! The key that an agent signs its replies with, and its certificate (agent specification, 6.3).
//!
//! A vendor's own keys must not lie with a customer, who could sign with them whatever it likes. So
//! each recipient of packages has a key of its own, and the vendor's key says so in a certificate.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, Issuer, KeyPair, KeyUsagePurpose, PKCS_ED25519,
    PKCS_RSA_SHA256,
};
use zeroize::Zeroizing;

/// Why there is no key or no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AgentKeyError {
    /// There is no memory or no randomness for a key.
    #[error("a key for an agent's replies could not be made")]
    Generate,
    /// The certificate cannot be written.
    #[error("a certificate for an agent's key could not be made")]
    Certify(#[from] rcgen::Error),
}

/// Makes a key, in PKCS#8. Takes a good part of a second: not for an async thread.
pub fn generate() -> Result<Zeroizing<Vec<u8>>, AgentKeyError> {
    let key =
        PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(|_| AgentKeyError::Generate)?;
    let der: Pkcs8V1Der<'_> = key.as_der().map_err(|_| AgentKeyError::Generate)?;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}

/// A certificate (X.509, DER) by which the vendor `issuer`, whose key is `issuer_key` in PKCS#8, vouches
/// for the agent's key. It is good from the day `(year, month, day)` on and has no end, since nobody could
/// renew it where no network is: what ends is the package.
pub fn certify(
    key: &[u8],
    issuer_key: &[u8],
    issuer: &str,
    from: (i32, u8, u8),
) -> Result<Vec<u8>, AgentKeyError> {
    let named = |name: &str| {
        let mut names = DistinguishedName::new();
        names.push(DnType::CommonName, name);
        names
    };
    let agent = KeyPair::from_pkcs8_der_and_sign_algo(&key.into(), &PKCS_RSA_SHA256)?;
    let issuer_pair = KeyPair::from_pkcs8_der_and_sign_algo(&issuer_key.into(), &PKCS_ED25519)?;

    let mut authority = CertificateParams::default();
    authority.distinguished_name = named(&format!("Leasehold vendor {issuer}"));
    let authority = Issuer::from_params(&authority, issuer_pair);

    let mut params = CertificateParams::default();
    params.distinguished_name = named("Leasehold agent");
    let (year, month, day) = from;
    params.not_before = rcgen::date_time_ymd(year, month, day);
    // RFC 5280, 4.1.2.5: no end that is known well.
    params.not_after = rcgen::date_time_ymd(9999, 12, 31);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    Ok(params.signed_by(&agent, &authority)?.der().to_vec())
}
