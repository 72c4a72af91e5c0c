//! Credentials in the form in which a memory may hold them: a hash under a random key of this
//! process, which tells nothing of them and takes less time than what it spares.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use crate::numbers;
use crate::rest::auth::Credentials;

/// Hashes credentials.
pub struct CredentialHasher(SipHasher24);

/// Stands for credentials. Two that are not the same have different ones, as far as anybody can
/// bring about who does not know the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CredentialHash(u128);

impl CredentialHasher {
    /// A hasher under a key that nobody else has.
    pub fn draw() -> Self {
        let mut key = [0; 16];
        numbers::fill(&mut key);
        Self(SipHasher24::new_with_key(&key))
    }

    /// The hash of these credentials.
    pub fn hash(&self, credentials: &Credentials) -> CredentialHash {
        let mut hasher = self.0;
        // A user name holds no colon, so that no two pairs look alike.
        hasher.write(credentials.user.as_bytes());
        hasher.write(b":");
        hasher.write(credentials.password.expose().as_bytes());
        CredentialHash(hasher.finish128().into())
    }
}

#[cfg(test)]
mod tests {
    use leasehold_seal::secret::Secret;

    use super::*;

    fn credentials(user: &str, password: &str) -> Credentials {
        Credentials {
            user: user.to_owned(),
            password: Secret::new(password.to_owned()),
        }
    }

    #[test]
    fn equal_credentials_have_one_hash_and_others_another() {
        let hasher = CredentialHasher::draw();
        let hash = |user, password| hasher.hash(&credentials(user, password));
        assert_eq!(hash("acme", "right"), hash("acme", "right"));
        for (user, password) in [("acme", "wrong"), ("acm", "right"), ("", "acme:right")] {
            assert_ne!(hash("acme", "right"), hash(user, password), "{user}");
        }
    }

    #[test]
    fn another_process_has_other_hashes() {
        let acme = credentials("acme", "right");
        let [one, other] = [(); 2].map(|()| CredentialHasher::draw().hash(&acme));
        assert_ne!(one, other);
    }
}
