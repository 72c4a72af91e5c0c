//! The schema and its migrations: numbered, forward only, embedded.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::failed;
use super::seal::Seal;
use crate::error::StoreError;

/// Each in its own transaction, in this order; the version is how many have run. Old ones never
/// change.
const MIGRATIONS: [&str; 8] = [
    include_str!("../../migrations/sqlite/0001_object_model.sql"),
    include_str!("../../migrations/sqlite/0002_netlicensing.sql"),
    include_str!("../../migrations/sqlite/0003_uses_in_order.sql"),
    include_str!("../../migrations/sqlite/0004_documents.sql"),
    include_str!("../../migrations/sqlite/0005_bindings.sql"),
    include_str!("../../migrations/sqlite/0006_seal.sql"),
    include_str!("../../migrations/sqlite/0007_sessions_alone.sql"),
    include_str!("../../migrations/sqlite/0008_sessions_later.sql"),
];

/// The newest schema that this program knows.
pub(crate) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// The migration that brings the seal.
const SEALS: i64 = 6;

/// Runs the migrations that have not run yet; refuses a schema of a later program. What a migration
/// changes is sealed anew in its own transaction, so that no crash leaves it unsealed; what was sealed
/// before must be there unchanged.
pub(crate) fn migrate(connection: &mut Connection, seal: Option<&Seal>) -> Result<(), StoreError> {
    migrate_to(connection, KNOWN, seal)
}

/// The same as far as schema `last`.
pub(crate) fn migrate_to(
    connection: &mut Connection,
    last: i64,
    seal: Option<&Seal>,
) -> Result<(), StoreError> {
    let failed = failed("migrate the database");
    let found = version(connection)?;
    let missing = |(at, _): &(i64, _)| found < *at && *at <= last;
    for (at, migration) in (1..).zip(MIGRATIONS).filter(missing) {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&failed)?;
        if let Some(seal) = seal.filter(|_| at > SEALS) {
            seal.compare(&transaction)?;
        }
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
        if let Some(seal) = seal.filter(|_| at >= SEALS) {
            seal.adopt(&transaction)?;
        }
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
    migrate(&mut connection, None)?;
    let mut columns = Vec::new();
    let all = "SELECT s.name, c.name, c.type FROM sqlite_schema s, pragma_table_info(s.name) c
               WHERE s.type = 'table' AND s.name NOT IN ('schema_version', 'settled', 'seal')
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What was used before the uses had an order of their own.
    #[test]
    fn uses_of_an_older_schema_come_along() {
        let mut db = Connection::open_in_memory().unwrap();
        for migration in &MIGRATIONS[..2] {
            db.execute_batch(migration).unwrap();
        }
        db.execute_batch(
            "PRAGMA foreign_keys = OFF;
             CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT;
             INSERT INTO schema_version VALUES (2);
             INSERT INTO usage (vendor_id, licensee_id, license_id, position, place, amount, at_ms)
             VALUES (1, 7, 70, 3, 0, 5, 30), (1, 8, 80, 4, 0, 2, 40), (1, 7, 70, 6, 1, -1, 60);
             INSERT INTO audit (position, at_ms, vendor, actor, action, detail, previous, hash)
             VALUES (6, 60, 'V', '', '', '', zeroblob(32), zeroblob(32));",
        )
        .unwrap();
        migrate(&mut db, None).unwrap();
        assert_eq!(version(&db).unwrap(), KNOWN);
        let mut read = db
            .prepare("SELECT position, license_id, amount, used FROM usage ORDER BY position")
            .unwrap();
        let rows = read.query_map([], |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
        });
        let rows: Vec<[i64; 4]> = rows.unwrap().map(Result::unwrap).collect();
        assert_eq!(rows, [[3, 70, 5, 5], [4, 80, 2, 2], [6, 70, -1, 4]]);
        let settled: i64 = db
            .query_row("SELECT position FROM settled", [], |row| row.get(0))
            .unwrap();
        assert_eq!(settled, 6);
    }
}
