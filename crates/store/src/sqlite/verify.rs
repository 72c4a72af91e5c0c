//! Checks what is stored against itself.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{failed, schema};
use crate::error::StoreError;

/// Checks a file that no program has open.
pub(crate) fn verify_file(file: &Path) -> Result<Vec<String>, StoreError> {
    let db = super::open(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    schema::version(&db)?;
    verify(&db)
}

/// Each broken invariant as a sentence.
pub(crate) fn verify(db: &Connection) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    integrity(db, &mut findings).map_err(failed("check the database"))?;
    Ok(findings)
}

fn integrity(db: &Connection, findings: &mut Vec<String>) -> Result<(), rusqlite::Error> {
    let mut statement = db.prepare("PRAGMA integrity_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let finding: String = row.get(0)?;
        if finding != "ok" {
            findings.push(format!("the database file is damaged: {finding}"));
        }
    }
    Ok(())
}
