//! What was used, told to the rows of licenses at leisure.
//!
//! A use is written once, to the end of the table of uses, with what the license's uses came to by
//! then. The license's own row lies anywhere in the file; to write it for each use would be most of
//! what a commit writes. It is brought up to date later: in the order of the rows, so that those on
//! one page are written together, and once for all uses since.
//!
//! Nothing rests on it. Memory knows what was used, and so does the table of uses: whoever opens a
//! file in which rows are behind brings them up to date from there.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::failed;
use super::seal::{self, Watch};
use crate::error::StoreError;
use crate::ids::{LicenseId, LicenseeId, VendorId};
use crate::sql::row::{each, get, one};
use crate::sql::{Database, values};

/// A license's row.
pub(super) type Key = (VendorId, LicenseeId, LicenseId);

/// The licenses whose rows are behind, with what was used of them.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    /// Held by whoever writes, from before its transaction begins until [`Tallies::merge`].
    turn: Mutex<()>,
    behind: Mutex<BTreeMap<Key, i64>>,
}

impl Tallies {
    /// The turn to write. Whoever has it may look, write, commit and merge.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was used of one licensee's licenses, as far as their rows are behind. To be asked before
    /// the rows are read: what is brought up to date in between is the same in either place.
    pub(super) fn of(&self, vendor: VendorId, licensee: LicenseeId) -> Vec<(LicenseId, i64)> {
        let behind = self.lock();
        let found = behind.range(all_of(vendor, licensee));
        found.map(|(key, used)| (key.2, *used)).collect()
    }

    /// Brings every row up to date. Blocks as long as somebody else writes.
    pub(super) fn settle(&self, db: &Connection, watch: Option<&Watch>) -> Result<(), StoreError> {
        let _turn = self.turn();
        let failed = failed("write what was used");
        db.execute_batch("BEGIN IMMEDIATE").map_err(&failed)?;
        let behind = self.lock().clone();
        for (key, used) in &behind {
            tell(db, key, *used)?;
        }
        reach(db, newest(db)?)?;
        seal::commit(db, watch)?;
        self.lock().clear();
        Ok(())
    }

    fn merge(&self, changes: BTreeMap<Key, Option<i64>>) {
        let mut behind = self.lock();
        for (key, used) in changes {
            match used {
                Some(used) => behind.insert(key, used),
                None => behind.remove(&key),
            };
        }
    }

    // A panic elsewhere cannot leave the map half changed in a way that matters: each entry stands by
    // itself.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, i64>> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Goes through the rows that are behind, round after round.
#[derive(Debug)]
pub(super) struct Sweep {
    /// Where this round has come to.
    cursor: Option<Key>,
    /// The position where the round began: after it, every row tells at least what was used by then.
    began: i64,
    /// Rows times uses, not yet spent.
    credit: usize,
    pace: Pace,
}

/// How far the rows may be behind.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Uses in the time of one round, about: a start after a crash has those of two to read.
    round: usize,
    /// Rows that are behind at most, but for those of the last batch.
    most: usize,
}

impl Sweep {
    /// The first round begins, and the audit log reaches `position`.
    pub(super) fn new(position: i64) -> Self {
        const PACE: Pace = Pace {
            round: 262_144,
            most: 131_072,
        };
        Self::at(PACE, position)
    }

    fn at(pace: Pace, position: i64) -> Self {
        Self {
            cursor: None,
            began: position,
            credit: 0,
            pace,
        }
    }
}

/// One batch's changes to what is behind, which count once it is committed.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    tallies: &'a Tallies,
    /// `None`: the row is up to date.
    changes: BTreeMap<Key, Option<i64>>,
    uses: usize,
}

impl<'a> Batch<'a> {
    pub(super) fn new(tallies: &'a Tallies) -> Self {
        Self {
            tallies,
            changes: BTreeMap::new(),
            uses: 0,
        }
    }

    /// What was used of a license, unless its row tells.
    fn used(&self, key: &Key) -> Option<i64> {
        match self.changes.get(key) {
            Some(used) => *used,
            None => self.tallies.lock().get(key).copied(),
        }
    }

    /// A use was written.
    pub(super) fn count(&mut self, key: Key, used: i64) {
        self.changes.insert(key, Some(used));
        self.uses += 1;
    }

    /// Brings the rows of one licensee up to date, before something else is done to them.
    pub(super) fn settle(
        &mut self,
        db: &Connection,
        vendor: VendorId,
        licensee: LicenseeId,
    ) -> Result<(), StoreError> {
        let mut keys: Vec<Key> = {
            let behind = self.tallies.lock();
            let found = behind.range(all_of(vendor, licensee));
            found.map(|(key, _)| *key).collect()
        };
        let changed = self.changes.range(all_of(vendor, licensee));
        keys.extend(changed.map(|(key, _)| *key));
        for key in keys {
            self.bring(db, key)?;
        }
        Ok(())
    }

