//! The schema and its migrations: numbered, forward only, embedded.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::failed;
use crate::error::StoreError;

/// Each in its own transaction, in this order; the version is how many have run. Old ones never
/// change.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../migrations/sqlite/0001_object_model.sql"),
    include_str!("../../migrations/sqlite/0002_netlicensing.sql"),
    include_str!("../../migrations/sqlite/0003_uses_in_order.sql"),
    include_str!("../../migrations/sqlite/0004_documents.sql"),
];

/// The newest schema that this program knows.
pub(crate) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Runs the migrations that have not run yet; refuses a schema of a later program.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let failed = failed("migrate the database");
    let found = version(connection)?;
    for (at, migration) in (1..).zip(MIGRATIONS).filter(|(at, _)| *at > found) {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&failed)?;
        transaction
            .execute_batch(
                "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT;
                 DELETE FROM schema_version;",
            )
            .map_err(&failed)?;
        transaction.execute_batch(migration).map_err(&failed)?;
        transaction
            .execute("INSERT INTO schema_version (version) VALUES (?1)", [at])
            .map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
    }
    Ok(())
}

/// The schema's version, 0 when there is none; refuses one of a later program.
pub(crate) fn version(connection: &Connection) -> Result<i64, StoreError> {
    let failed = failed("read the schema's version");
    let has_table = connection
        .table_exists(None, "schema_version")
        .map_err(&failed)?;
    if !has_table {
        return Ok(0);
    }
    let found = connection
        .query_row("SELECT version FROM schema_version", [], |row| row.get(0))
        .optional()
        .map_err(&failed)?
        .unwrap_or(0);
    if found > KNOWN {
        return Err(StoreError::NewerSchema {
            found,
            known: KNOWN,
        });
    }
    Ok(found)
}

/// The columns that the migrations make, each with its table, in order.
#[cfg(test)]
pub(crate) fn columns() -> Result<Vec<(String, String, crate::sql::tables::Kind)>, StoreError> {
    use crate::sql::row::{each, text};
    use crate::sql::tables::Kind;

    let mut connection = Connection::open_in_memory().map_err(failed("open a database"))?;
    migrate(&mut connection)?;
    let mut columns = Vec::new();
    let all = "SELECT s.name, c.name, c.type FROM sqlite_schema s, pragma_table_info(s.name) c
               WHERE s.type = 'table' AND s.name NOT IN ('schema_version', 'settled')
               ORDER BY s.name, c.cid";
    each(&connection, all, &[], |row| {
        let kind = match &*text(row, 2)? {
            "INTEGER" => Kind::Integer,
            "TEXT" => Kind::Text,
            _ => Kind::Blob,
        };
        let (table, column) = (text(row, 0)?, text(row, 1)?);
        columns.push((table.into_owned(), column.into_owned(), kind));
        Ok(())
    })?;
    Ok(columns)
}
