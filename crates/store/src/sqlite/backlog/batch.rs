//! What one group commit does to the rows that are behind.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Timestamp;
use rusqlite::Connection;

use super::row::{Row, of_licensee};
use super::{Backlog, LicenseRow, Rows, Seat, SessionRow, reach};
use crate::error::StoreError;
use crate::ids::{LicenseeId, VendorId};
use crate::sql::Database;
use crate::sql::apply::At;

/// Goes through the rows that are behind, round after round.
#[derive(Debug)]
pub(in super::super) struct Sweep {
    /// Where this round has come to.
    cursor: Cursor,
    /// The position where the round began: after it, every row tells at least what had happened by then.
    began: i64,
    /// Rows times events, not yet spent.
    credit: usize,
    pace: Pace,
}

/// A round goes through the licenses first.
#[derive(Debug)]
enum Cursor {
    Licenses(Option<LicenseRow>),
    Sessions(Option<SessionRow>),
}

/// How far the rows may be behind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Events in the time of one round, about: a start after a crash has those of two to read.
    pub(super) round: usize,
    /// Rows that are behind at most, but for those of the last batch.
    pub(super) most: usize,
}

impl Sweep {
    /// The first round begins, and the audit log reaches `position`.
    pub(in super::super) fn new(position: i64) -> Self {
        const PACE: Pace = Pace {
            round: 262_144,
            most: 131_072,
        };
        Self::at(PACE, position)
    }

    pub(super) fn at(pace: Pace, position: i64) -> Self {
        Self {
            cursor: Cursor::Licenses(None),
            began: position,
            credit: 0,
            pace,
        }
    }

    /// The rows whose turn it is, since so many events were added. True when the round ends with them.
    fn next(&mut self, rows: &Rows, events: usize) -> (Vec<LicenseRow>, Vec<SessionRow>, bool) {
        self.credit += rows.len() * events;
        let owed = self.credit / self.pace.round;
        self.credit %= self.pace.round;
        let count = owed.max(rows.len().saturating_sub(self.pace.most));
        let mut licenses = Vec::new();
        if let Cursor::Licenses(after) = &mut self.cursor {
            let is_end;
            (licenses, is_end) = rows_after(&rows.licenses, after.as_ref(), count);
            *after = licenses.last().copied().or(*after);
            if is_end {
                self.cursor = Cursor::Sessions(None);
            }
        }
        let Cursor::Sessions(after) = &mut self.cursor else {
            return (licenses, Vec::new(), false);
        };
        let left = count - licenses.len();
        let (sessions, is_end) = rows_after(&rows.sessions, after.as_ref(), left);
        *after = sessions.last().cloned().or(after.take());
        (licenses, sessions, is_end)
    }
}

/// Up to `count` rows behind the one given. True when there are no more.
fn rows_after<R: Row>(
    rows: &BTreeMap<R, R::Content>,
    after: Option<&R>,
    count: usize,
) -> (Vec<R>, bool) {
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let mut ahead = rows.range((from, Bound::Unbounded)).map(|(row, _)| row);
    let found = ahead.by_ref().take(count).cloned().collect();
    (found, ahead.next().is_none())
}

/// One batch's changes to what is behind, which count once it is committed.
#[derive(Debug)]
pub(in super::super) struct Batch<'a> {
    backlog: &'a Backlog,
    licenses: Changes<LicenseRow>,
    sessions: Changes<SessionRow>,
    events: usize,
    /// The audit log folds steps of it, and so does not tell all that happened.
    is_folded: bool,
}

/// Of one table. `None`: the row is up to date.
#[derive(Debug)]
struct Changes<R: Row>(BTreeMap<R, Option<R::Content>>);

impl<R: Row> Default for Changes<R> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<R: Row> Changes<R> {
    /// What a row is to say, unless it says so already.
    fn untold(&self, behind: &BTreeMap<R, R::Content>, row: &R) -> Option<R::Content> {
        match self.0.get(row) {
            Some(content) => *content,
            None => behind.get(row).copied(),
        }
    }

    fn of_licensee(
        &self,
        behind: &BTreeMap<R, R::Content>,
        vendor: VendorId,
        licensee: LicenseeId,
    ) -> Vec<R> {
        let before = of_licensee(behind, vendor, licensee).map(|(row, _)| row);
        let since = of_licensee(&self.0, vendor, licensee).map(|(row, _)| row);
        before.chain(since).cloned().collect()
    }

