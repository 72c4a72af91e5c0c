//! The seal: tells what this program wrote from what somebody else did (decision 0032).
//!
//! Each row of each table counts with its MAC, and the sum of all of them is sealed with another MAC in
//! the transaction that changes a row. Triggers of the writing connection keep the sum, so that no
//! statement can forget to; the sum itself lies nowhere, as whoever knew it could guess at rows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;

use super::failed;
use crate::error::StoreError;
use crate::seal_key::SealKey;

/// A number below 2^256, the lowest part first.
type Sum = [u64; 4];

/// The sum of a file, and the keys it is made with.
pub(super) struct Seal {
    rows: hmac::Key,
    whole: hmac::Key,
    sum: Mutex<Sum>,
}

/// A connection that writes, and what it has changed since it last committed.
pub(super) struct Watch {
    seal: Arc<Seal>,
    pending: Arc<Mutex<Sum>>,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(…)")
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch(…)")
    }
}

impl Seal {
    pub(super) fn new(key: &SealKey) -> Arc<Self> {
        let derived = |label: &[u8]| {
            let root = hmac::Key::new(hmac::HMAC_SHA256, &key.0);
            hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, label).as_ref())
        };
        Arc::new(Self {
            rows: derived(b"leasehold/seal/rows/1"),
            whole: derived(b"leasehold/seal/whole/1"),
            sum: Mutex::default(),
        })
    }

    /// Seals what is there, whoever wrote it: in a file that is new, or from before there were seals.
    pub(super) fn adopt(&self, db: &Connection) -> Result<(), StoreError> {
        self.write(db, &self.count(db)?)
    }

    /// Fails unless all that is there was sealed; what is written later goes on from there.
    pub(super) fn check(&self, db: &Connection) -> Result<(), StoreError> {
        let sum = self.compare(db)?;
        *lock(&self.sum) = sum;
        Ok(())
    }

    /// Fails unless all that is there was sealed.
    pub(super) fn compare(&self, db: &Connection) -> Result<Sum, StoreError> {
        let sum = self.count(db)?;
        let mac: Option<Vec<u8>> = db
            .query_row("SELECT mac FROM seal", [], |row| row.get(0))
            .map_err(failed("read the seal"))?;
        let mac = mac.ok_or(StoreError::Tampered)?;
        hmac::verify(&self.whole, &bytes(&sum), &mac).map_err(|_| StoreError::Tampered)?;
        Ok(sum)
    }

    fn write(&self, db: &Connection, sum: &Sum) -> Result<(), StoreError> {
        let mac = hmac::sign(&self.whole, &bytes(sum));
        let written = db
            .execute("UPDATE seal SET mac = ?1", [mac.as_ref()])
            .map_err(failed("write the seal"))?;
        match written {
            1 => Ok(()),
            _ => Err(StoreError::Tampered),
        }
    }

    fn count(&self, db: &Connection) -> Result<Sum, StoreError> {
        let failed = failed("count what is sealed");
        let mut sum = Sum::default();
        for (table, columns) in tables(db)? {
            let mut statement = db
                .prepare(&format!("SELECT {} FROM \"{table}\"", columns.join(", ")))
                .map_err(&failed)?;
            let mut rows = statement.query([]).map_err(&failed)?;
            while let Some(row) = rows.next().map_err(&failed)? {
                let values: Result<Vec<_>, _> =
                    (0..columns.len()).map(|at| row.get_ref(at)).collect();
                sum = add(&sum, &self.row(&table, values.map_err(&failed)?));
            }
        }
        Ok(sum)
    }

    /// What a row counts: each value by its type, texts and bytes after their length.
    fn row<'a>(&self, table: &str, values: impl IntoIterator<Item = ValueRef<'a>>) -> Sum {
        let mut context = hmac::Context::with_key(&self.rows);
        let mut put = |kind: u8, bytes: &[u8]| {
            context.update(&[kind]);
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(bytes);
        };
        put(b't', table.as_bytes());
        for value in values {
            match value {
                ValueRef::Null => put(b'n', &[]),
                ValueRef::Integer(number) => put(b'i', &number.to_be_bytes()),
                ValueRef::Real(number) => put(b'r', &number.to_be_bytes()),
                ValueRef::Text(text) => put(b's', text),
                ValueRef::Blob(blob) => put(b'b', blob),
            }
        }
        let tag = context.sign();
        let mut sum = Sum::default();
        for (part, bytes) in sum.iter_mut().zip(tag.as_ref().chunks_exact(8)) {
            *part = bytes
                .iter()
                .fold(0, |part, byte| part << 8 | u64::from(*byte));
        }
        sum
    }
}

