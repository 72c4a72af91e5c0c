//! The vendor's Ed25519 key for packages.

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the key is not a usable Ed25519 key")]
pub struct KeyError;

/// Signs packages. It does not print.
pub struct SigningKey {
    _pair: aws_lc_rs::signature::Ed25519KeyPair,
}

impl SigningKey {
    /// Makes a new key and its PKCS#8 form, which is to be stored encrypted.
    pub fn generate() -> Result<(Self, zeroize::Zeroizing<Vec<u8>>), KeyError> {
        todo!()
    }

    /// Reads the PKCS#8 form.
    pub fn from_pkcs8(_pkcs8: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        todo!()
    }

    /// Signs a domain label, a zero byte and `bytes`.
    pub fn sign(&self, _domain: &str, _bytes: &[u8]) -> [u8; 64] {
        todo!()
    }
}

/// Verifies packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// True when `signature` is this key's over the domain label, a zero byte and `bytes`.
    pub fn verifies(&self, _domain: &str, _bytes: &[u8], _signature: &[u8]) -> bool {
        todo!()
    }

    /// What people compare: SHA-256 of the key, lower-case hexadecimal.
    pub fn fingerprint(&self) -> String {
        crate::digest::hex(&crate::digest::sha256(&[&self.0]))
    }
}
