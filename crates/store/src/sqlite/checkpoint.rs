//! Moves committed pages from the log to the database file, away from the writer's path.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::failed;
use crate::error::StoreError;

/// Seldom enough for most pages to have been written several times in between, and often enough for what is
/// then to be synced not to hold up the log for long: whoever writes waits for that (0042).
const EVERY: Duration = Duration::from_millis(500);
/// Pages in the log from which on a checkpoint also waits for readers and starts the log anew.
/// About 128 MB.
const LONGEST_LOG: i64 = 32_768;

/// A thread that checkpoints until this is dropped.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    thread: Option<JoinHandle<()>>,
    /// Dropped to end the thread.
    end: Option<Sender<()>>,
}

impl Checkpointer {
    pub(crate) fn start(path: &Path) -> Result<Self, StoreError> {
        let connection = super::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // Not synced by this connection's own choice: a checkpoint must sync the log first.
        connection
            .execute_batch("PRAGMA synchronous = FULL;")
            .map_err(failed("configure the database"))?;
        let (end, ended) = channel();
        let run = move || {
            while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                if let Err(error) = checkpoint(&connection) {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a checkpoint failed; the next one tries again"
                    );
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(run)
            .map_err(|source| StoreError::engine("start the checkpoint thread", source))?;
        Ok(Self {
            thread: Some(thread),
            end: Some(end),
        })
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the checkpoint thread panicked");
        }
    }
}

fn checkpoint(connection: &Connection) -> Result<(), rusqlite::Error> {
    let log: i64 = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))?;
    if log > LONGEST_LOG {
        connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))?;
    }
    Ok(())
}
