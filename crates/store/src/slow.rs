//! A slow disk, for measurements: what this one cannot show of one whose syncs take long.

use std::time::Duration;

use crate::command::Command;
use crate::engine::{Committed, Committer};
use crate::error::StoreError;
use crate::others::Others;

/// A committer whose every commit ends so much later.
pub(crate) struct SlowSync {
    committer: Box<dyn Committer>,
    delay: Duration,
}

impl SlowSync {
    /// `committer` itself where there is nothing to wait for.
    pub(crate) fn around(committer: Box<dyn Committer>, delay: Duration) -> Box<dyn Committer> {
        match delay.is_zero() {
            true => committer,
            false => Box::new(Self { committer, delay }),
        }
    }
}

impl Committer for SlowSync {
    fn commit(&mut self, commands: &[Command], others: &Others) -> Result<Committed, StoreError> {
        let committed = self.committer.commit(commands, others);
        #[expect(clippy::disallowed_methods, reason = "to be slow is what it is for")]
        std::thread::sleep(self.delay);
        committed
    }
}
