//! Checks a database file: the pages and references by SQLite, the rest by the shared SQL.

use std::error::Error;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{backlog, failed, load, schema};
use crate::error::StoreError;
use crate::open::Loader;
use crate::sql;

/// Checks a file that no program has open.
pub(crate) fn verify_file(file: &Path) -> Result<Vec<String>, StoreError> {
    let mut db = super::open(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if schema::version(&db)? != schema::KNOWN {
        return Err(StoreError::Damaged(format!(
            "'{}' holds no store of this schema",
            file.display()
        )));
    }
    backlog::show(&db)?;
    let mut findings = verify(&db)?;
    // What cannot even be read is a finding too, and whether all of it can is seen by reading it.
    if let Err(error) = load::load_all(std::slice::from_mut(&mut db), &mut Loader::new(0)) {
        findings.push(with_cause(&error));
    }
    Ok(findings)
}

/// Each broken invariant as a sentence.
pub(super) fn verify(db: &Connection) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    let checked = integrity(db, &mut findings)
        .and_then(|()| references(db, &mut findings))
        .map_err(failed("check the database"))
        .and_then(|()| sql::verify::verify(db, &mut findings));
    match checked {
        // Pages that cannot be read end the checks; `integrity_check` has named them already.
        Err(_) if !findings.is_empty() => Ok(findings),
        checked => checked.map(|()| findings),
    }
}

fn with_cause(error: &StoreError) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
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

fn references(db: &Connection, findings: &mut Vec<String>) -> Result<(), rusqlite::Error> {
    let mut statement = db.prepare(
        "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent, count): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        findings.push(format!(
            "{count} rows of {table} refer to rows of {parent} that are not there"
        ));
    }
    Ok(())
}
