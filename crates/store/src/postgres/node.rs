//! This node among the others: its life, its number, and the work that it has claimed.

use jiff::Timestamp;

use super::session::Session;
use super::statement::{Param, Statement};
use crate::error::StoreError;
use crate::ids::NodeNumber;
use crate::sql::row::get;

/// This node. A number is its own as long as it says so now and then; a life is never had again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) number: NodeNumber,
    pub(super) life: i64,
}

/// For how long a number is kept for a node that is not heard of. Everything that a node commits
/// names its number and life, so that one that slept longer finds that it is not itself any more.
pub(super) const LEASE_MS: i64 = 60_000;
/// It is heard of again when so much is left.
const RENEWED_MS: i64 = 40_000;

/// Whoever holds this lock is the only one that writes.
pub(super) const LOCK_HEAD: &str = "SELECT position FROM head WHERE id = 1 FOR UPDATE";

/// The database's clock, by which all nodes go.
pub(super) const NOW_MS: &str = "SELECT CAST(extract(epoch FROM now()) * 1000 AS BIGINT)";

/// How many other nodes there are.
pub(super) const OTHERS: &str = "
    SELECT count(*) FROM node
    WHERE life <> $1 AND until_ms > CAST(extract(epoch FROM now()) * 1000 AS BIGINT)";

/// A number that nobody ever had, rather than one whose owner is gone: whatever that one had made
/// with it lies further back.
const FREE_NUMBERS: &str = "
    SELECT number, until_ms, CAST(extract(epoch FROM now()) * 1000 AS BIGINT)
    FROM node ORDER BY number";

/// Begins a life: one more than all before.
pub(super) fn begin_life(session: &Session) -> Result<i64, StoreError> {
    let lived = session.ask(&[Statement::plain(
        "INSERT INTO setting (name, value) VALUES ('lives', '1')
         ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT)
         RETURNING CAST(value AS BIGINT)",
    )])?;
    only(&lived)
}

/// The one value that the last statement found.
pub(super) fn only(answers: &[super::statement::Answer]) -> Result<i64, StoreError> {
    let row = answers.last().and_then(|answer| answer.rows.first());
    let row =
        row.ok_or_else(|| StoreError::Damaged("a row is missing that is always there".into()))?;
    get(row, 0)
}

/// Takes a number for `life`. Within a transaction that holds the head, so that no two take one.
pub(super) fn take_number(session: &Session, life: i64, name: &str) -> Result<Node, StoreError> {
    let found = session.ask(&[Statement::plain(FREE_NUMBERS), Statement::plain(NOW_MS)])?;
    let now_ms = only(&found)?;
    let mut last_free: [Option<i64>; 256] = [Some(i64::MIN); 256];
    for row in found.iter().flat_map(|answer| &answer.rows) {
        let Ok(number) = usize::try_from(get::<i64>(row, 0)?) else {
            continue;
        };
        if row.columns().len() < 2 {
            continue;
        }
        let until_ms: i64 = get(row, 1)?;
        if let Some(place) = last_free.get_mut(number) {
            *place = (until_ms <= now_ms).then_some(until_ms);
        }
    }
    let free = last_free
        .iter()
        .zip(0_u8..=u8::MAX)
        .filter_map(|(free, number)| free.map(|since| (since, number)))
        .min();
    let (_, number) = free.ok_or(StoreError::TooManyNodes)?;
    session.enqueue(Statement::new(
        "INSERT INTO node (number, life, name, until_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (number) DO UPDATE SET
            life = excluded.life, name = excluded.name, until_ms = excluded.until_ms",
        vec![
            Param::Integer(Some(number.into())),
            Param::Integer(Some(life)),
            Param::Text(Some(super::statement::guarded(name))),
            Param::Integer(Some(now_ms + LEASE_MS)),
        ],
    ))?;
    Ok(Node {
        number: NodeNumber(number),
        life,
    })
}

impl Node {
    /// Keeps the number for a while longer, when it is time.
    pub(super) fn renewal(&self) -> Statement {
        Statement::new(
            "UPDATE node SET
                until_ms = CAST(extract(epoch FROM now()) * 1000 AS BIGINT) + $3
             WHERE number = $1 AND life = $2
                AND until_ms < CAST(extract(epoch FROM now()) * 1000 AS BIGINT) + $4",
            vec![
                Param::Integer(Some(self.number.0.into())),
                Param::Integer(Some(self.life)),
                Param::Integer(Some(LEASE_MS)),
                Param::Integer(Some(RENEWED_MS)),
            ],
        )
    }

    /// Gives the number back.
    pub(super) fn leave(&self) -> Statement {
        Statement::new(
            "UPDATE node SET life = 0, until_ms = 0 WHERE number = $1 AND life = $2",
            vec![
                Param::Integer(Some(self.number.0.into())),
                Param::Integer(Some(self.life)),
            ],
        )
    }
}

/// Claims `work` for `life` until `until`, unless another life has it beyond `now`.
pub(super) fn claim(
    session: &Session,
    life: i64,
    work: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let claimed = session.run(Statement::new(
        "INSERT INTO claim (work, life, until_ms) VALUES ($1, $2, $3)
         ON CONFLICT (work) DO UPDATE SET life = excluded.life, until_ms = excluded.until_ms
         WHERE claim.life = excluded.life OR claim.until_ms <= $4",
        vec![
            Param::Text(Some(super::statement::guarded(work))),
            Param::Integer(Some(life)),
            Param::Integer(Some(until.as_millisecond())),
            Param::Integer(Some(now.as_millisecond())),
        ],
    ))?;
    Ok(claimed > 0)
}
