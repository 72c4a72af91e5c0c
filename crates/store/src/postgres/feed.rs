//! What commits touched, as rows that other nodes read: one row a commit, since to write one for each
//! command would be a fifth of what a commit does.

use jiff::Timestamp;

use crate::error::StoreError;
use crate::footprint::{Footprint, Reach};
use crate::ids::{LicenseeId, Position, VendorId};
use crate::sql::Row;
use crate::sql::row::{get, instant, unusable};
use crate::write::CallKey;

use super::statement::{Param, Statement};

/// What others committed after a position, oldest first.
pub(super) const OF_OTHERS: &str = "
    SELECT first, footprints FROM touched WHERE position > $1 AND life <> $2 ORDER BY position";

/// The oldest position that is still told of, if any is.
pub(super) const OLDEST: &str =
    "SELECT coalesce((SELECT first FROM touched ORDER BY position LIMIT 1), 0)";

const INSERT: &str = "
    INSERT INTO touched (position, first, life, batch, footprints, at_ms)
    VALUES ($1, $2, $3, $4, $5, $6)";

/// What is older than an hour, and not among the newest million.
pub(super) const PRUNE: &str = "DELETE FROM touched WHERE position <= $1 AND at_ms < $2";

/// Positions of which is told at least.
pub(super) const KEPT: i64 = 1_000_000;
/// And for how long.
pub(super) const KEPT_MS: i64 = 3_600_000;

/// The row of one commit, whose commands stand one behind the other in the audit log.
#[derive(Debug)]
pub(super) struct Touched {
    life: i64,
    batch: i64,
    range: Option<(Position, Position)>,
    at: Timestamp,
    footprints: Vec<u8>,
}

impl Touched {
    /// By this batch of this life.
    pub(super) fn by(life: i64, batch: i64) -> Self {
        Self {
            life,
            batch,
            range: None,
            at: Timestamp::MIN,
            footprints: Vec::new(),
        }
    }

    /// Adds what the next command touched.
    pub(super) fn push(&mut self, footprint: &Footprint) {
        let first = self.range.map_or(footprint.position, |(first, _)| first);
        self.range = Some((first, footprint.position));
        self.at = self.at.max(footprint.at);
        write(footprint, &mut self.footprints);
    }

    /// The statement; `None` when nothing was touched.
    pub(super) fn into_statement(self) -> Option<Statement> {
        let (first, newest) = self.range?;
        let integer = |value| Param::Integer(Some(value));
        Some(Statement::new(
            INSERT,
            vec![
                integer(newest.0),
                integer(first.0),
                integer(self.life),
                integer(self.batch),
                Param::Blob(Some(self.footprints)),
                integer(self.at.as_millisecond()),
            ],
        ))
    }
}

/// Integers are big-endian, of 8 bytes; lists begin
/// with their length. Positions need not be told: they stand one behind the other.
fn write(footprint: &Footprint, to: &mut Vec<u8>) {
    let mut integer = |value: i64| to.extend(value.to_be_bytes());
    integer(footprint.vendor.0);
    integer(footprint.newest_id);
    integer(footprint.at.as_millisecond());
    integer(footprint.reach.code());
    integer(footprint.announces.into());
    integer(footprint.licensees.len() as i64);
    footprint
        .licensees
        .iter()
        .for_each(|licensee| integer(licensee.0));
    integer(footprint.calls.len() as i64);
    for call in &footprint.calls {
        to.extend(call.key);
        to.extend(call.request);
    }
}

/// Reads a row of [`OF_OTHERS`] into `footprints`.
pub(super) fn read(row: &dyn Row, footprints: &mut Vec<Footprint>) -> Result<(), StoreError> {
    let (first, bytes): (i64, Vec<u8>) = (get(row, 0)?, get(row, 1)?);
    let mut left = Left(&bytes);
    let mut position = first;
    while !left.0.is_empty() {
        footprints.push(left.footprint(Position(position))?);
        position += 1;
    }
    Ok(())
}

/// What is left to read of a row.
struct Left<'a>(&'a [u8]);

impl Left<'_> {
    fn footprint(&mut self, position: Position) -> Result<Footprint, StoreError> {
        let vendor = VendorId(self.integer()?);
        let newest_id = self.integer()?;
        let at = instant(self.integer()?)?;
        let reach = self.integer()?;
        let reach = Reach::from_code(reach).ok_or_else(|| unusable(reach))?;
        let announces = self.integer()? != 0;
        let licensees = self.list(|left| left.integer().map(LicenseeId))?;
        let calls = self.list(|left| {
            Ok(CallKey {
                key: left.take()?,
                request: left.take()?,
            })
        })?;
        Ok(Footprint {
            position,
            vendor,
            reach,
            licensees,
            calls,
            announces,
            newest_id,
            at,
            is_committed: true,
        })
    }

    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let length = self.integer()?;
        (0..length).map(|_| item(self)).collect()
    }

    fn integer(&mut self) -> Result<i64, StoreError> {
        self.take().map(i64::from_be_bytes)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let (taken, left) = self
            .0
            .split_first_chunk()
            .ok_or_else(|| StoreError::Damaged("a row of 'touched' is cut off".into()))?;
        self.0 = left;
        Ok(*taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn footprint(position: i64, licensees: i64, calls: u8) -> Footprint {
        Footprint {
            position: Position(position),
            vendor: VendorId(7),
            reach: Reach::Names,
            licensees: (0..licensees).map(LicenseeId).collect(),
            calls: (0..calls)
                .map(|call| CallKey {
                    key: [call; 32],
                    request: [!call; 32],
                })
                .collect(),
            announces: position % 2 == 0,
            newest_id: -position,
            at: Timestamp::from_millisecond(position).unwrap(),
            is_committed: true,
        }
    }

    #[test]
    fn what_was_touched_is_read_as_it_was_written() {
        let written = [footprint(5, 0, 0), footprint(6, 3, 2), footprint(7, 1, 1)];
        let mut bytes = Vec::new();
        written
            .iter()
            .for_each(|footprint| write(footprint, &mut bytes));
        let mut left = Left(&bytes);
        let read = [5, 6, 7].map(|at| left.footprint(Position(at)).unwrap());
        assert_eq!(read, written);
        assert!(left.0.is_empty());
        let mut cut = Left(&bytes[..bytes.len() - 1]);
        let read: Vec<_> = (5..8)
            .map(|at| cut.footprint(Position(at)).is_ok())
            .collect();
        assert_eq!(read, [true, true, false]);
    }
}
