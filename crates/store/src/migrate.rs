//! Copies a whole store from one engine to another.

use std::path::PathBuf;

use crate::directory::{DirectoryLock, make_database};
use crate::error::StoreError;
use crate::postgres::{DatabaseUrl, Server};
use crate::sql::tables::{Sum, TABLES};
use crate::sql::{Database, verify};
use crate::sqlite::Sqlite;
use crate::store::Store;

/// Where a store is or is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In a file of this data directory.
    Directory(PathBuf),
    /// In this PostgreSQL database.
    Database(DatabaseUrl),
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// How many rows of each table.
    pub rows: Vec<(&'static str, u64)>,
}

/// Copies the store at `from`, which no program has open and which stays as it is, to `to`, where
/// there must be none.
///
/// Everything becomes durable together, once what was written has been read back and found equal,
/// and sound: the audit log unbroken, the sums right. What lies beside a store (the installation's
/// key) is not part of it.
pub fn migrate(from: &Location, to: &Location) -> Result<Migrated, StoreError> {
    let from = Opened::existing(from)?;
    let to = Opened::any(to)?;
    let mut rows = Vec::new();
    from.reading(&mut |source| {
        to.filling(&mut |target| {
            rows = copy(source, target)?;
            Ok(())
        })
    })?;
    Ok(Migrated { rows })
}

fn copy(
    source: &dyn Database,
    target: &dyn Database,
) -> Result<Vec<(&'static str, u64)>, StoreError> {
    for table in &TABLES {
        if table.count(target)? > 0 {
            return Err(StoreError::TargetInUse);
        }
    }
    let mut sums = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        let sum = table.each_page(source, |page| target.insert(table, page))?;
        sums.push(sum);
    }
    for (table, read) in TABLES.iter().zip(&sums) {
        let written: Sum = table.each_page(target, |_| Ok(()))?;
        if written != *read {
            let name = table.name;
            return Err(StoreError::Damaged(format!(
                "the table {name} had {} rows, and came back with {} or with other values",
                read.rows, written.rows
            )));
        }
    }
    let mut findings = Vec::new();
    verify::verify(target, &mut findings)?;
    match findings.into_iter().next() {
        Some(finding) => Err(StoreError::Damaged(finding)),
        None => Ok(TABLES
            .iter()
            .zip(sums)
            .map(|(table, sum)| (table.name, sum.rows))
            .collect()),
    }
}

/// What works within one transaction.
type Work<'a> = &'a mut dyn FnMut(&dyn Database) -> Result<(), StoreError>;

/// A store that is ours alone meanwhile.
enum Opened {
    File(
        Sqlite,
        #[expect(dead_code, reason = "held, not read")] DirectoryLock,
    ),
    Server(Server),
}

impl Opened {
    fn existing(location: &Location) -> Result<Self, StoreError> {
        if let Location::Directory(directory) = location
            && !Store::exists(directory)
        {
            return Err(StoreError::Damaged(format!(
                "'{}' holds no store",
                directory.display()
            )));
        }
        Self::any(location)
    }

    fn any(location: &Location) -> Result<Self, StoreError> {
        match location {
            Location::Directory(directory) => {
                let lock = DirectoryLock::take(directory)?;
                let sqlite = Sqlite::open(&make_database(directory)?, None)?;
                Ok(Self::File(sqlite, lock))
            }
            Location::Database(url) => Ok(Self::Server(Server::open(url)?)),
        }
    }

    fn reading(&self, read: Work<'_>) -> Result<(), StoreError> {
        match self {
            Self::File(sqlite, _) => sqlite.reading(|db| read(db)),
            Self::Server(server) => server.reading(read),
        }
    }

    fn filling(&self, fill: Work<'_>) -> Result<(), StoreError> {
        match self {
            Self::File(sqlite, _) => sqlite.filling(fill),
            Self::Server(server) => server.filling(fill),
        }
    }
}
