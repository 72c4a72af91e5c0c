//! Makes connections, and keeps those for reading that nobody uses just now.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_postgres::Config;

use super::driver::Driver;
use super::load::BEGIN_READING;
use super::retry::{Backoff, Failure};
use super::schema;
use super::session::Session;
use super::settings::Settings;
use super::statement::Statement;
use crate::error::StoreError;

/// Knows how the database is reached.
#[derive(Debug)]
pub(super) struct Connector {
    driver: Arc<Driver>,
    config: Config,
    patience: Duration,
    idle: Mutex<Vec<Session>>,
}

impl Connector {
    pub(super) fn new(settings: &Settings<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            config: settings.config()?,
            driver: Arc::new(Driver::start()?),
            patience: settings.patience,
            idle: Mutex::default(),
        })
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn connect(&self) -> Result<Session, StoreError> {
        self.connect_on(&self.driver)
    }

    /// Connects for whoever has a driver of their own.
    pub(super) fn connect_on(&self, driver: &Arc<Driver>) -> Result<Session, StoreError> {
        Session::connect(driver, &self.config, self.patience)
    }

    /// The first connection, on which the schema is brought up to date.
    pub(super) fn prepared(&self) -> Result<Session, StoreError> {
        let mut session = self.connect()?;
        session.wait_patiently();
        let pause = self.patience / 50;
        schema::migrate(&session, || {
            self.driver
                .wait(async move { tokio::time::sleep(pause).await });
        })?;
        Ok(session)
    }

    /// Reads within one transaction, so that everything read is of one instant. What fails by a
    /// lost connection is read again, for a while.
    pub(super) fn reading<T>(
        &self,
        mut read: impl FnMut(&Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let within = |session: &Session| {
            session.enqueue(Statement::plain(BEGIN_READING))?;
            let found = read(session)?;
            session.run(Statement::plain("COMMIT"))?;
            Ok(found)
        };
        self.using(within)
    }

    /// Lends a connection, again while that fails by a lost one.
    pub(super) fn using<T>(
        &self,
        mut work: impl FnMut(&Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        const IDLE: usize = 4;
        let mut backoff = Backoff::new(self.patience, 0);
        loop {
            let error = match self
                .lend()
                .and_then(|session| Ok((work(&session)?, session)))
            {
                Ok((found, session)) => {
                    let mut idle = self.idle();
                    if idle.len() < IDLE {
                        idle.push(session);
                    }
                    return Ok(found);
                }
                Err(error) => error,
            };
            match Failure::of(&error) {
                Failure::Lost | Failure::Collided if !backoff.is_over() => {
                    backoff.wait(&self.driver);
                }
                Failure::Lost | Failure::Collided => return Err(StoreError::Unavailable),
                Failure::Taken | Failure::Lasting => return Err(error),
            }
        }
    }

    fn lend(&self) -> Result<Session, StoreError> {
        loop {
            let idle = self.idle().pop();
            match idle {
                None => return self.connect(),
                Some(session) if !session.is_closed() => return Ok(session),
                Some(_) => {}
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
