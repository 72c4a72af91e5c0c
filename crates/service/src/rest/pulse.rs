//! Whether anything happens on a connection. It takes one timer a connection: one a request would
//! cost as much as reading the request does.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How long a connection may rest before a request, the time that the request's head takes included;
/// it is noticed within as long again.
const REST: Duration = Duration::from_secs(10);

/// Beats when a request begins, and when it is answered.
#[derive(Debug, Default)]
pub(crate) struct Pulse(AtomicU32);

impl Pulse {
    /// A request begins, or is answered.
    pub(crate) fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Resolves when the connection has rested for too long.
    pub(crate) async fn rests(&self) {
        let mut beats = self.beats();
        loop {
            tokio::time::sleep(REST).await;
            if self.has_rested_since(beats) {
                return;
            }
            beats = self.beats();
        }
    }

    fn beats(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// True when no request began since there were so many beats, and none is underway.
    fn has_rested_since(&self, beats: u32) -> bool {
        let is_underway = beats % 2 == 1;
        self.beats() == beats && !is_underway
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_rests_between_requests_only() {
        let pulse = Pulse::default();
        assert!(pulse.has_rested_since(0));
        pulse.beat();
        assert!(!pulse.has_rested_since(0), "a request began");
        assert!(!pulse.has_rested_since(1), "it is underway");
        pulse.beat();
        assert!(!pulse.has_rested_since(1), "it was answered meanwhile");
        assert!(pulse.has_rested_since(2));
    }
}
