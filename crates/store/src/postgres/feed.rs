//! What commands touched, as rows that other nodes read.

use crate::error::StoreError;
use crate::footprint::{Footprint, Reach};
use crate::ids::{LicenseeId, Position, VendorId};
use crate::sql::row::{get, instant, unusable};
use crate::sql::{Row, values};
use crate::write::CallKey;

use super::group::Group;

/// What others committed after a position, oldest first.
pub(super) const OF_OTHERS: &str = "
    SELECT position, vendor_id, reach, licensees, calls, announces, newest_id, at_ms
    FROM feed WHERE position > $1 AND life <> $2 ORDER BY position";

/// The rows of one commit.
pub(super) const INSERT: &str = "
    INSERT INTO feed
        (position, life, batch, vendor_id, reach, licensees, calls, announces, newest_id, at_ms)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
        $6::bytea[], $7::bytea[], $8::bigint[], $9::bigint[], $10::bigint[])";

/// What is older than an hour, and not among the newest million.
pub(super) const PRUNE: &str = "DELETE FROM feed WHERE position <= $1 AND at_ms < $2";

/// Rows of the feed that are kept at least.
pub(super) const KEPT: i64 = 1_000_000;
/// And for how long.
pub(super) const KEPT_MS: i64 = 3_600_000;

/// Adds the row of `footprint`.
pub(super) fn push(group: &mut Group, (life, batch): (i64, i64), footprint: &Footprint) {
    let licensees: Vec<u8> = footprint
        .licensees
        .iter()
        .flat_map(|licensee| licensee.0.to_be_bytes())
        .collect();
    let calls: Vec<u8> = footprint
        .calls
        .iter()
        .flat_map(|call| [call.key, call.request])
        .flatten()
        .collect();
    group.push(values![
        footprint.position.0,
        life,
        batch,
        footprint.vendor.0,
        footprint.reach.code(),
        licensees,
        calls,
        footprint.announces,
        footprint.newest_id,
        footprint.at.as_millisecond(),
    ]);
}

/// Reads a row of [`OF_OTHERS`].
pub(super) fn read(row: &dyn Row) -> Result<Footprint, StoreError> {
    let reach: i64 = get(row, 2)?;
    let (licensees, calls): (Vec<u8>, Vec<u8>) = (get(row, 3)?, get(row, 4)?);
    let licensees = parts::<8>(&licensees).map(|id| LicenseeId(i64::from_be_bytes(id)));
    let calls: Vec<[u8; 32]> = parts(&calls).collect();
    Ok(Footprint {
        position: Position(get(row, 0)?),
        vendor: VendorId(get(row, 1)?),
        reach: Reach::from_code(reach).ok_or_else(|| unusable(reach))?,
        licensees: licensees.collect(),
        calls: calls
            .chunks_exact(2)
            .map(|call| CallKey {
                key: call[0],
                request: call[1],
            })
            .collect(),
        announces: get(row, 5)?,
        newest_id: get(row, 6)?,
        at: instant(get(row, 7)?)?,
        is_committed: true,
    })
}

fn parts<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks().0.iter().copied()
}
