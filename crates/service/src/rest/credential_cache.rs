//! The memory of verified credentials, so that a slow hash runs once and not
//! per request (performance, 2.11).
//!
//! What is kept is keyed by the credentials' hash: the memory never holds a
//! password. Failures are never kept.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::OnceCell;

use crate::rest::credential_hash::CredentialHash;

/// How long verified credentials are remembered.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// Verified credentials, at most as many as its capacity.
pub struct CredentialCache<P, E> {
    capacity: usize,
    state: Mutex<State<P, E>>,
}

struct State<P, E> {
    verified: HashMap<CredentialHash, Entry<P>>,
    /// Verifications under way: whoever shows the same credentials meanwhile waits for the one.
    flights: HashMap<CredentialHash, Flight<P, E>>,
}

struct Flight<P, E> {
    outcome: Outcome<P, E>,
    aboard: usize,
}

type Outcome<P, E> = Arc<OnceCell<Result<Verified<P>, E>>>;

struct Entry<P> {
    verified: Verified<P>,
    expires: Timestamp,
}

/// Who showed credentials that were right.
#[derive(Debug, Clone)]
pub struct Verified<P> {
    /// Who it is.
    pub principal: P,
    /// Which revision of the account the credentials were right for.
    pub revision: u64,
}

impl<P: Clone, E: Clone> CredentialCache<P, E> {
    /// An empty memory for at most `capacity` credentials.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::new(State {
                verified: HashMap::new(),
                flights: HashMap::new(),
            }),
        }
    }

    /// Answers from memory while the remembered revision is `current` one, else asks `verify`,
    /// once however many ask at a time. Gives the principal only, and remembers it.
    pub async fn verified(
        &self,
        key: CredentialHash,
        current: Option<u64>,
        now: Timestamp,
        verify: impl Future<Output = Result<Verified<P>, E>>,
    ) -> Result<P, E> {
        let passenger = {
            let mut state = self.state();
            if let Some(entry) = state.verified.get(&key) {
                if now < entry.expires && Some(entry.verified.revision) == current {
                    return Ok(entry.verified.principal.clone());
                }
                state.verified.remove(&key);
            }
            let flight = state.flights.entry(key).or_insert_with(|| Flight {
                outcome: Arc::default(),
                aboard: 0,
            });
            flight.aboard += 1;
            Passenger {
                cache: self,
                key,
                outcome: Arc::clone(&flight.outcome),
            }
        };
        // Should the first caller give up, the next one in the queue flies on.
        let outcome = passenger.outcome.get_or_init(|| verify).await;
        let verified = outcome.clone()?;
        let principal = verified.principal.clone();
        self.remember(key, verified, now);
        Ok(principal)
    }

    fn remember(&self, key: CredentialHash, verified: Verified<P>, now: Timestamp) {
        let Ok(expires) = now.checked_add(LIFETIME) else {
            return;
        };
        let mut state = self.state();
        if state.verified.len() >= self.capacity {
            state.verified.retain(|_, entry| now < entry.expires);
        }
        if state.verified.len() >= self.capacity {
            // Whichever comes first: an eviction costs one verification and nothing else.
            let victim = state.verified.keys().next().copied();
            victim.map(|victim| state.verified.remove(&victim));
        }
        state.verified.insert(key, Entry { verified, expires });
    }
}

impl<P, E> CredentialCache<P, E> {
    fn state(&self) -> MutexGuard<'_, State<P, E>> {
        // Every change of the state is one map operation, so it is whole after a panic too.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for an outcome. A flight leaves the board when it has landed, or when
/// nobody is aboard any more.
struct Passenger<'a, P, E> {
    cache: &'a CredentialCache<P, E>,
    key: CredentialHash,
    outcome: Outcome<P, E>,
}

impl<P, E> Drop for Passenger<'_, P, E> {
    fn drop(&mut self) {
        let mut state = self.cache.state();
        let Some(flight) = state.flights.get_mut(&self.key) else {
            return;
        };
        // After a landing the next caller may have opened another flight of this key.
        if !Arc::ptr_eq(&flight.outcome, &self.outcome) {
            return;
        }
        flight.aboard -= 1;
        if flight.aboard == 0 || self.outcome.initialized() {
            state.flights.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use leasehold_seal::secret::Secret;

    use super::*;
    use crate::rest::auth::Credentials;
    use crate::rest::credential_hash::CredentialHasher;

    fn credentials(password: &str) -> Credentials {
        Credentials {
            user: "acme".to_owned(),
            password: Secret::new(password.to_owned()),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    struct Verifier {
        hasher: CredentialHasher,
        cache: CredentialCache<&'static str, &'static str>,
        runs: AtomicUsize,
    }

    impl Verifier {
        fn new(capacity: usize) -> Self {
            Self {
                hasher: CredentialHasher::draw(),
                cache: CredentialCache::new(capacity),
                runs: AtomicUsize::new(0),
            }
        }

        async fn ask(
            &self,
            password: &str,
            current: u64,
            now: Timestamp,
        ) -> Result<&'static str, &'static str> {
            let verify = async {
                self.runs.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                if password.starts_with("right") {
                    Ok(Verified {
                        principal: "acme",
                        revision: current,
                    })
                } else {
                    Err("wrong")
                }
            };
            let hash = self.hasher.hash(&credentials(password));
            self.cache.verified(hash, Some(current), now, verify).await
        }

        fn runs(&self) -> usize {
            self.runs.load(Ordering::SeqCst)
        }
    }

    #[tokio::test]
    async fn right_credentials_are_verified_once_in_five_minutes() {
        let verifier = Verifier::new(10);
        for second in [0, 1, 299] {
            assert_eq!(verifier.ask("right", 1, at(second)).await, Ok("acme"));
        }
        assert_eq!(verifier.runs(), 1);
        assert_eq!(verifier.ask("right", 1, at(300)).await, Ok("acme"));
        assert_eq!(verifier.runs(), 2);
    }

    #[tokio::test]
    async fn a_new_revision_ends_what_is_remembered() {
        let verifier = Verifier::new(10);
        verifier.ask("right", 1, at(0)).await.unwrap();
        verifier.ask("right", 2, at(0)).await.unwrap();
        assert_eq!(verifier.runs(), 2);
    }

    #[tokio::test]
    async fn failures_are_not_remembered() {
        let verifier = Verifier::new(10);
        for _ in 0..3 {
            assert_eq!(verifier.ask("other", 1, at(0)).await, Err("wrong"));
        }
        assert_eq!(verifier.runs(), 3);
        assert!(verifier.cache.state().flights.is_empty());
    }

    #[tokio::test]
    async fn callers_at_one_time_share_one_verification() {
        let verifier = Verifier::new(10);
        let (first, second, third) = tokio::join!(
            verifier.ask("right", 1, at(0)),
            verifier.ask("right", 1, at(0)),
            verifier.ask("right", 1, at(0)),
        );
        assert_eq!([first, second, third], [Ok("acme"); 3]);
        assert_eq!(verifier.runs(), 1);
        assert!(verifier.cache.state().flights.is_empty());
    }

    #[tokio::test]
    async fn the_memory_is_bounded() {
        let verifier = Verifier::new(3);
        for count in 0..20 {
            let password = format!("right {count}");
            verifier.ask(&password, 1, at(0)).await.unwrap();
        }
        assert_eq!(verifier.cache.state().verified.len(), 3);
    }
}
