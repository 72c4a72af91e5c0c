//! PostgreSQL: the engine that several nodes share.
//!
//! It speaks to anything that understands PostgreSQL, in plain terms: row locks, and no advisory
//! ones, no sequences, triggers, notifications, savepoints or named statements, so that clustered
//! databases and poolers in front of one do as well (`spelling.rs` reads the statements for that).

mod commit;
mod connector;
mod driver;
mod feed;
mod group;
mod load;
mod node;
mod pace;
mod retry;
mod run;
mod schema;
mod server;
mod session;
mod settings;
#[cfg(test)]
mod spelling;
mod statement;

#[cfg(test)]
pub(crate) use self::schema::MIGRATIONS;
pub(crate) use server::Server;
pub use settings::DatabaseUrl;
pub(crate) use settings::Settings;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use self::commit::PostgresCommitter;
use self::connector::Connector;
use self::node::{Node, only};
use self::statement::{Param, Statement};
use crate::delivery::{DueRows, LoggedDelivery};
use crate::engine::{Committer, Engine, LoadedLicensee, Shared, Visitor};
use crate::error::StoreError;
use crate::footprint::Feed;
use crate::ids::{LicenseId, LicenseeId, NodeNumber, NotificationId, Position, VendorId};
use crate::sql;
use crate::sql::row::get;
use crate::write::StoredTransaction;

/// A database, as one node of several sees it.
#[derive(Debug)]
pub(crate) struct Postgres {
    connector: Arc<Connector>,
    node: Node,
    is_writer_taken: AtomicBool,
}

impl Postgres {
    /// Connects, brings the schema up to date, and takes a number among the nodes.
    pub(crate) fn open(settings: &Settings<'_>) -> Result<Self, StoreError> {
        let connector = Connector::new(settings)?;
        let session = connector.prepared()?;
        if let Some(fingerprint) = &settings.fingerprint {
            schema::agree_on_key(&session, fingerprint)?;
        }
        let life = node::begin_life(&session)?;
        session.enqueue(Statement::plain("BEGIN"))?;
        session.enqueue(Statement::plain(node::LOCK_HEAD))?;
        let node = node::take_number(&session, life, settings.name)?;
        session.run(Statement::plain("COMMIT"))?;
        Ok(Self {
            connector: Arc::new(connector),
            node,
            is_writer_taken: AtomicBool::new(false),
        })
    }
}

impl Engine for Postgres {
    fn load_all(&self, visitor: &mut dyn Visitor) -> Result<Position, StoreError> {
        let mut session = self.connector.connect()?;
        session.wait_patiently();
        load::load_all(&session, visitor)
    }

    fn load_licensee(
        &self,
        vendor: VendorId,
        licensee: LicenseeId,
    ) -> Result<Option<LoadedLicensee>, StoreError> {
        self.connector
            .reading(|session| load::load_licensee(session, vendor, licensee))
    }

    fn transaction(
        &self,
        vendor: VendorId,
        number: &str,
    ) -> Result<Option<StoredTransaction>, StoreError> {
        self.connector
            .reading(|session| sql::load::transaction(session, vendor, number))
    }

    fn transactions(
        &self,
        vendor: VendorId,
        visit: &mut dyn FnMut(StoredTransaction),
    ) -> Result<(), StoreError> {
        // Nothing is told twice, should the connection be lost meanwhile.
        let found = self.connector.reading(|session| {
            let mut found = Vec::new();
            sql::load::transactions(session, vendor, &mut |transaction| found.push(transaction))?;
            Ok(found)
        })?;
        found.into_iter().for_each(visit);
        Ok(())
    }

    fn is_pending(&self, vendor: VendorId, license: LicenseId) -> Result<bool, StoreError> {
        self.connector
            .reading(|session| sql::load::is_pending(session, vendor, license))
    }

    fn due(
        &self,
        now: Timestamp,
        limit: usize,
        each_endpoint: usize,
    ) -> Result<DueRows, StoreError> {
        self.connector
            .reading(|session| sql::outbox::due(session, now, limit, each_endpoint))
    }

    fn is_anything_old(
        &self,
        vendor: VendorId,
        events_before: Timestamp,
        replies_before: Timestamp,
    ) -> Result<bool, StoreError> {
        self.connector.reading(|session| {
            sql::outbox::is_anything_old(session, vendor, events_before, replies_before)
        })
    }

