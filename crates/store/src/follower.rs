//! Follows the other nodes: hears what they have committed and brings it to memory.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::error::StoreError;
use crate::inner::Inner;
use crate::others::Others;

/// Between two attempts at a database that does not answer.
const PAUSE: Duration = Duration::from_millis(200);

/// Starts the thread, which hears the others at least every `interval`. It ends with the store.
pub(crate) fn start(inner: &Arc<Inner>, interval: Duration) -> Result<(), StoreError> {
    let others = Arc::clone(&inner.others);
    let inner = Arc::downgrade(inner);
    std::thread::Builder::new()
        .name("store-follower".into())
        .spawn(move || run(&inner, &others, interval))
        .map(drop)
        .map_err(|source| StoreError::engine("start the thread that follows other nodes", source))
}

fn run(inner: &Weak<Inner>, others: &Others, interval: Duration) {
    while let Some(round) = others.wait(interval) {
        let Some(inner) = inner.upgrade() else {
            return;
        };
        let began = Instant::now();
        match follow(&inner) {
            Ok(()) => others.has_heard(round, began),
            Err(StoreError::Unavailable) => {
                drop(inner);
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
