//! What an agent signs its replies with (agent specification, 6.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use zeroize::Zeroizing;

use super::AssetsError;
use super::record::{Draft, Record};
use crate::context::Item;

/// The recipient's own key, and the vendor's word for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSigning {
    /// X.509, in DER.
    pub certificate: Vec<u8>,
    /// RSA, which the certificate is about.
    pub key: PrivateKey,
}

/// A private key in PKCS#8. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey(Zeroizing<Vec<u8>>);

/// Whether replies to an API key are signed, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ReplySigning {
    /// They are not.
    #[default]
    Unsigned,
    /// With the recipient's key.
    Agent,
    /// With the private key that the API key has at home. Its holder can answer in the vendor's name.
    Own(PrivateKey),
}

impl PrivateKey {
    /// Takes the bytes.
    pub fn new(pkcs8: impl Into<Zeroizing<Vec<u8>>>) -> Self {
        Self(pkcs8.into())
    }

    /// The key itself.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

pub(super) fn write(signing: &AgentSigning) -> [Item; 2] {
    let mut certificate = Draft::new("AgentCertificate");
    certificate.put("x509", &BASE64.encode(&signing.certificate));
    let mut key = Draft::new("AgentKey");
    key.put("privateKey", &base64(&signing.key));
    [certificate.into_item(), key.into_item()]
}

pub(super) fn read_certificate(mut record: Record) -> Result<Vec<u8>, AssetsError> {
    let certificate = record.read("x509", |text| BASE64.decode(text).ok())?;
    record.close()?;
    Ok(certificate)
}

pub(super) fn read_key(mut record: Record) -> Result<PrivateKey, AssetsError> {
    let key = record.read("privateKey", private)?;
    record.close()?;
    Ok(key)
}

pub(super) fn put_reply_signing(draft: &mut Draft, signing: &ReplySigning) {
    match signing {
        ReplySigning::Unsigned => {}
        ReplySigning::Agent => draft.put("repliesSignedBy", "agent"),
        ReplySigning::Own(key) => draft.put("privateKey", &base64(key)),
    }
}

pub(super) fn read_reply_signing(record: &mut Record) -> Result<ReplySigning, AssetsError> {
    let agent = |text: &str| (text == "agent").then_some(ReplySigning::Agent);
    let by_agent = record.read_if_any("repliesSignedBy", agent)?;
    let own = record.read_if_any("privateKey", private)?;
    match (by_agent, own) {
        (Some(_), Some(_)) => Err(record.lacks("privateKey", "contradicts 'repliesSignedBy'")),
        (None, Some(key)) => Ok(ReplySigning::Own(key)),
        (by_agent, None) => Ok(by_agent.unwrap_or_default()),
    }
}

fn base64(key: &PrivateKey) -> Zeroizing<String> {
    Zeroizing::new(BASE64.encode(key.expose()))
}

fn private(text: &str) -> Option<PrivateKey> {
    BASE64.decode(text).ok().map(PrivateKey::new)
}