    fn deliveries(
        &self,
        vendor: VendorId,
        notification: NotificationId,
        limit: usize,
    ) -> Result<Vec<LoggedDelivery>, StoreError> {
        self.connector
            .reading(|session| sql::outbox::deliveries(session, vendor, notification, limit))
    }

    fn reply(&self, vendor: VendorId, key: &[u8; 32]) -> Result<Option<Box<str>>, StoreError> {
        self.connector
            .reading(|session| sql::outbox::reply(session, vendor, key))
    }

    fn document(&self, vendor: VendorId, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.connector
            .reading(|session| sql::load::document(session, vendor, name))
    }

    fn has_kept(&self, vendor: &str, name: &str) -> Result<bool, StoreError> {
        self.connector
            .reading(|session| sql::audit::tells_of_document(session, vendor, name))
    }

    fn committer(&self) -> Result<Box<dyn Committer>, StoreError> {
        if self.is_writer_taken.swap(true, Ordering::Relaxed) {
            return Err(StoreError::Damaged("the writer was taken already".into()));
        }
        let connector = Arc::clone(&self.connector);
        Ok(Box::new(PostgresCommitter::new(connector, self.node)?))
    }

    fn backup(&self, _: &Path) -> Result<(), StoreError> {
        Err(StoreError::NoBackup)
    }

    fn verify(&self) -> Result<Vec<String>, StoreError> {
        let mut session = self.connector.connect()?;
        session.wait_patiently();
        session.enqueue(Statement::plain(load::BEGIN_READING))?;
        let mut findings = Vec::new();
        sql::verify::verify(&session, &mut findings)?;
        head(&session, &mut findings)?;
        session.run(Statement::plain("COMMIT"))?;
        Ok(findings)
    }

    fn shared(&self) -> Option<&dyn Shared> {
        Some(self)
    }
}

/// The head is the newest row of the audit log.
fn head(session: &session::Session, findings: &mut Vec<String>) -> Result<(), StoreError> {
    let newest = sql::audit::newest(session)?;
    let head = session.ask(&[Statement::plain(
        "SELECT position, hash FROM head WHERE id = 1",
    )])?;
    let head = head.first().and_then(|answer| answer.rows.first());
    let is_newest = match head {
        Some(head) => {
            get::<i64>(head, 0)? == newest.position && get::<[u8; 32]>(head, 1)? == newest.hash
        }
        None => false,
    };
    if !is_newest {
        findings.push(format!(
            "the head is not the newest audit row, {}",
            newest.position
        ));
    }
    Ok(())
}

impl Shared for Postgres {
    fn node(&self) -> NodeNumber {
        self.node.number
    }

    fn changes_after(&self, position: Position) -> Result<Feed, StoreError> {
        self.connector.using(|session| {
            session.enqueue(self.node.renewal())?;
            session.enqueue(Statement::plain(load::BEGIN_READING))?;
            let answers = session.ask(&[
                Statement::plain(load::POSITION),
                Statement::plain(feed::OLDEST),
                Statement::new(
                    feed::OF_OTHERS,
                    vec![
                        Param::Integer(Some(position.0)),
                        Param::Integer(Some(self.node.life)),
                    ],
                ),
                Statement::new(node::OTHERS, vec![Param::Integer(Some(self.node.life))]),
                Statement::plain("COMMIT"),
            ])?;
            let (newest, oldest) = (only(&answers[..1])?, only(&answers[..2])?);
            // With nothing kept, what came after is unknown; with something, what came before it.
            let is_kept = match oldest {
                0 => newest <= position.0,
                oldest => oldest <= position.0 + 1,
            };
            if !is_kept {
                return Err(StoreError::LeftBehind);
            }
            let mut footprints = Vec::new();
            for row in &answers[2].rows {
                feed::read(row, &mut footprints)?;
            }
            Ok(Feed {
                position: Position(newest),
                has_others: only(&answers[..4])? > 0,
                footprints,
            })
        })
    }

    fn load_vendor(&self, vendor: VendorId, visitor: &mut dyn Visitor) -> Result<(), StoreError> {
        let session = self.connector.connect()?;
        session.enqueue(Statement::plain(load::BEGIN_READING))?;
        if let Some(account) = sql::load::vendor(&session, vendor)? {
            sql::load::load_vendor(&session, (vendor, account), visitor)?;
        }
        session.run(Statement::plain("COMMIT")).map(drop)
    }

    fn claim(&self, work: &str, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        self.connector
            .using(|session| node::claim(session, self.node.life, work, now, until))
    }
}
