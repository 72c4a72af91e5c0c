//! Leaves the head to the other nodes for a while.
//!
//! PostgreSQL gives a row's lock to whoever asks first when it is free, not to whoever has waited
//! longest: a node that asks again at once would have it for ever. So it waits before that, for as
//! long as it held the lock. Its own commands gather meanwhile, so that what it writes at once grows
//! and little is lost.

use std::time::{Duration, Instant};

use super::driver::Driver;

/// See above.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When the head was locked last; `None` where no other node was there to want it.
    locked: Option<Instant>,
    /// When it may be locked again.
    next: Option<Instant>,
}

impl Pace {
    const SHORTEST: Duration = Duration::from_millis(1);
    const LONGEST: Duration = Duration::from_millis(10);

    /// Waits until it is our turn again.
    pub(super) fn wait(&mut self, driver: &Driver) {
        if let Some(next) = self.next.take() {
            driver.wait(async move { tokio::time::sleep_until(next.into()).await });
        }
    }

    /// The head is ours.
    pub(super) fn locked(&mut self, has_others: bool) {
        self.locked = has_others.then(Instant::now);
    }

    /// It is free.
    pub(super) fn unlocked(&mut self) {
        self.next = self.locked.take().map(|locked| {
            let now = Instant::now();
            now + pause(now - locked)
        });
    }
}

/// How long the head is left to others after it was held for `held`.
fn pause(held: Duration) -> Duration {
    held.clamp(Pace::SHORTEST, Pace::LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_shares_leaves_the_head_to_others() {
        let mut pace = Pace::default();
        pace.locked(false);
        pace.unlocked();
        assert_eq!(pace.next, None);
        pace.locked(true);
        pace.unlocked();
        assert!(pace.next.is_some());
        assert_eq!(pause(Duration::from_millis(4)), Duration::from_millis(4));
        assert_eq!(pause(Duration::ZERO), Pace::SHORTEST);
        assert_eq!(pause(Duration::from_secs(1)), Pace::LONGEST);
    }
}
