//! Rows that are brought up to date at leisure.
//!
//! A use is written once, to the end of the table of uses, with what the license's uses came to by then;
//! who takes a seat, keeps it or gives it back is written to the end of the audit log, as everything is.
//! The rows of licenses and of sessions lie anywhere in the file; to write them each time would be most of
//! what a commit writes. They are brought up to date later: in their order, so that those on one page are
//! written together, and once for all that has happened to them since.
//!
//! Nothing rests on them. Memory knows better, and so do the two tables: whoever opens a file in which rows
//! are behind brings them up to date from there.

mod batch;
mod recovery;
mod row;
#[cfg(test)]
mod tests;

pub(super) use batch::{Batch, Sweep};
pub(super) use recovery::{recover, show};
pub(super) use row::{LicenseRow, Seat, SessionRow};

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use self::row::{Row, of_licensee};
use super::failed;
use super::seal::{self, Watch};
use crate::engine::LoadedLicensee;
use crate::error::StoreError;
use crate::ids::{LicenseeId, VendorId};
use crate::sql::row::{get, one};
use crate::sql::{Database, values};

/// The rows that are behind, with what they are to say.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// Held by whoever writes, from before its transaction begins until [`Batch::merge`].
    turn: Mutex<()>,
    rows: Mutex<Rows>,
}

#[derive(Debug, Clone, Default)]
struct Rows {
    /// What was used of a license.
    licenses: BTreeMap<LicenseRow, i64>,
    sessions: BTreeMap<SessionRow, Seat>,
}

impl Backlog {
    /// The turn to write. Whoever has it may look, write, commit and merge.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What one licensee's rows do not tell yet. To be asked before the rows are read: what is brought up to
    /// date in between is the same in either place.
    pub(super) fn of(&self, vendor: VendorId, licensee: LicenseeId) -> Untold {
        let rows = self.lock();
        let licenses = of_licensee(&rows.licenses, vendor, licensee);
        let sessions = of_licensee(&rows.sessions, vendor, licensee);
        Untold(Rows {
            licenses: licenses.map(|(row, used)| (*row, *used)).collect(),
            sessions: sessions.map(|(row, seat)| (row.clone(), *seat)).collect(),
        })
    }

    /// Brings every row up to date. Blocks as long as somebody else writes.
    pub(super) fn settle(&self, db: &Connection, watch: Option<&Watch>) -> Result<(), StoreError> {
        let _turn = self.turn();
        db.execute_batch("BEGIN IMMEDIATE")
            .map_err(failed("bring the rows up to date"))?;
        // A copy, since whoever only looks need not wait for this.
        let rows = self.lock().clone();
        rows.tell(db)?;
        reach_all(db)?;
        seal::commit(db, watch)?;
        *self.lock() = Rows::default();
        Ok(())
    }

    // A panic elsewhere cannot leave the maps half changed in a way that matters: each entry stands by
    // itself.
    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn len(&self) -> usize {
        self.licenses.len() + self.sessions.len()
    }

    /// Brings all of them up to date.
    fn tell(&self, db: &dyn Database) -> Result<(), StoreError> {
        for (row, used) in &self.licenses {
            row.tell(db, used)?;
        }
        for (row, seat) in &self.sessions {
            row.tell(db, seat)?;
        }
        Ok(())
    }
}

/// What the rows of one licensee do not tell yet.
#[derive(Debug)]
pub(super) struct Untold(Rows);

impl Untold {
    /// Completes what was read from the rows.
    pub(super) fn complete(self, licensee: &mut LoadedLicensee) {
        for (row, used) in self.0.licenses {
            licensee.set_used(row.license, used);
        }
        for (row, seat) in self.0.sessions {
            licensee.set_session(row.license.license, row.session, seat.until());
        }
    }
}

/// Every row tells all that is there.
pub(super) fn reach_all(db: &dyn Database) -> Result<(), StoreError> {
    reach(db, newest(db)?)
}

/// Up to where every row tells all.
fn reached(db: &dyn Database) -> Result<i64, StoreError> {
    let found = one(db, "SELECT position FROM settled", &[], |row| get(row, 0))?;
    found.ok_or_else(|| StoreError::Damaged("the table 'settled' is empty".into()))
}

fn reach(db: &dyn Database, position: i64) -> Result<(), StoreError> {
    db.write("UPDATE settled SET position = ?1", values![position])
}

fn newest(db: &dyn Database) -> Result<i64, StoreError> {
    Ok(crate::sql::audit::newest(db)?.position)
}