    fn bring(
        &mut self,
        db: &dyn Database,
        behind: &BTreeMap<R, R::Content>,
        rows: Vec<R>,
    ) -> Result<(), StoreError> {
        for row in rows {
            if let Some(content) = self.untold(behind, &row) {
                row.tell(db, &content)?;
                self.0.insert(row, None);
            }
        }
        Ok(())
    }

    fn merge(self, behind: &mut BTreeMap<R, R::Content>) {
        for (row, content) in self.0 {
            match content {
                Some(content) => behind.insert(row, content),
                None => behind.remove(&row),
            };
        }
    }
}

impl<'a> Batch<'a> {
    pub(in super::super) fn new(backlog: &'a Backlog) -> Self {
        Self {
            backlog,
            licenses: Changes::default(),
            sessions: Changes::default(),
            events: 0,
            is_folded: false,
        }
    }

    /// A use was written; the license's uses come to `used` with it.
    pub(in super::super) fn count(&mut self, row: LicenseRow, used: i64) {
        self.licenses.0.insert(row, Some(used));
        self.events += 1;
    }

    /// A seat is taken or kept.
    pub(in super::super) fn hold(&mut self, row: SessionRow, until: Timestamp, at: &At) {
        let before = self.sessions.untold(&self.backlog.lock().sessions, &row);
        let seat = Seat::held(before, until, at.position, at.at_ms);
        self.sessions.0.insert(row, Some(seat));
        self.events += 1;
    }

    /// A seat is given back.
    pub(in super::super) fn give_back(&mut self, row: SessionRow) {
        self.sessions.0.insert(row, Some(Seat::GivenBack));
        self.events += 1;
    }

    /// The audit log folds steps of this batch instead of telling them: no row may be behind when it ends.
    pub(in super::super) fn fold(&mut self) {
        self.is_folded = true;
    }

    /// Brings the rows of one licensee up to date, before something else is done to them.
    pub(in super::super) fn settle(
        &mut self,
        db: &Connection,
        vendor: VendorId,
        licensee: LicenseeId,
    ) -> Result<(), StoreError> {
        let behind = self.backlog.lock();
        let licenses = self
            .licenses
            .of_licensee(&behind.licenses, vendor, licensee);
        let sessions = self
            .sessions
            .of_licensee(&behind.sessions, vendor, licensee);
        self.licenses.bring(db, &behind.licenses, licenses)?;
        self.sessions.bring(db, &behind.sessions, sessions)
    }

    /// Brings as many rows up to date as the events of this batch call for. The audit log was at `before`,
    /// and is at `now`.
    pub(in super::super) fn sweep(
        &mut self,
        db: &Connection,
        sweep: &mut Sweep,
        before: i64,
        now: i64,
    ) -> Result<(), StoreError> {
        if self.is_folded {
            return self.end(db, sweep, now);
        }
        if self.events == 0 {
            return Ok(());
        }
        let behind = self.backlog.lock();
        let (licenses, sessions, is_round) = sweep.next(&behind, self.events);
        self.licenses.bring(db, &behind.licenses, licenses)?;
        self.sessions.bring(db, &behind.sessions, sessions)?;
        drop(behind);
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

    /// Brings all rows up to date.
    fn end(&mut self, db: &Connection, sweep: &mut Sweep, now: i64) -> Result<(), StoreError> {
        let behind = self.backlog.lock();
        let licenses = behind.licenses.keys().chain(self.licenses.0.keys());
        let licenses = licenses.copied().collect();
        let sessions = behind.sessions.keys().chain(self.sessions.0.keys());
        let sessions = sessions.cloned().collect();
        self.licenses.bring(db, &behind.licenses, licenses)?;
        self.sessions.bring(db, &behind.sessions, sessions)?;
        drop(behind);
        reach(db, now)?;
        *sweep = Sweep::at(sweep.pace, now);
        Ok(())
    }

    /// After the commit.
    pub(in super::super) fn merge(self) {
        let mut behind = self.backlog.lock();
        self.licenses.merge(&mut behind.licenses);
        self.sessions.merge(&mut behind.sessions);
    }
}
