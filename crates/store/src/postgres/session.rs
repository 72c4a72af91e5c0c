//! One connection, as blocking calls.

use std::borrow::Cow;
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinHandle};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, Error, NoTls, Row};

use super::driver::Driver;
use super::group::Group;
use super::statement::{Answer, Statement, unguarded};
use crate::error::StoreError;
use crate::sql::tables::{Cell, Kind, Table};
use crate::sql::{self, Database, Value};

/// Statements that wait to be sent, at most; a bound on memory only.
const LONGEST_QUEUE: usize = 1024;

/// A connection. Statements whose answer nobody needs at once are sent along with the next one.
#[derive(Debug)]
pub(super) struct Session {
    driver: Arc<Driver>,
    client: Arc<Client>,
    connection: AbortHandle,
    queued: RefCell<Vec<Statement>>,
    /// How long an answer may take before the connection counts as lost.
    patience: Option<Duration>,
}

impl Session {
    pub(super) fn connect(
        driver: &Arc<Driver>,
        config: &Config,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let config = config.clone();
        let connecting = driver.spawn(async move { config.connect(NoTls).await });
        let connected = driver.wait_for(patience, joined(connecting));
        let (client, connection) = connected
            .ok_or_else(timed_out)
            .and_then(|connected| connected.ok_or(StoreError::Stopped))?
            .map_err(|source| StoreError::engine("connect to the database", source))?;
        let connection = driver.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "a connection to the database ended"
                );
            }
        });
        Ok(Self {
            driver: Arc::clone(driver),
            client: Arc::new(client),
            connection: connection.ok_or(StoreError::Stopped)?.abort_handle(),
            queued: RefCell::default(),
            patience: Some(patience),
        })
    }

    /// Answers may take as long as they take.
    pub(super) fn wait_patiently(&mut self) {
        self.patience = None;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// To be sent along with the next statement that is asked something.
    pub(super) fn enqueue(&self, statement: Statement) -> Result<(), StoreError> {
        self.queued.borrow_mut().push(statement);
        if self.queued.borrow().len() < LONGEST_QUEUE {
            return Ok(());
        }
        self.flush()
    }

    /// Sends what is queued, and waits until all is done.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.ask(&[]).map(drop)
    }

    /// Sends what is queued and then `questions`, all at once; returns what the questions found.
    /// Whatever fails first is the error: what follows it within a transaction fails too.
    pub(super) fn ask(&self, questions: &[Statement]) -> Result<Vec<Answer>, StoreError> {
        let queued = self.queued.take();
        let client = &*self.client;
        let mut answers: Vec<Asked<'_>> = Vec::with_capacity(queued.len() + questions.len());
        for statement in &queued {
            answers.push(Box::pin(statement.run(client)));
        }
        for statement in questions {
            answers.push(Box::pin(statement.ask(client)));
        }
        let mut answers = self.wait(in_order(answers))??;
        Ok(answers.split_off(queued.len()))
    }

    /// Sends what is queued and then `statement`; returns how many rows that one wrote.
    pub(super) fn run(&self, statement: Statement) -> Result<u64, StoreError> {
        let mut queued = self.queued.take();
        queued.push(statement);
        let client = &*self.client;
        let mut answers: Vec<Asked<'_>> = Vec::with_capacity(queued.len());
        for statement in &queued {
            answers.push(Box::pin(statement.run(client)));
        }
        let answers = self.wait(in_order(answers))??;
        Ok(answers.last().map_or(0, |answer| answer.written))
    }

    /// Sends `questions` on the driver's thread, while this one does something else.
    pub(super) fn ask_ahead(&self, questions: Vec<Statement>) -> Result<Ahead, StoreError> {
        let client = Arc::clone(&self.client);
        let asked = self.driver.spawn(async move {
            let mut answers: Vec<Asked<'_>> = Vec::with_capacity(questions.len());
            for statement in &questions {
                answers.push(Box::pin(statement.ask(&client)));
            }
            in_order(answers).await
        });
        Ok(Ahead(asked.ok_or(StoreError::Stopped)?))
    }

    /// Waits for what was asked ahead.
    pub(super) fn receive(&self, ahead: Ahead) -> Result<Vec<Answer>, StoreError> {
        let received = self.wait(joined(Some(ahead.0)))?;
        received.unwrap_or(Err(StoreError::Stopped))
    }

    fn wait<F: Future>(&self, work: F) -> Result<F::Output, StoreError> {
        match self.patience {
            None => Ok(self.driver.wait(work)),
            Some(patience) => {
                let outcome = self.driver.wait_for(patience, work);
                // An answer that comes later would be taken for that of another question.
                outcome.ok_or_else(|| {
                    self.connection.abort();
                    timed_out()
                })
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// Answers on their way.
pub(super) struct Ahead(JoinHandle<Result<Vec<Answer>, StoreError>>);

type Asked<'a> = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'a>>;

/// Polls each once, which sends it, and then waits for them in order.
async fn in_order(mut asked: Vec<Asked<'_>>) -> Result<Vec<Answer>, StoreError> {
    let mut early = Vec::with_capacity(asked.len());
    poll_fn(|context| {
        for answer in &mut asked {
            early.push(match answer.as_mut().poll(context) {
                Poll::Ready(answer) => Some(answer),
                Poll::Pending => None,
            });
        }
        Poll::Ready(())
    })
    .await;
    let mut answers = Vec::with_capacity(asked.len());
    for (asked, early) in asked.into_iter().zip(early) {
        let answer = match early {
            Some(answer) => answer,
            None => asked.await,
        };
        answers.push(answer.map_err(|source| StoreError::engine("use the database", source))?);
    }
    Ok(answers)
}

async fn joined<T>(work: Option<JoinHandle<T>>) -> Option<T> {
    work?.await.ok()
}

fn timed_out() -> StoreError {
    let late = std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer in time");
    StoreError::engine("reach the database", late)
}

impl Database for Session {
    fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64, StoreError> {
        self.run(Statement::shared(sql, params))
    }

    fn write(&self, sql: &str, params: &[Value<'_>]) -> Result<(), StoreError> {
        self.enqueue(Statement::shared(sql, params))
    }

    fn insert(&self, table: &Table, rows: &[Vec<Cell>]) -> Result<(), StoreError> {
        let columns = (1..).zip(table.columns);
        let columns = columns.map(|(place, (_, kind))| match kind {
            Kind::Integer => format!("${place}::bigint[]"),
            Kind::Text => format!("${place}::text[]"),
            Kind::Blob => format!("${place}::bytea[]"),
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        let (name, names) = (table.name, table.names());
        let sql = format!("INSERT INTO {name} ({names}) SELECT * FROM unnest({columns})");
        let mut group = Group::new(sql);
        for row in rows {
            let values: Vec<_> = row.iter().map(Cell::value).collect();
            group.push(&values);
        }
        match group.into_statement() {
            Some(statement) => self.run(statement).map(drop),
            None => Ok(()),
        }
    }

    fn query(
        &self,
        sql: &str,
        params: &[Value<'_>],
        take: &mut dyn FnMut(&dyn sql::Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for answer in self.ask(&[Statement::shared(sql, params)])? {
            for row in &answer.rows {
                take(row)?;
            }
        }
        Ok(())
    }
}

impl sql::Row for Row {
    fn integer(&self, at: usize) -> Result<Option<i64>, StoreError> {
        let kind = self.columns().get(at).map(|column| column.type_().clone());
        let read = match kind {
            Some(Type::BOOL) => self
                .try_get(at)
                .map(|truth: Option<bool>| truth.map(i64::from)),
            Some(Type::INT4) => self
                .try_get(at)
                .map(|integer: Option<i32>| integer.map(i64::from)),
            _ => self.try_get(at),
        };
        read.map_err(|source| StoreError::engine("read a column", source))
    }

    fn text(&self, at: usize) -> Result<Option<Cow<'_, str>>, StoreError> {
        let text: Option<&str> = self
            .try_get(at)
            .map_err(|source| StoreError::engine("read a column", source))?;
        Ok(text.map(unguarded))
    }

    fn blob(&self, at: usize) -> Result<Option<&[u8]>, StoreError> {
        self.try_get(at)
            .map_err(|source| StoreError::engine("read a column", source))
    }
}
