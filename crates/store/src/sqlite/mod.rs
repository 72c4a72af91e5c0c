//! SQLite: the engine of a single node.

mod backlog;
mod backup;
mod checkpoint;
mod commit;
mod database;
mod load;
mod schema;
mod seal;
mod verify;

#[cfg(test)]
pub(crate) use schema::columns;
pub(crate) use verify::verify_file;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use self::backlog::Backlog;
use self::database::AggregateStatements;
use self::seal::{Seal, Watch};
use crate::delivery::{DueRows, LoggedDelivery};
use crate::engine::{Committer, Engine, LoadedLicensee, Visitor};
use crate::error::StoreError;
use crate::ids::{LicenseId, LicenseeId, NotificationId, Position, VendorId};
use crate::seal_key::SealKey;
use crate::sql::{self, Database};
use crate::write::StoredTransaction;

/// A database file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    path: PathBuf,
    /// Connections for reading that nobody uses just now.
    readers: Mutex<Vec<Connection>>,
    /// The one connection that writes, until the writer thread has it.
    writer: Mutex<Option<(Connection, Option<Watch>)>>,
    /// Where whoever opened it has a key.
    seal: Option<Arc<Seal>>,
    backlog: Arc<Backlog>,
    _checkpointer: checkpoint::Checkpointer,
}

