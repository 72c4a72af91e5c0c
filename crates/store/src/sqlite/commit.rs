//! One group commit: one transaction for all commands of a batch.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use leasehold_model::change::LicenseeChange;
use leasehold_model::licensee::Licensee;
use rusqlite::{Connection, ErrorCode};

use super::backlog::{Backlog, Batch, LicenseRow, SessionRow, Sweep};
use super::failed;
use super::seal::{self, Watch};
use crate::command::{Command, LicenseePart, LicenseeStep, Step, Use};
use crate::engine::{Committed, Committer};
use crate::error::StoreError;
use crate::ids::{LicenseId, LicenseeId};
use crate::others::Others;
use crate::sql::apply::{At, apply, licenses_changed, put_new_license, write_off};
use crate::sql::audit::{Link, append, newest};
use crate::sql::detail;

/// The only one that writes.
#[derive(Debug)]
pub(crate) struct SqliteCommitter {
    connection: Connection,
    watch: Option<Watch>,
    /// The newest row of the audit log.
    head: Link,
    backlog: Arc<Backlog>,
    sweep: Sweep,
}

impl SqliteCommitter {
    pub(super) fn new(
        connection: Connection,
        watch: Option<Watch>,
        backlog: Arc<Backlog>,
    ) -> Result<Self, StoreError> {
        let head = newest(&connection)?;
        Ok(Self {
            sweep: Sweep::new(head.position),
            connection,
            watch,
            head,
            backlog,
        })
    }
}

impl Committer for SqliteCommitter {
    fn commit(&mut self, commands: &[Command], _: &Others) -> Result<Committed, StoreError> {
        let connection = &self.connection;
        let turn = self.backlog.turn();
        wait_for_turn(connection).map_err(failed("begin a transaction"))?;
        let mut batch = Batch::new(&self.backlog);
        let mut head = self.head.clone();
        for command in commands {
            // A failure leaves the transaction open: nothing follows it, and closing drops it.
            head = write(connection, &mut batch, &head, command)?;
        }
        batch.sweep(
            connection,
            &mut self.sweep,
            self.head.position,
            head.position,
        )?;
        seal::commit(connection, self.watch.as_ref())?;
        batch.merge();
        drop(turn);
        self.head = head;
        Ok(Committed::default())
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        self.backlog.settle(&self.connection, self.watch.as_ref())
    }
}

fn write(
    connection: &Connection,
    batch: &mut Batch<'_>,
    head: &Link,
    command: &Command,
) -> Result<Link, StoreError> {
    let position = head.position + 1;
    let at_ms = command.at.as_millisecond();
    let mut newcomers = Newcomers::default();
    for (place, step) in (0..).zip(&command.steps) {
        let at = At {
            vendor: command.vendor,
            position,
            place,
            at_ms,
        };
        match step {
            Step::CreateLicensee { id, licensee, .. } => {
                newcomers.add(*id, licensee);
                apply(connection, &at, step)?;
            }
            Step::Licensee(LicenseeStep {
                id: licensee,
                part:
                    LicenseePart::PutLicense {
                        id,
                        template,
                        license,
                    },
            }) if newcomers.brings(*licensee, *id) => {
                if newcomers.forget_levels(*licensee) {
                    licenses_changed(connection, &at, *licensee)?;
                }
                put_new_license(connection, &at, (*licensee, *id), *template, license)?;
            }
            Step::Licensee(LicenseeStep {
                id: licensee,
                part: LicenseePart::Use(license, used),
            }) => count(connection, batch, &at, (*licensee, *license), used)?,
            Step::Licensee(LicenseeStep {
                id: licensee,
                part:
                    LicenseePart::License(license, LicenseeChange::HoldSession { session, until, .. }),
            }) => {
                let row = session_row(&at, (*licensee, *license), session);
                batch.hold(row, *until, &at);
            }
            Step::Licensee(LicenseeStep {
                id: licensee,
                part: LicenseePart::License(license, LicenseeChange::DropSession { session, .. }),
            }) => batch.give_back(session_row(&at, (*licensee, *license), session)),
            Step::Licensee(LicenseeStep {
                id: licensee,
                part: LicenseePart::Own(_),
            }) => {
                newcomers.has_levels(*licensee);
                apply(connection, &at, step)?;
            }
            Step::RemoveLicensee(licensee, _)
            | Step::Licensee(LicenseeStep {
                id: licensee,
                part: LicenseePart::PutLicense { .. } | LicenseePart::RemoveLicense(..),
            }) => {
                batch.settle(connection, command.vendor, *licensee)?;
                apply(connection, &at, step)?;
            }
            _ => apply(connection, &at, step)?,
        }
    }
    if detail::folds(&command.steps) {
        batch.fold();
    }
    let detail = detail::of(&command.steps);
    append(connection, head, command, &detail)
}

fn license_row(at: &At, (licensee, license): (LicenseeId, LicenseId)) -> LicenseRow {
    LicenseRow {
        vendor: at.vendor,
        licensee,
        license,
    }
}

fn session_row(at: &At, license: (LicenseeId, LicenseId), session: &str) -> SessionRow {
    SessionRow {
        license: license_row(at, license),
        session: session.into(),
    }
}

/// Licensees that a command makes, and the licenses that come with them: nothing of theirs is there that
/// would have to be looked for.
#[derive(Debug, Default)]
struct Newcomers {
    /// With whether their warning levels are told, which are those before the next license.
    licensees: HashMap<LicenseeId, bool>,
    licenses: HashSet<LicenseId>,
}

impl Newcomers {
    fn add(&mut self, id: LicenseeId, licensee: &Licensee) {
        self.licensees.insert(id, licensee.warning_levels.is_some());
    }

    /// True when the license is new, and its licensee too.
    fn brings(&mut self, licensee: LicenseeId, license: LicenseId) -> bool {
        self.licensees.contains_key(&licensee) && self.licenses.insert(license)
    }

    /// True when the licensee has warning levels, which it has no more.
    fn forget_levels(&mut self, licensee: LicenseeId) -> bool {
        let levels = self.licensees.get_mut(&licensee);
        levels.is_some_and(std::mem::take)
    }

    /// The licensee may have warning levels again.
    fn has_levels(&mut self, licensee: LicenseeId) {
        if let Some(levels) = self.licensees.get_mut(&licensee) {
            *levels = true;
        }
    }
}

/// Writes a use, and leaves the license's row for later.
fn count(
    connection: &Connection,
    batch: &mut Batch<'_>,
    at: &At,
    (licensee, license): (LicenseeId, LicenseId),
    used: &Use,
) -> Result<(), StoreError> {
    let after = used.after();
    let amount = after - used.before;
    write_off(connection, at, (licensee, license), amount, after)?;
    batch.count(license_row(at, (licensee, license)), after);
    Ok(())
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
