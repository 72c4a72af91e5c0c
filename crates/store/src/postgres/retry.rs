//! Which failures pass, and how long to wait for that.

use std::error::Error as _;
use std::io;
use std::time::{Duration, Instant};

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::driver::Driver;
use crate::error::StoreError;

/// What a failure says about the transaction that it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// It collided with another one and was taken back: it may work the next time.
    Collided,
    /// The connection is gone. Where COMMIT had been sent, nobody has said how it ended.
    Lost,
    /// A row that must be the only one of its kind was there already; all was taken back.
    Taken,
    /// It would fail again.
    Lasting,
}

impl Failure {
    pub(super) fn of(error: &StoreError) -> Self {
        let StoreError::Engine { source, .. } = error else {
            return Self::Lasting;
        };
        if source.is::<io::Error>() {
            return Self::Lost;
        }
        let Some(error) = source.downcast_ref::<Error>() else {
            return Self::Lasting;
        };
        let Some(code) = error.code() else {
            return Self::without_code(error);
        };
        match *code {
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Self::Collided,
            SqlState::UNIQUE_VIOLATION => Self::Taken,
            // The database stops, starts, is full of connections, or has become one that only
            // follows: after a while it or another one takes writes again.
            SqlState::ADMIN_SHUTDOWN
            | SqlState::CRASH_SHUTDOWN
            | SqlState::CANNOT_CONNECT_NOW
            | SqlState::TOO_MANY_CONNECTIONS
            | SqlState::READ_ONLY_SQL_TRANSACTION
            | SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN => Self::Lost,
            // A pooler's words for a connection that it lost or cannot make.
            ref code if code.code().starts_with("08") => Self::Lost,
            _ => Self::Lasting,
        }
    }

    /// Nothing came from the database itself: the connection is gone, or could not be made.
    fn without_code(error: &Error) -> Self {
        let is_network =
            error.is_closed() || error.source().is_some_and(|cause| cause.is::<io::Error>());
        if is_network {
            Self::Lost
        } else {
            Self::Lasting
        }
    }
}

/// Waits between attempts: longer each time, and not as long as other nodes.
#[derive(Debug)]
pub(super) struct Backoff {
    began: Instant,
    patience: Duration,
    attempts: u32,
    /// Differs from node to node.
    salt: u64,
}

impl Backoff {
    const SHORTEST: Duration = Duration::from_millis(4);
    const LONGEST: Duration = Duration::from_millis(500);

    pub(super) fn new(patience: Duration, salt: u64) -> Self {
        Self {
            began: Instant::now(),
            patience,
            attempts: 0,
            salt,
        }
    }

    /// True when it has been tried for long enough.
    pub(super) fn is_over(&self) -> bool {
        self.began.elapsed() >= self.patience
    }

    pub(super) fn wait(&mut self, driver: &Driver) {
        let pause = self.next();
        driver.wait(async move { tokio::time::sleep(pause).await });
    }

    /// Between half and all of a span that doubles.
    fn next(&mut self) -> Duration {
        let doubled = Self::SHORTEST.saturating_mul(1 << self.attempts.min(16));
        let span = doubled.min(Self::LONGEST);
        self.attempts += 1;
        let mixed = (self.salt ^ u64::from(self.attempts)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let share = (mixed >> 56) as u32;
        span / 2 + (span / 2) * share / 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound_and_differ() {
        let mut one = Backoff::new(Duration::ZERO, 1);
        let mut other = Backoff::new(Duration::ZERO, 2);
        assert!(one.is_over());
        let pauses: Vec<_> = (0..40).map(|_| one.next()).collect();
        assert!(pauses[0] < Duration::from_millis(5));
        assert!(pauses.iter().all(|pause| *pause <= Backoff::LONGEST));
        assert!(pauses[39] >= Backoff::LONGEST / 2);
        assert!(pauses.iter().any(|pause| *pause != other.next()));
    }
}
