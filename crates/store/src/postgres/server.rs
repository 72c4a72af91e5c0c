//! A database as a whole, for copying it while no node has it.

use std::time::Duration;

use super::connector::Connector;
use super::load::BEGIN_READING;
use super::node::{LOCK_HEAD, only};
use super::session::Session;
use super::settings::{DatabaseUrl, Settings};
use super::statement::{Param, Statement};
use crate::error::StoreError;
use crate::sql::{Database, audit};

/// See above.
#[derive(Debug)]
pub(crate) struct Server(Connector);

impl Server {
    /// Connects, and brings the schema up to date. Refuses a database that a node has.
    pub(crate) fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let connector = Connector::new(&Settings {
            url,
            name: "",
            patience: Duration::from_secs(10),
            fingerprint: None,
        })?;
        let session = connector.prepared()?;
        let nodes = session.ask(&[Statement::plain(
            "SELECT count(*) FROM node
             WHERE until_ms > CAST(extract(epoch FROM now()) * 1000 AS BIGINT)",
        )])?;
        match only(&nodes)? {
            0 => Ok(Self(connector)),
            nodes => Err(StoreError::NodesRun(nodes)),
        }
    }

    pub(crate) fn reading(
        &self,
        read: &mut dyn FnMut(&dyn Database) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let session = self.patient()?;
        session.enqueue(Statement::plain(BEGIN_READING))?;
        read(&session)?;
        session.run(Statement::plain("COMMIT")).map(drop)
    }

    /// Writes within one transaction, and sets the head to what was written.
    pub(crate) fn filling(
        &self,
        fill: &mut dyn FnMut(&dyn Database) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let session = self.patient()?;
        session.enqueue(Statement::plain("BEGIN"))?;
        session.enqueue(Statement::plain(LOCK_HEAD))?;
        fill(&session)?;
        let newest = audit::newest(&session)?;
        session.enqueue(Statement::new(
            "UPDATE head SET position = $1, hash = $2 WHERE id = 1",
            vec![
                Param::Integer(Some(newest.position)),
                Param::Blob(Some(newest.hash.into())),
            ],
        ))?;
        session.run(Statement::plain("COMMIT")).map(drop)
    }

    fn patient(&self) -> Result<Session, StoreError> {
        let mut session = self.0.connect()?;
        session.wait_patiently();
        Ok(session)
    }
}