    /// Brings as many rows up to date as the uses of this batch call for.
    pub(super) fn sweep(
        &mut self,
        db: &Connection,
        sweep: &mut Sweep,
        before: i64,
    ) -> Result<(), StoreError> {
        if self.uses == 0 {
            return Ok(());
        }
        let (keys, is_round) = {
            let behind = self.tallies.lock();
            sweep.credit += behind.len() * self.uses;
            let owed = sweep.credit / sweep.pace.round;
            sweep.credit %= sweep.pace.round;
            let count = owed.max(behind.len().saturating_sub(sweep.pace.most));
            let from = sweep.cursor.map_or(Bound::Unbounded, Bound::Excluded);
            let mut ahead = behind.range((from, Bound::Unbounded)).map(|(key, _)| *key);
            let keys: Vec<Key> = ahead.by_ref().take(count).collect();
            let is_round = ahead.next().is_none();
            (keys, is_round)
        };
        sweep.cursor = keys.last().copied().or(sweep.cursor);
        for key in keys {
            self.bring(db, key)?;
        }
        if is_round {
            reach(db, sweep.began)?;
            // What this batch counts is not behind yet, and is for the next round.
            *sweep = Sweep {
                credit: sweep.credit,
                ..Sweep::at(sweep.pace, before)
            };
        }
        Ok(())
    }

    fn bring(&mut self, db: &Connection, key: Key) -> Result<(), StoreError> {
        if let Some(used) = self.used(&key) {
            tell(db, &key, used)?;
            self.changes.insert(key, None);
        }
        Ok(())
    }

    /// After the commit.
    pub(super) fn merge(self) {
        self.tallies.merge(self.changes);
    }
}

/// Brings the rows up to date in a file that was left while some were behind, within one
/// transaction.
pub(super) fn recover(db: &mut Connection, watch: Option<&Watch>) -> Result<(), StoreError> {
    let reached = reached(db)?;
    let newest = newest(db)?;
    if reached == newest {
        return Ok(());
    }
    let transaction = db
        .transaction()
        .map_err(failed("bring the licenses up to date"))?;
    let mut behind = BTreeMap::new();
    each(&*transaction, TAIL, values![reached], |row| {
        let key = (
            VendorId(get(row, 0)?),
            LicenseeId(get(row, 1)?),
            LicenseId(get(row, 2)?),
        );
        behind.insert(key, get::<i64>(row, 3)?);
        Ok(())
    })?;
    for (key, used) in &behind {
        tell(&*transaction, key, *used)?;
    }
    reach(&*transaction, newest)?;
    seal::commit(&transaction, watch)
}

/// Makes a connection that only reads see the rows as they will be. Everything that names the table
/// afterwards means this.
pub(super) fn show(db: &Connection) -> Result<(), StoreError> {
    db.execute_batch(
        "CREATE TEMP TABLE behind (
            vendor_id INTEGER, licensee_id INTEGER, id INTEGER, used INTEGER,
            PRIMARY KEY (vendor_id, licensee_id, id)
         ) WITHOUT ROWID;
         INSERT OR REPLACE INTO behind
            SELECT u.vendor_id, u.licensee_id, u.license_id, u.used
            FROM vendor v JOIN usage u ON u.vendor_id = v.id
                AND u.position > (SELECT position FROM settled)
            ORDER BY u.vendor_id, u.position, u.place;
         CREATE TEMP VIEW license AS
            SELECT l.vendor_id, l.licensee_id, l.id, l.number, l.license_template_id, l.active,
                l.name, l.price_hundredths, l.currency, l.hidden, l.start_date, l.start_at_ms,
                CASE WHEN b.used IS NULL THEN l.used_quantity ELSE CAST(b.used AS TEXT) END
                    AS used_quantity,
                coalesce(b.used, l.used) AS used, l.properties
            FROM main.license l LEFT JOIN behind b
                ON b.vendor_id = l.vendor_id AND b.licensee_id = l.licensee_id AND b.id = l.id;",
    )
    .map_err(failed("read what was used"))
}

/// What was used behind a position, in order.
const TAIL: &str = "
    SELECT u.vendor_id, u.licensee_id, u.license_id, u.used
    FROM vendor v JOIN usage u ON u.vendor_id = v.id AND u.position > ?1
    ORDER BY u.vendor_id, u.position, u.place";

/// The rows of one licensee.
fn all_of(vendor: VendorId, licensee: LicenseeId) -> std::ops::RangeInclusive<Key> {
    (vendor, licensee, LicenseId(i64::MIN))..=(vendor, licensee, LicenseId(i64::MAX))
}

fn tell(db: &dyn Database, key: &Key, used: i64) -> Result<(), StoreError> {
    db.write(
        "UPDATE license SET used_quantity = ?4, used = ?5
         WHERE vendor_id = ?1 AND licensee_id = ?2 AND id = ?3",
        values![key.0.0, key.1.0, key.2.0, used.to_string(), used],
    )
}

/// Up to where every row tells what was used.
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