impl Watch {
    /// Watches all that `db` will write from now on.
    pub(super) fn begin(db: &Connection, seal: Arc<Seal>) -> Result<Self, StoreError> {
        let failed = failed("watch what is written");
        let pending = Arc::new(Mutex::new(Sum::default()));
        let (own, changed) = (Arc::clone(&seal), Arc::clone(&pending));
        db.create_scalar_function("sealed_row", -1, FunctionFlags::SQLITE_UTF8, move |row| {
            let counts = row.get::<i64>(0)? > 0;
            let table = row.get_raw(1).as_str()?;
            let count = own.row(table, (2..row.len()).map(|at| row.get_raw(at)));
            let mut pending = lock(&changed);
            *pending = match counts {
                true => add(&pending, &count),
                false => add(&pending, &negative(&count)),
            };
            Ok(0_i64)
        })
        .map_err(&failed)?;
        // Without it, a row that is replaced would go without being told.
        db.execute_batch("PRAGMA recursive_triggers = ON")
            .map_err(&failed)?;
        for (table, columns) in tables(db)? {
            let told = |counts: i64, row: &str| {
                let columns = columns.iter().map(|column| format!(", {row}.{column}"));
                let columns: String = columns.collect();
                format!("SELECT sealed_row({counts}, '{table}'{columns});")
            };
            let (new, old) = (told(1, "NEW"), told(-1, "OLD"));
            db.execute_batch(&format!(
                "CREATE TEMP TRIGGER \"seal_insert_{table}\" AFTER INSERT ON main.\"{table}\"
                 BEGIN {new} END;
                 CREATE TEMP TRIGGER \"seal_update_{table}\" AFTER UPDATE ON main.\"{table}\"
                 BEGIN {old} {new} END;
                 CREATE TEMP TRIGGER \"seal_delete_{table}\" AFTER DELETE ON main.\"{table}\"
                 BEGIN {old} END;"
            ))
            .map_err(&failed)?;
        }
        Ok(Self { seal, pending })
    }
}

/// Ends a transaction of `db`, sealed where it is watched.
pub(super) fn commit(db: &Connection, watch: Option<&Watch>) -> Result<(), StoreError> {
    let end = || db.execute_batch("COMMIT").map_err(failed("commit"));
    let Some(watch) = watch else {
        return end();
    };
    // Held beyond the commit: the next one must go on from this sum.
    let mut sum = lock(&watch.seal.sum);
    let mut pending = lock(&watch.pending);
    let after = add(&sum, &pending);
    watch.seal.write(db, &after)?;
    end()?;
    *sum = after;
    *pending = Sum::default();
    Ok(())
}

/// All tables that are sealed, with their quoted columns: not the seal itself, and not the schema's
/// version, which says whether there is a seal.
fn tables(db: &Connection) -> Result<Vec<(String, Vec<String>)>, StoreError> {
    let failed = failed("read the schema");
    let mut statement = db
        .prepare(
            "SELECT s.name, c.name FROM main.sqlite_schema s, pragma_table_info(s.name) c
             WHERE s.type = 'table' AND s.name NOT IN ('seal', 'schema_version')
                AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             ORDER BY s.name, c.cid",
        )
        .map_err(&failed)?;
    let mut rows = statement.query([]).map_err(&failed)?;
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    while let Some(row) = rows.next().map_err(&failed)? {
        let table: String = row.get(0).map_err(&failed)?;
        let column: String = row.get(1).map_err(&failed)?;
        let column = format!("\"{column}\"");
        match tables.last_mut() {
            Some((last, columns)) if *last == table => columns.push(column),
            _ => tables.push((table, vec![column])),
        }
    }
    Ok(tables)
}

fn add(one: &Sum, other: &Sum) -> Sum {
    let mut sum = Sum::default();
    let mut carry = false;
    for (part, (one, other)) in sum.iter_mut().zip(one.iter().zip(other)) {
        let (with_other, first) = one.overflowing_add(*other);
        let (with_carry, second) = with_other.overflowing_add(u64::from(carry));
        (*part, carry) = (with_carry, first || second);
    }
    sum
}

fn negative(sum: &Sum) -> Sum {
    add(&sum.map(|part| !part), &[1, 0, 0, 0])
}

fn bytes(sum: &Sum) -> Vec<u8> {
    sum.iter().flat_map(|part| part.to_be_bytes()).collect()
}

// Every change is one assignment.
fn lock(sum: &Mutex<Sum>) -> MutexGuard<'_, Sum> {
    sum.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_away_again_leaves_nothing() {
        let (one, other) = ([u64::MAX, 7, u64::MAX, 1], [1, u64::MAX, 3, u64::MAX]);
        let both = add(&one, &other);
        assert_eq!(add(&both, &negative(&other)), one);
        assert_eq!(add(&one, &negative(&one)), Sum::default());
    }
}
