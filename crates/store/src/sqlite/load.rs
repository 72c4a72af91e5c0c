//! Reads the state at the start, and licensees when they are asked for.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;

use super::database::AggregateStatements;
use crate::engine::{LoadedLicensee, Visitor};
use crate::error::StoreError;
use crate::ids::VendorId;
use crate::sql::load::{load_vendor, vendors};
use crate::sql::row::{get, one};
use crate::sql::values;

/// Licensees that a reader reads at once.
const CHUNK: i64 = 256;

/// See [`crate::engine::Engine::load_all`]. Licensees are read by all connections side by side, and told in
/// no order. No licensee may change meanwhile, as far as the connections see.
pub(super) fn load_all(
    readers: &mut [Connection],
    visitor: &mut dyn Visitor,
) -> Result<(), StoreError> {
    let Some(first) = readers.first() else {
        return Ok(());
    };
    for (id, account) in vendors(first)? {
        load_vendor(&readers[0], (id, account), visitor)?;
        load_licensees(readers, id, visitor)?;
    }
    Ok(())
}

fn load_licensees(
    readers: &mut [Connection],
    vendor: VendorId,
    visitor: &mut dyn Visitor,
) -> Result<(), StoreError> {
    let line = Line {
        vendor,
        next: Mutex::new(Some(i64::MIN)),
    };
    let (sender, chunks) = sync_channel(2 * readers.len());
    thread::scope(|scope| {
        for reader in readers {
            let (line, sender) = (&line, sender.clone());
            scope.spawn(move || read(reader, line, &sender));
        }
        // The last reader to end ends the line.
        drop(sender);
        // However this ends, what is read for nobody is dropped, and the readers end.
        for chunk in chunks {
            for licensee in chunk? {
                visitor.licensee(licensee)?;
            }
        }
        Ok(())
    })
}

/// The licensees of a vendor, in chunks, for whoever comes next.
#[derive(Debug)]
struct Line {
    vendor: VendorId,
    /// The least id that is not taken. `None`: all are.
    next: Mutex<Option<i64>>,
}

impl Line {
    /// The first and the last id of the next chunk.
    fn take(&self, db: &Connection) -> Result<Option<(i64, i64)>, StoreError> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(from) = *next else {
            return Ok(None);
        };
        let last = one(
            db,
            "SELECT id FROM licensee WHERE vendor_id = ?1 AND id >= ?2 ORDER BY id LIMIT 1 OFFSET ?3",
            values![self.vendor.0, from, CHUNK - 1],
            |row| get::<i64>(row, 0),
        )?;
        *next = last.and_then(|last| last.checked_add(1));
        Ok(Some((from, last.unwrap_or(i64::MAX))))
    }
}

/// What a reader has read at once, or why it could not.
type Chunk = Result<Vec<LoadedLicensee>, StoreError>;

/// Reads chunks until there are none, or nobody wants them.
fn read(reader: &Connection, line: &Line, sender: &SyncSender<Chunk>) {
    while let Some(chunk) = read_chunk(reader, line).transpose() {
        let is_last = chunk.is_err();
        if sender.send(chunk).is_err() || is_last {
            return;
        }
    }
}

fn read_chunk(reader: &Connection, line: &Line) -> Result<Option<Vec<LoadedLicensee>>, StoreError> {
    let Some((from, to)) = line.take(reader)? else {
        return Ok(None);
    };
    let mut aggregates = AggregateStatements::prepare(reader)?;
    let mut found = aggregates.read(line.vendor, from, to)?;
    let mut chunk = Vec::new();
    while let Some(licensee) = found.next()? {
        chunk.push(licensee);
    }
    Ok(Some(chunk))
}
