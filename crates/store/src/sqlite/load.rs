//! Reads the state at the start, and licensees when they are asked for.

use rusqlite::Connection;

use super::database::AggregateStatements;
use crate::engine::Visitor;
use crate::error::StoreError;
use crate::sql::load::{load_vendor, vendors};

/// See [`crate::engine::Engine::load_all`].
pub(super) fn load_all(db: &Connection, visitor: &mut dyn Visitor) -> Result<(), StoreError> {
    for (id, account) in vendors(db)? {
        load_vendor(db, (id, account), visitor)?;
        let mut aggregates = AggregateStatements::prepare(db)?;
        let mut reader = aggregates.read(id, i64::MIN, i64::MAX)?;
        while let Some(licensee) = reader.next()? {
            visitor.licensee(licensee)?;
        }
    }
    Ok(())
}
