//! The RSA keys of replies: an API key's private half, by which its replies are
//! signed, and the public half, which its programs hold.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{
    KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaParameters,
    UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::digest::sha256;

/// Why a text is not a key. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResponseKeyError {
    /// Not an unencrypted RSA private key of 2048 to 8192 bits, in PKCS#8 or PKCS#1.
    #[error("the key is not an RSA private key of 2048 to 8192 bits in PKCS#8")]
    Private,
    /// Not an RSA public key of 2048 to 8192 bits, as a SubjectPublicKeyInfo.
    #[error("the key is not an RSA public key of 2048 to 8192 bits")]
    Public,
}

/// An RSA private key of 2048 to 8192 bits that signs the replies of an API key. It does not print.
pub struct ResponseKey {
    pair: RsaKeyPair,
    fingerprint: [u8; 32],
}

impl ResponseKey {
    /// Reads what a vendor gives as `privateKey`: PKCS#8, PEM or bare base64; header, footer, line
    /// breaks and blanks are optional. PKCS#1, as older programs write it, is taken also.
    /// Source: wire specification, 7.9.
    pub fn parse(text: &str) -> Result<Self, ResponseKeyError> {
        let der = unarmoured(text, &["PRIVATE KEY", "RSA PRIVATE KEY"]);
        let der = der.ok_or(ResponseKeyError::Private)?;
        let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
        let pair = pair.map_err(|_| ResponseKeyError::Private)?;
        let key = Self::of(pair);
        // A key whose parts contradict each other would sign what nobody can verify.
        let signature = key.sign(b"").ok_or(ResponseKeyError::Private)?;
        let verifier = key.verifier();
        let is_sound = verifier.verifies(&RSA_PKCS1_2048_8192_SHA256, b"", &signature);
        is_sound.then_some(key).ok_or(ResponseKeyError::Private)
    }

    /// Reads the form that [`ResponseKey::to_pkcs8`] makes.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, ResponseKeyError> {
        let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| ResponseKeyError::Private)?;
        Ok(Self::of(pair))
    }

    fn of(pair: RsaKeyPair) -> Self {
        let fingerprint = sha256(&[pair.public_key().as_ref()]);
        Self { pair, fingerprint }
    }

    /// The digest of its public half, which no other key has.
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// The key in PKCS#8 (DER), which is to be stored encrypted.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        #[expect(
            clippy::expect_used,
            reason = "fails only without memory: the key was read or made"
        )]
        let der: Pkcs8V1Der<'_> = self.pair.as_der().expect("a key can be written");
        Zeroizing::new(der.as_ref().to_vec())
    }

    /// The public half.
    pub fn verifier(&self) -> ResponseVerifier {
        #[expect(
            clippy::expect_used,
            reason = "fails only without memory: the key was read or made"
        )]
        let der: PublicKeyX509Der<'_> = self
            .pair
            .public_key()
            .as_der()
            .expect("a key can be written");
        ResponseVerifier {
            public: der.as_ref().into(),
        }
    }

    /// The RSASSA-PKCS1-v1_5 signature with SHA-256. `None`: there is no memory or no randomness
    /// for it.
    pub(super) fn sign(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                bytes,
                &mut signature,
            )
            .ok()?;
        Some(signature)
    }
}

impl std::fmt::Debug for ResponseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResponseKey(…)")
    }
}

/// An RSA public key of 2048 to 8192 bits that verifies replies.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseVerifier {
    /// A SubjectPublicKeyInfo (DER), as the library writes it.
    public: Box<[u8]>,
}

impl ResponseVerifier {
    /// Reads a SubjectPublicKeyInfo: PEM or bare base64; header, footer, line breaks and blanks are
    /// optional.
    pub fn parse(text: &str) -> Result<Self, ResponseKeyError> {
        let der = unarmoured(text, &["PUBLIC KEY"]).ok_or(ResponseKeyError::Public)?;
        // Refuses other kinds of keys and other sizes.
        let key = PublicEncryptingKey::from_der(&der).map_err(|_| ResponseKeyError::Public)?;
        let der: PublicKeyX509Der<'_> = key.as_der().map_err(|_| ResponseKeyError::Public)?;
        Ok(Self {
            public: der.as_ref().into(),
        })
    }

    /// A SubjectPublicKeyInfo in DER, which client libraries are configured with.
    pub fn der(&self) -> &[u8] {
        &self.public
    }

    /// True when `signature` is this key's over `bytes`.
    pub(super) fn verifies(
        &self,
        parameters: &'static RsaParameters,
        bytes: &[u8],
        signature: &[u8],
    ) -> bool {
        UnparsedPublicKey::new(parameters, &self.public)
            .verify(bytes, signature)
            .is_ok()
    }
}

impl std::fmt::Debug for ResponseVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digest = sha256(&[&self.public]);
        write!(f, "ResponseVerifier({})", crate::digest::hex(&digest))
    }
}

/// The bytes that base64 stands for, within one of the labels' header and footer or without them.
fn unarmoured(text: &str, labels: &[&str]) -> Option<Zeroizing<Vec<u8>>> {
    if text.len() > TEXT_LIMIT {
        return None;
    }
    let text = text.trim_ascii();
    let body = labels.iter().find_map(|label| {
        let header = format!("-----BEGIN {label}-----");
        let footer = format!("-----END {label}-----");
        let headless = text.strip_prefix(header.as_str());
        let rest = headless.unwrap_or(text);
        let footless = rest.strip_suffix(footer.as_str());
        (headless.is_some() || footless.is_some()).then(|| footless.unwrap_or(rest))
    });
    // Room for all, so that no half key is left behind when it grows.
    let mut base64 = Zeroizing::new(String::with_capacity(text.len()));
    base64.extend(
        body.unwrap_or(text)
            .chars()
            .filter(|character| !character.is_ascii_whitespace()),
    );
    let der = Zeroizing::new(STANDARD.decode(&*base64).ok()?);
    is_one_value(&der).then_some(der)
}

/// True when nothing is behind the sequence, where the library does not look. A key of 2048 bits and
/// more has the length in two bytes.
fn is_one_value(der: &[u8]) -> bool {
    let [0x30, 0x82, high, low, content @ ..] = der else {
        return false;
    };
    content.len() == usize::from(u16::from_be_bytes([*high, *low]))
}

/// Far beyond a key of 8192 bits, which takes 6.3 KB.
const TEXT_LIMIT: usize = 32 * 1024;