impl Sqlite {
    /// Opens the file at `path`, which may be empty, and brings its schema up to date. With a key, what somebody
    /// else has changed in it is refused.
    pub(crate) fn open(path: &Path, key: Option<&SealKey>) -> Result<Self, StoreError> {
        let mut writer = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // Most of what a group commit touches are the ends of two tables. A larger cache would only fill
        // up with what was written once and is never read.
        let configured = writer.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = 0;
             PRAGMA cache_size = -2048;
             PRAGMA foreign_keys = ON;",
        );
        configured.map_err(failed("configure the database"))?;
        backup::before_migration(&writer, path)?;
        let seal = key.map(Seal::new);
        schema::migrate(&mut writer, seal.as_deref())?;
        // Each statement notes what it would take back, should it fail half-way: a few pages, for which
        // SQLite would write to a file. To set it drops what is temporary, the seal's triggers among it,
        // so that it comes before them; and behind the migrations, some of which sort very much.
        writer
            .execute_batch("PRAGMA temp_store = MEMORY")
            .map_err(failed("configure the database"))?;
        let watch = match &seal {
            Some(seal) => {
                seal.check(&writer)?;
                Some(Watch::begin(&writer, Arc::clone(seal))?)
            }
            None => None,
        };
        backlog::recover(&mut writer, watch.as_ref())?;
        Ok(Self {
            path: path.to_owned(),
            readers: Mutex::default(),
            writer: Mutex::new(Some((writer, watch))),
            seal,
            backlog: Arc::default(),
            _checkpointer: checkpoint::Checkpointer::start(path)?,
        })
    }

    /// Reads within one transaction, so that everything read is of one instant.
    pub(crate) fn reading<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        const IDLE_READERS: usize = 4;
        let idle = self.idle_readers().pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => open(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        let transaction = reader
            .transaction()
            .map_err(failed("begin to read the database"))?;
        let found = read(&transaction)?;
        drop(transaction);
        let mut readers = self.idle_readers();
        if readers.len() < IDLE_READERS {
            readers.push(reader);
        }
        Ok(found)
    }

    /// Writes within one transaction, before anybody has taken the writer.
    pub(crate) fn filling(
        &self,
        fill: &mut dyn FnMut(&dyn Database) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (writer, _) = writer
            .as_mut()
            .ok_or_else(|| StoreError::Damaged("the writer was taken already".into()))?;
        let transaction = writer
            .transaction()
            .map_err(failed("begin a transaction"))?;
        fill(&*transaction)?;
        // What comes from elsewhere is told by its rows: the log it comes with is not to be replayed.
        backlog::reach_all(&*transaction)?;
        transaction.commit().map_err(failed("commit"))
    }

    fn idle_readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for Sqlite {
    fn load_all(&self, visitor: &mut dyn Visitor) -> Result<Position, StoreError> {
        /// More would wait for the one that takes in what they read.
        const READERS: usize = 4;
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let begin = || {
            let reader = open(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            reader
                .execute_batch("BEGIN")
                .map_err(failed("begin to read the database"))?;
            // The first that is read is what everything else is read with.
            let position = sql::audit::newest(&reader)?.position;
            Ok::<_, StoreError>((reader, Position(position)))
        };
        let (first, position) = begin()?;
        let mut readers = vec![first];
        for _ in 1..cores.min(READERS) {
            readers.push(begin()?.0);
        }
        load::load_all(&mut readers, visitor)?;
        Ok(position)
    }

    fn load_licensee(
        &self,
        vendor: VendorId,
        licensee: LicenseeId,
    ) -> Result<Option<LoadedLicensee>, StoreError> {
        let untold = self.backlog.of(vendor, licensee);
        let mut found = self.reading(|reader| {
            let mut aggregates = AggregateStatements::prepare(reader)?;
            aggregates.read(vendor, licensee.0, licensee.0)?.next()
        })?;
        if let Some(found) = &mut found {
            untold.complete(found);
        }
        Ok(found)
    }

    fn transaction(
        &self,
        vendor: VendorId,
        number: &str,
    ) -> Result<Option<StoredTransaction>, StoreError> {
        self.reading(|reader| sql::load::transaction(reader, vendor, number))
    }

    fn transactions(
        &self,
        vendor: VendorId,
        visit: &mut dyn FnMut(StoredTransaction),
    ) -> Result<(), StoreError> {
        self.reading(|reader| sql::load::transactions(reader, vendor, visit))
    }

    fn is_pending(&self, vendor: VendorId, license: LicenseId) -> Result<bool, StoreError> {
        self.reading(|reader| sql::load::is_pending(reader, vendor, license))
    }

    fn due(
        &self,
        now: Timestamp,
        limit: usize,
        each_endpoint: usize,
    ) -> Result<DueRows, StoreError> {
        self.reading(|reader| sql::outbox::due(reader, now, limit, each_endpoint))
    }

    fn is_anything_old(
        &self,
        vendor: VendorId,
        events_before: Timestamp,
        replies_before: Timestamp,
    ) -> Result<bool, StoreError> {
        self.reading(|reader| {
            sql::outbox::is_anything_old(reader, vendor, events_before, replies_before)
        })
    }

    fn deliveries(
        &self,
        vendor: VendorId,
        notification: NotificationId,
        limit: usize,
    ) -> Result<Vec<LoggedDelivery>, StoreError> {
        self.reading(|reader| sql::outbox::deliveries(reader, vendor, notification, limit))
    }

    fn reply(&self, vendor: VendorId, key: &[u8; 32]) -> Result<Option<Box<str>>, StoreError> {
        self.reading(|reader| sql::outbox::reply(reader, vendor, key))
    }

    fn document(&self, vendor: VendorId, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.reading(|reader| sql::load::document(reader, vendor, name))
    }

    fn has_kept(&self, vendor: &str, name: &str) -> Result<bool, StoreError> {
        self.reading(|reader| sql::audit::tells_of_document(reader, vendor, name))
    }

    fn committer(&self) -> Result<Box<dyn Committer>, StoreError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (writer, watch) = writer
            .take()
            .ok_or_else(|| StoreError::Damaged("the writer was taken already".into()))?;
        let backlog = Arc::clone(&self.backlog);
        Ok(Box::new(commit::SqliteCommitter::new(
            writer, watch, backlog,
        )?))
    }

    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let from = open(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        backup::copy(&from, to)
    }

    fn verify(&self) -> Result<Vec<String>, StoreError> {
        let writer = open(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let watch = match &self.seal {
            Some(seal) => Some(Watch::begin(&writer, Arc::clone(seal))?),
            None => None,
        };
        self.backlog.settle(&writer, watch.as_ref())?;
        self.reading(|reader| {
            let mut findings = verify::verify(reader)?;
            match self.seal.as_ref().map(|seal| seal.compare(reader)) {
                Some(Err(error @ StoreError::Tampered)) => findings.push(error.to_string()),
                Some(Err(error)) => return Err(error),
                Some(Ok(_)) | None => {}
            }
            Ok(findings)
        })
    }
}

/// Copies the store file `from`, which no program has open, to a new file.
pub(crate) fn copy_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    let source = open(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if schema::version(&source)? == 0 {
        return Err(StoreError::Damaged(format!(
            "'{}' holds no store",
            from.display()
        )));
    }
    backup::copy(&source, to)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    const BUSY: Duration = Duration::from_secs(5);
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(failed("open the database"))?;
    connection
        .busy_timeout(BUSY)
        .map_err(failed("configure the database"))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Wraps an error of SQLite in what was being done.
fn failed(doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |source| StoreError::engine(doing, source)
}
