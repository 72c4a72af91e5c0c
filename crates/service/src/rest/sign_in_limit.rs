//! The limit on failed sign-ins: 5 a minute for an account from one source,
//! 30 a minute from one source (wire contract, section 10); on an agent 10 a
//! minute from one source (agent specification, 8.3).
//!
//! It is told failures only, so a caller whose credentials are right is never
//! slowed down by it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

const WINDOW: SignedDuration = SignedDuration::from_mins(1);
const PER_ACCOUNT_AND_SOURCE: u32 = 5;
const PER_SOURCE: u32 = 30;

/// Windows kept at most: about half a megabyte. Beyond it the whole is forgotten, which only
/// an attacker with very many addresses can bring about, and which gains him little.
const CAPACITY: usize = 8192;

/// Counts failed sign-ins.
#[derive(Debug)]
pub struct SignInLimit {
    per_account_and_source: u32,
    per_source: u32,
    hasher: RandomState,
    windows: Mutex<HashMap<(IpAddr, Option<u64>), Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    since: Timestamp,
    failures: u32,
}

impl Window {
    fn holds(&self, now: Timestamp) -> bool {
        // A clock that was set back makes a negative age, which must not last.
        let age = now.duration_since(self.since);
        age < WINDOW && age > -WINDOW
    }

    fn retry_after_s(&self, now: Timestamp) -> u64 {
        let left = WINDOW - now.duration_since(self.since);
        u64::try_from(left.as_secs()).unwrap_or(0).clamp(1, 60)
    }
}

/// The server's limits.
impl Default for SignInLimit {
    fn default() -> Self {
        Self::new(PER_ACCOUNT_AND_SOURCE, PER_SOURCE)
    }
}

impl SignInLimit {
    /// Failures a minute that are still answered as such: for one account from one source, and
    /// from one source.
    pub fn new(per_account_and_source: u32, per_source: u32) -> Self {
        Self {
            per_account_and_source,
            per_source,
            hasher: RandomState::new(),
            windows: Mutex::default(),
        }
    }

    /// True when `account` or `source` has failed as often as it may.
    pub fn is_reached(&self, account: &str, source: IpAddr, now: Timestamp) -> bool {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        self.limits(account, source)
            .into_iter()
            .any(|(key, limit)| {
                windows
                    .get(&key)
                    .is_some_and(|window| window.holds(now) && window.failures >= limit)
            })
    }

    /// Counts a failure. Gives the seconds to wait when it is one too many.
    pub fn failed(&self, account: &str, source: IpAddr, now: Timestamp) -> Option<u64> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= CAPACITY {
            windows.retain(|_, window| window.holds(now));
        }
        if windows.len() >= CAPACITY {
            windows.clear();
        }
        let mut retry_after_s = None;
        for (key, limit) in self.limits(account, source) {
            let fresh = Window {
                since: now,
                failures: 0,
            };
            let window = windows.entry(key).or_insert(fresh);
            if !window.holds(now) {
                *window = fresh;
            }
            window.failures = window.failures.saturating_add(1);
            if window.failures > limit {
                retry_after_s = retry_after_s.max(Some(window.retry_after_s(now)));
            }
        }
        retry_after_s
    }

    fn limits(&self, account: &str, source: IpAddr) -> [((IpAddr, Option<u64>), u32); 2] {
        let source = network(source);
        let account = self.hasher.hash_one(account);
        [
            ((source, Some(account)), self.per_account_and_source),
            ((source, None), self.per_source),
        ]
    }
}

/// What counts as one source: an IPv4 address, or the /64 that one IPv6 customer has at least.
fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let prefix = address.to_bits() >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from_bits(prefix))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn source(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_sixth_failure_of_an_account_in_a_minute_is_one_too_many() {
        let limit = SignInLimit::default();
        let here = source("192.0.2.1");
        for _ in 0..5 {
            assert_eq!(limit.failed("acme", here, at(0)), None);
        }
        assert!(limit.is_reached("acme", here, at(10)));
        assert_eq!(limit.failed("acme", here, at(10)), Some(50));
        // Another account and another source are not concerned; neither is the next minute.
        assert_eq!(limit.failed("other", here, at(10)), None);
        assert_eq!(limit.failed("acme", source("192.0.2.2"), at(10)), None);
        assert_eq!(limit.failed("acme", here, at(60)), None);
    }

    #[test]
    fn the_thirty_first_failure_of_a_source_is_one_too_many() {
        let limit = SignInLimit::default();
        let mut failures = (0..31).map(|count| {
            // One customer's addresses within one network count together.
            let address = format!("2001:db8::{count:x}");
            limit.failed(&format!("account {count}"), source(&address), at(0))
        });
        assert!(failures.by_ref().take(30).all(|retry| retry.is_none()));
        assert_eq!(failures.next(), Some(Some(60)));
    }

    #[test]
    fn the_memory_is_bounded() {
        let limit = SignInLimit::default();
        for count in 0..20_000_u32 {
            let address = IpAddr::V4(count.into());
            limit.failed("acme", address, at(0));
        }
        assert!(limit.windows.lock().unwrap().len() <= CAPACITY + 2);
    }
}
