//! Passwords of vendors: hashed by Argon2id, verified off the async threads
//! and a few at a time (performance, 2.11).

use std::num::NonZero;
use std::sync::Arc;

use argon2::password_hash::phc::{Output, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, PasswordHasher, PasswordVerifier, Version};
use leasehold_seal::secret::Secret;
use leasehold_service::numbers;
use leasehold_store::PasswordHash;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Verifications that may wait for a turn; beyond it callers are told to come back.
const QUEUE: usize = 64;

/// The same for callers who have failed too often. They stand in the one line with everybody,
/// but never fill it.
const SUSPECT_QUEUE: usize = 8;

/// A password that cannot be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Nothing was given.
    #[error("a password must not be empty")]
    Empty,
    /// More than anybody types.
    #[error("a password may have at most {} bytes", Self::LIMIT)]
    TooLong,
    /// The algorithm refused.
    #[error("the password cannot be hashed")]
    Hash,
}

impl PasswordError {
    const LIMIT: usize = 1024;
}

/// Hashes a password: Argon2id, 19 MiB, two passes, one lane. Takes some 20 ms of one core.
pub(crate) fn hash(password: &Secret) -> Result<PasswordHash, PasswordError> {
    let password = password.expose().as_bytes();
    if password.is_empty() {
        return Err(PasswordError::Empty);
    }
    if password.len() > PasswordError::LIMIT {
        return Err(PasswordError::TooLong);
    }
    let mut salt = [0; 16];
    numbers::fill(&mut salt);
    // The default is just what performance 2.11 asks for.
    let hash: Phc = Argon2::default()
        .hash_password_with_salt(password, &salt)
        .map_err(|_| PasswordError::Hash)?;
    Ok(PasswordHash(hash.to_string().into()))
}

/// The hash of no password at all, which takes as long to compare with as any other. Nothing is hashed for
/// it: that would take 19 MiB at each start, and the allocator would keep them.
fn of_nobody() -> Result<PasswordHash, PasswordError> {
    let (mut salt, mut output) = ([0; 16], [0; 32]);
    numbers::fill(&mut salt);
    numbers::fill(&mut output);
    let params = Argon2::default().params().try_into();
    let hash = Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::default().into()),
        params: params.map_err(|_| PasswordError::Hash)?,
        salt: Some(Salt::new(&salt).map_err(|_| PasswordError::Hash)?),
        hash: Some(Output::new(&output).map_err(|_| PasswordError::Hash)?),
    };
    Ok(PasswordHash(hash.to_string().into()))
}

fn is_right(password: &Secret, hash: &str) -> bool {
    let password = password.expose().as_bytes();
    password.len() <= PasswordError::LIMIT
        && Argon2::default().verify_password(password, hash).is_ok()
}

/// What verifying comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the account's.
    Right,
    /// It is not, or there is no such account.
    Wrong,
    /// Too many wait already.
    Busy,
}

/// Verifies passwords, at most one per core but one at a time.
pub(crate) struct Verifier {
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    suspects: Arc<Semaphore>,
    /// What is verified for accounts that do not exist, so that they cannot be told by time.
    dummy: PasswordHash,
}

impl Verifier {
    /// A verifier for this machine.
    pub(crate) fn new() -> Result<Self, PasswordError> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Self {
            turns: Arc::new(Semaphore::new(cores.saturating_sub(1).max(1))),
            queue: Arc::new(Semaphore::new(QUEUE)),
            suspects: Arc::new(Semaphore::new(SUSPECT_QUEUE)),
            dummy: of_nobody()?,
        })
    }

    /// Verifies `password`; `account` is `None` where there is none of that name.
    pub(crate) async fn verify(
        &self,
        password: &Secret,
        account: Option<&PasswordHash>,
        is_suspect: bool,
    ) -> Verdict {
        let queue = if is_suspect {
            &self.suspects
        } else {
            &self.queue
        };
        let Ok(place) = Arc::clone(queue).try_acquire_owned() else {
            return Verdict::Busy;
        };
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else {
            return Verdict::Busy;
        };
        let password = password.clone();
        let is_known = account.is_some();
        let hash = account.unwrap_or(&self.dummy).clone();
        let verified = tokio::task::spawn_blocking(move || {
            // The turn ends with the work, even when nobody waits for it any more.
            let _held: (OwnedSemaphorePermit, OwnedSemaphorePermit) = (place, turn);
            is_right(&password, &hash.0)
        });
        match verified.await {
            Ok(true) if is_known => Verdict::Right,
            Ok(_) => Verdict::Wrong,
            Err(_) => Verdict::Busy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn a_hash_says_how_it_was_made_and_holds_a_salt_of_its_own() {
        let first = hash(&secret("correct horse")).unwrap();
        assert!(first.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(first.0, hash(&secret("correct horse")).unwrap().0);
        assert_eq!(format!("{first:?}"), "PasswordHash(…)");
    }

    #[test]
    fn the_hash_of_nobody_is_made_like_any_other() {
        let form = |hash: &PasswordHash| {
            let parts = hash.0.split('$').skip(1);
            let (made, random): (Vec<_>, Vec<_>) = parts.enumerate().partition(|(at, _)| *at < 3);
            let made: Vec<_> = made.into_iter().map(|(_, part)| part.to_owned()).collect();
            let random: Vec<_> = random.into_iter().map(|(_, part)| part.len()).collect();
            (made, random)
        };
        let nobody = of_nobody().unwrap();
        assert_eq!(form(&nobody), form(&hash(&secret("x")).unwrap()));
        assert_ne!(nobody.0, of_nobody().unwrap().0);
        assert!(!is_right(&secret(""), &nobody.0));
    }

    #[test]
    fn a_password_is_neither_empty_nor_endless() {
        assert_eq!(hash(&secret("")), Err(PasswordError::Empty));
        let endless = secret(&"x".repeat(1025));
        assert_eq!(hash(&endless), Err(PasswordError::TooLong));
    }

    #[tokio::test]
    async fn only_the_right_password_of_an_account_that_exists_is_right() {
        let verifier = Verifier::new().unwrap();
        let account = hash(&secret("correct horse")).unwrap();
        for (password, account, verdict) in [
            ("correct horse", Some(&account), Verdict::Right),
            ("correct horses", Some(&account), Verdict::Wrong),
            ("", Some(&account), Verdict::Wrong),
            ("correct horse", None, Verdict::Wrong),
        ] {
            let given = secret(password);
            assert_eq!(verifier.verify(&given, account, false).await, verdict);
            assert_eq!(verifier.verify(&given, account, true).await, verdict);
        }
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_is_sent_away() {
        let verifier = Verifier::new().unwrap();
        let _full = Arc::clone(&verifier.suspects)
            .acquire_many_owned(8)
            .await
            .unwrap();
        let given = secret("x");
        assert_eq!(verifier.verify(&given, None, true).await, Verdict::Busy);
        assert_eq!(verifier.verify(&given, None, false).await, Verdict::Wrong);
    }
}
