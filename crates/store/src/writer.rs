//! The one writer thread: group commit, and fail-stop.

use std::sync::Arc;
use std::thread::JoinHandle;

use crate::engine::Committer;
use crate::error::StoreError;
use crate::others::Others;
use crate::progress::Progress;
use crate::queue::Queue;

/// Commands in one transaction at most: bounds what a commit takes, and what a crash can take back.
const LARGEST_BATCH: usize = 4096;

/// Starts the thread. It ends when the queue does.
pub(crate) fn start(
    committer: Box<dyn Committer>,
    queue: Arc<Queue>,
    progress: Arc<Progress>,
    others: Arc<Others>,
) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new()
        .name("store-writer".into())
        .spawn(move || run(committer, &others, &Stopping { queue, progress }))
        .map_err(|source| StoreError::engine("start the writer thread", source))
}

fn run(mut committer: Box<dyn Committer>, others: &Others, stopping: &Stopping) {
    while let Some(batch) = stopping.queue.take(LARGEST_BATCH) {
        let first = batch.sequence + 1 - batch.commands.len() as u64;
        match committer.commit(&batch.commands, others) {
            Ok(committed) => {
                let overtaken = committed
                    .overtaken
                    .iter()
                    .map(|place| first + *place as u64);
                stopping.progress.overtake(overtaken);
            }
            Err(StoreError::Unavailable) => {
                tracing::warn!(
                    commands = batch.commands.len(),
                    "the database could not be reached; nothing of this was written"
                );
                others.take_back(&batch.commands);
                stopping.progress.overtake(first..=batch.sequence);
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    commands = batch.commands.len(),
                    "a commit failed; the store stops"
                );
                return;
            }
        }
        stopping.progress.advance(batch.sequence);
    }
}

/// However the thread ends, by a failed commit or a panic, nobody may wait for it any longer, and
/// memory, which may now be ahead of the disk, answers nothing any more.
struct Stopping {
    queue: Arc<Queue>,
    progress: Arc<Progress>,
}

impl Drop for Stopping {
    fn drop(&mut self) {
        self.queue.stop();
        self.progress.stop();
    }
}
