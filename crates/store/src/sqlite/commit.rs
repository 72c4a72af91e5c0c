//! One group commit: one transaction for all commands of a batch.

use rusqlite::{Connection, ErrorCode};

use super::failed;
use crate::command::Command;
use crate::engine::{Committed, Committer};
use crate::error::StoreError;
use crate::others::Others;
use crate::sql::apply::{At, apply};
use crate::sql::audit::{Link, append, newest};
use crate::sql::detail;

/// The only one that writes.
#[derive(Debug)]
pub(crate) struct SqliteCommitter {
    connection: Connection,
    /// The newest row of the audit log.
    head: Link,
}

impl SqliteCommitter {
    pub(crate) fn new(connection: Connection) -> Result<Self, StoreError> {
        let head = newest(&connection)?;
        Ok(Self { connection, head })
    }
}

impl Committer for SqliteCommitter {
    fn commit(&mut self, commands: &[Command], _: &Others) -> Result<Committed, StoreError> {
        let connection = &self.connection;
        wait_for_turn(connection).map_err(failed("begin a transaction"))?;
        let mut head = self.head.clone();
        for command in commands {
            // A failure leaves the transaction open: nothing follows it, and closing drops it.
            head = write(connection, &head, command)?;
        }
        connection
            .execute_batch("COMMIT")
            .map_err(failed("commit"))?;
        self.head = head;
        Ok(Committed::default())
    }
}

fn write(connection: &Connection, head: &Link, command: &Command) -> Result<Link, StoreError> {
    let position = head.position + 1;
    let at_ms = command.at.as_millisecond();
    for (place, step) in (0..).zip(&command.steps) {
        let at = At {
            vendor: command.vendor,
            position,
            place,
            at_ms,
        };
        apply(connection, &at, step)?;
    }
    let detail = detail::of(&command.steps);
    append(connection, head, command, &detail)
}

/// Somebody else may hold the database for a while, a person with a tool for example. Nothing is
/// lost by waiting: meanwhile the queue fills, and callers hear that the store is busy.
fn wait_for_turn(connection: &Connection) -> Result<(), rusqlite::Error> {
    loop {
        match connection.execute_batch("BEGIN IMMEDIATE") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                tracing::warn!("another program holds the database; waiting for it");
            }
            begun => return begun,
        }
    }
}
