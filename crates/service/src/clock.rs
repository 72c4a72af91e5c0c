//! The clock: read once per request, here and nowhere else (decision D4).

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Tells the time, UTC, cut to milliseconds.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The system's clock, which never runs backwards while the process lives: a session that has
/// ended must not revive because somebody set the clock back.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest_ms: AtomicI64,
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the system's clock"
        )]
        let read_ms = Timestamp::now().as_millisecond();
        let before_ms = self.latest_ms.fetch_max(read_ms, Ordering::Relaxed);
        Timestamp::from_millisecond(read_ms.max(before_ms)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// A clock that is set by hand.
#[derive(Debug)]
pub struct ManualClock {
    now_ms: AtomicI64,
}

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now_ms: AtomicI64::new(now.as_millisecond()),
        }
    }

    /// Sets it.
    pub fn set(&self, now: Timestamp) {
        self.now_ms.store(now.as_millisecond(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms.load(Ordering::SeqCst))
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
