//! The vendor's Ed25519 key for packages.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use zeroize::Zeroizing;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the key is not a usable Ed25519 key")]
pub struct KeyError;

/// Signs packages. It does not print.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

impl SigningKey {
    /// Makes a new key and its PKCS#8 form, which is to be stored encrypted.
    pub fn generate() -> Result<(Self, Zeroizing<Vec<u8>>), KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError)?;
        let pkcs8 = pair.to_pkcs8().map_err(|_| KeyError)?;
        let stored = Zeroizing::new(pkcs8.as_ref().to_vec());
        Ok((Self { pair }, stored))
    }

    /// Reads the PKCS#8 form.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError)?;
        Ok(Self { pair })
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        let mut public = [0; 32];
        public.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(public)
    }

    /// Signs a domain label, a zero byte and `bytes`. The label keeps a signature made for one
    /// purpose from meaning anything for another; it holds no zero byte.
    pub fn sign(&self, domain: &str, bytes: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair.sign(&labelled(domain, bytes)).as_ref());
        signature
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public().fingerprint())
    }
}

/// Verifies packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// True when `signature` is this key's over the domain label, a zero byte and `bytes`.
    pub fn verifies(&self, domain: &str, bytes: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(&labelled(domain, bytes), signature)
            .is_ok()
    }

    /// What people compare: SHA-256 of the key, lower-case hexadecimal.
    pub fn fingerprint(&self) -> String {
        crate::digest::hex(&crate::digest::sha256(&[&self.0]))
    }
}

fn labelled(domain: &str, bytes: &[u8]) -> Vec<u8> {
    [domain.as_bytes(), &[0], bytes].concat()
}
