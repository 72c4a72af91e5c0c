//! Follows the other nodes: hears what they have committed and brings it to memory.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::StoreError;
use crate::inner::Inner;
use crate::others::Others;

/// Between two attempts at a database that does not answer.
const PAUSE: Duration = Duration::from_millis(200);

/// How often the others are heard, for memory to be no older than `staleness` even where an answer
/// of the database takes its time.
pub(crate) fn interval(staleness: Duration) -> Duration {
    const LONGEST: Duration = Duration::from_millis(500);
    const SHORTEST: Duration = Duration::from_millis(20);
    (staleness / 4).clamp(SHORTEST, LONGEST)
}

/// The thread that follows. Dropped, it ends, and has ended when that returns.
#[derive(Debug)]
pub(crate) struct Follower {
    others: Arc<Others>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Starts to follow; the others are heard at least every `interval`.
    pub(crate) fn start(inner: &Arc<Inner>, interval: Duration) -> Result<Self, StoreError> {
        let others = Arc::clone(&inner.others);
        let inner = Arc::clone(inner);
        let thread = std::thread::Builder::new()
            .name("store-follower".into())
            .spawn(move || run(&inner, interval))
            .map_err(|source| {
                StoreError::engine("start the thread that follows other nodes", source)
            })?;
        Ok(Self {
            others,
            thread: Some(thread),
        })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.others.end();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that follows other nodes panicked");
        }
    }
}

/// A node that does not follow any more must not answer any more.
struct Stopping<'a>(&'a Inner);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

fn run(inner: &Inner, interval: Duration) {
    let _stopping = Stopping(inner);
    let others = &inner.others;
    while let Some(round) = others.wait(interval) {
        let began = Instant::now();
        match follow(inner) {
            Ok(()) => others.has_heard(round, began),
            Err(StoreError::Unavailable) => {
                tracing::warn!("the database cannot be reached; trying again");
                others.pause(PAUSE);
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "memory cannot follow the database; the store stops"
                );
                inner.stop();
                return;
            }
        }
    }
}

/// Hears what others have committed, and brings it to memory with all that was noted before.
fn follow(inner: &Inner) -> Result<(), StoreError> {
    let Some(shared) = inner.engine.shared() else {
        return Ok(());
    };
    inner
        .others
        .note(shared.changes_after(inner.others.seen())?);
    let (footprints, moment) = inner.others.take();
    if let Err(error) = inner.refresh(shared, &footprints) {
        inner.others.put_back(footprints);
        return Err(error);
    }
    inner.others.has_applied(moment);
    Ok(())
}
