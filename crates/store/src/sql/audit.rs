//! The audit log: one row for each command, each chained to the one before.

use aws_lc_rs::digest::{Context, SHA256};

use super::row::{get, one};
use super::{Database, Value, values};
use crate::command::Command;
use crate::error::StoreError;

/// A row's position and hash: what the next one is chained to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// Counts from 1; 0 is before the first.
    pub(crate) position: i64,
    pub(crate) hash: [u8; 32],
}

impl Link {
    /// What the first row is chained to.
    pub(crate) const START: Self = Self {
        position: 0,
        hash: [0; 32],
    };
}

/// A row's content, without the chain.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) position: i64,
    pub(crate) at_ms: i64,
    pub(crate) vendor: &'a str,
    pub(crate) licensee: Option<&'a str>,
    pub(crate) actor: &'a str,
    pub(crate) action: &'a str,
    pub(crate) detail: &'a str,
}

impl Entry<'_> {
    /// SHA-256 over the row: integers as 8 bytes big-endian, each text after its length as such an
    /// integer, an absent text as the length -1, then the previous hash.
    pub(crate) fn hash(&self, previous: &[u8; 32]) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        context.update(&self.position.to_be_bytes());
        context.update(&self.at_ms.to_be_bytes());
        let texts = [
            Some(self.vendor),
            self.licensee,
            Some(self.actor),
            Some(self.action),
            Some(self.detail),
        ];
        for text in texts {
            let length = text.map_or(-1, |text| text.len() as i64);
            context.update(&length.to_be_bytes());
            context.update(text.unwrap_or_default().as_bytes());
        }
        context.update(previous);
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }
}

/// The newest row.
pub(crate) fn newest(db: &dyn Database) -> Result<Link, StoreError> {
    let newest = one(
        db,
        "SELECT position, hash FROM audit ORDER BY position DESC LIMIT 1",
        &[],
        |row| {
            Ok(Link {
                position: get(row, 0)?,
                hash: get(row, 1)?,
            })
        },
    )?;
    Ok(newest.unwrap_or(Link::START))
}

/// True when a row tells of a document of this name.
pub(crate) fn tells_of_document(
    db: &dyn Database,
    vendor: &str,
    name: &str,
) -> Result<bool, StoreError> {
    let pattern = format!("%\"name\":\"{name}\"%");
    let found = one(
        db,
        "SELECT position FROM audit
         WHERE vendor = ?1 AND detail LIKE '%\"putDocument\"%' AND detail LIKE ?2 LIMIT 1",
        values![vendor, pattern],
        |row| get::<i64>(row, 0),
    )?;
    Ok(found.is_some())
}

/// Writes the row of one command.
pub(crate) fn append(
    db: &dyn Database,
    head: &Link,
    command: &Command,
    detail: &str,
) -> Result<Link, StoreError> {
    chain(head, command, detail, |row| {
        db.write(
            "INSERT INTO audit
                (position, at_ms, vendor, licensee, actor, action, detail, previous, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            row,
        )
    })
}

/// Makes the row of one command, in the order of the table's columns, for `write` to write. Returns
/// what the next one is chained to.
pub(crate) fn chain(
    head: &Link,
    command: &Command,
    detail: &str,
    write: impl FnOnce(&[Value<'_>]) -> Result<(), StoreError>,
) -> Result<Link, StoreError> {
    let entry = Entry {
        position: head.position + 1,
        at_ms: command.at.as_millisecond(),
        vendor: command.vendor_number.as_str(),
        licensee: command.licensee.as_ref().map(|number| number.as_str()),
        actor: &command.origin.actor,
        action: command.origin.action,
        detail,
    };
    let hash = entry.hash(&head.hash);
    write(values![
        entry.position,
        entry.at_ms,
        entry.vendor,
        entry.licensee,
        entry.actor,
        entry.action,
        entry.detail,
        head.hash,
        hash,
    ])?;
    Ok(Link {
        position: entry.position,
        hash,
    })
}
