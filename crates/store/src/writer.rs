//! The one writer thread: group commit, and fail-stop.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::engine::Committer;
use crate::error::StoreError;
use crate::others::Others;
use crate::progress::Progress;
use crate::queue::{Batch, Queue};

/// Commands in one transaction at most: bounds what a commit takes, and what a crash can take back.
const LARGEST_BATCH: usize = 4096;

/// Where several write at a time, transactions begin no more often than this. What one costs hardly depends
/// on how much it carries, and on a fast disk there would be one for every two or three commands (0041).
const PACE: Duration = Duration::from_millis(2);

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
        let began = Instant::now();
        let written = write(&mut *committer, others, stopping, &batch);
        let written = written.and_then(|overtaken| match overtaken {
            None => Ok(()),
            Some(retried) => have_a_turn(&mut *committer, others, stopping, retried),
        });
        if let Err(error) = written {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a commit failed; the store stops"
            );
            return;
        }
        rest(began.elapsed(), batch.commands.len());
    }
    if let Err(error) = committer.finish() {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "something is left to be done when the store is opened again"
        );
    }
}

/// Lets more commands come after a transaction that took so long and carried so many, until it is time for
/// the next one. Where few write, what they wait must be little beside what it took: each of them would
/// have written again at once.
#[expect(
    clippy::disallowed_methods,
    reason = "it waits for time to pass, as far as that is worth it, and for nothing else"
)]
fn rest(took: Duration, commands: usize) {
    /// At most so many times what the transaction took.
    const MOST: u32 = 4;
    let times = u32::try_from(commands / 2).unwrap_or(MOST).min(MOST);
    let pause = PACE.saturating_sub(took).min(took * times);
    if !pause.is_zero() {
        std::thread::sleep(pause);
    }
}

/// Commits a batch, and tells those who wait. Returns what [`Others::retried`] will count to when all
/// of those that were overtaken have been decided anew; `None`: none was.
fn write(
    committer: &mut dyn Committer,
    others: &Others,
    stopping: &Stopping,
    batch: &Batch,
) -> Result<Option<u64>, StoreError> {
    let retried = others.retried();
    let first = batch.sequence + 1 - batch.commands.len() as u64;
    let overtaken = match committer.commit(&batch.commands, others) {
        Ok(committed) => {
            let overtaken = committed
                .overtaken
                .iter()
                .map(|place| first + *place as u64);
            stopping.progress.overtake(overtaken);
            committed.overtaken.len() as u64
        }
        Err(StoreError::Unavailable) => {
            tracing::warn!(
                commands = batch.commands.len(),
                "the database could not be reached; nothing of this was written"
            );
            others.take_back(&batch.commands);
            stopping.progress.overtake(first..=batch.sequence);
            0
        }
        Err(error) => return Err(error),
    };
    stopping.progress.advance(batch.sequence);
    Ok((overtaken > 0).then_some(retried + overtaken))
}

/// After being overtaken, this node's calls are decided anew while the others wait: a node that
/// commits without a pause would overtake them for ever.
fn have_a_turn(
    committer: &mut dyn Committer,
    others: &Others,
    stopping: &Stopping,
    retried: u64,
) -> Result<(), StoreError> {
    /// A caller may be gone, and then is not decided anew.
    const TURN: Duration = Duration::from_millis(50);
    match committer.hold(others) {
        // The next commit will find out for how long.
        Err(StoreError::Unavailable) => return Ok(()),
        held => held?,
    }
    others.wait_for_retries(retried, TURN);
    match stopping.queue.take_now(LARGEST_BATCH) {
        Some(batch) => write(committer, others, stopping, &batch).map(drop),
        None => {
            committer.release();
            Ok(())
        }
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
