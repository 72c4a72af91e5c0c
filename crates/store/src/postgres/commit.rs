//! One group commit of several nodes: the head row is locked first, so that all commits are in one
//! order, and everything else follows under it.

use std::sync::Arc;

use super::connector::Connector;
use super::driver::Driver;
use super::feed::{self, Touched};
use super::group::Group;
use super::node::{LEASE_MS, LOCK_HEAD, Node};
use super::pace::Pace;
use super::retry::{Backoff, Failure};
use super::run::Run;
use super::session::Session;
use super::statement::{Param, Statement};
use crate::command::Command;
use crate::engine::{Committed, Committer};
use crate::error::StoreError;
use crate::footprint::Feed;
use crate::ids::Position;
use crate::others::Others;
use crate::sql::apply::{At, apply};
use crate::sql::audit::{Link, chain};
use crate::sql::detail;
use crate::sql::row::get;

/// The only one of this node that writes.
#[derive(Debug)]
pub(super) struct PostgresCommitter {
    connector: Arc<Connector>,
    driver: Arc<Driver>,
    node: Node,
    line: Line,
    /// Counts the batches of this life.
    batch: i64,
    pace: Pace,
}

/// The connection that writes.
#[derive(Debug)]
enum Line {
    /// Before the first commit, and after it was lost.
    Lost,
    Free(Session),
    /// Within a transaction that has the head locked, which is so.
    Held(Session, Link),
}

/// How a batch's steps become statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Those that validations make in one statement for each kind.
    Grouped,
    /// Each by itself, which can also draw another number where one is taken.
    OneByOne,
}

/// A batch that was written but for the answer to its COMMIT.
#[derive(Debug)]
struct Written {
    committed: Committed,
    /// The head before and after.
    before: Position,
    after: Position,
}

impl PostgresCommitter {
    pub(super) fn new(connector: Arc<Connector>, node: Node) -> Result<Self, StoreError> {
        Ok(Self {
            driver: Arc::new(Driver::for_one_thread()?),
            line: Line::Lost,
            connector,
            node,
            batch: 0,
            pace: Pace::default(),
        })
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(self.connector.patience(), self.node.life as u64)
    }

    /// One attempt. `written` tells what COMMIT was sent for, once it was.
    fn attempt(
        &mut self,
        batch: (&[Command], Style),
        others: &Others,
        written: &mut Option<Written>,
    ) -> Result<Committed, StoreError> {
        let (session, head) = self.locked(others)?;
        let attempted =
            head.and_then(|head| self.attempt_on(&session, &head, batch, others, written));
        self.keep(session, &attempted);
        attempted
    }

    /// The connection with the head locked, or with the reason why it could not be.
    fn locked(
        &mut self,
        others: &Others,
    ) -> Result<(Session, Result<Link, StoreError>), StoreError> {
        let session = match std::mem::replace(&mut self.line, Line::Lost) {
            Line::Held(session, head) if !session.is_closed() => return Ok((session, Ok(head))),
            Line::Free(session) if !session.is_closed() => session,
            _ => self.connector.connect_on(&self.driver)?,
        };
        let head = self.lock_head(&session, others);
        Ok((session, head))
    }

    /// Keeps the connection for the next time, unless it is lost.
    fn keep<T>(&mut self, session: Session, attempted: &Result<T, StoreError>) {
        let is_over = match attempted {
            Ok(_) => true,
            Err(error) if Failure::of(error) == Failure::Lost => false,
            // What is left of a transaction that the database itself has ended; mostly nothing.
            Err(_) => session.run(Statement::plain("ROLLBACK")).is_ok(),
        };
        self.pace.unlocked();
        if is_over {
            self.line = Line::Free(session);
        }
    }

    fn attempt_on(
        &self,
        session: &Session,
        head: &Link,
        (commands, style): (&[Command], Style),
        others: &Others,
        written: &mut Option<Written>,
    ) -> Result<Committed, StoreError> {
        let mut overtaken = Vec::new();
        let mut standing = Vec::with_capacity(commands.len());
        for (place, command) in commands.iter().enumerate() {
            if others.judge(command) {
                standing.push(command);
            } else {
                overtaken.push(place);
            }
        }
        let committed = Committed { overtaken };
        if standing.is_empty() {
            session.run(Statement::plain("ROLLBACK"))?;
            return Ok(committed);
        }
        let newest = self.write(session, head, &standing, style)?;
        let sent = written.insert(Written {
            committed,
            before: Position(head.position),
            after: Position(newest.position),
        });
        session.run(Statement::plain("COMMIT"))?;
        others.advance(sent.after);
        Ok(std::mem::take(&mut sent.committed))
    }

    /// Locks the head, notes what others have committed, and makes sure that this node is still
    /// itself. Returns the newest row of the audit log.
    fn lock_head(&mut self, session: &Session, others: &Others) -> Result<Link, StoreError> {
        self.pace.wait(&self.driver);
        session.enqueue(Statement::plain("BEGIN"))?;
        let answers = session.ask(&[
            Statement::new(
                "SELECT h.position, h.hash, n.life,
                    (SELECT count(*) FROM node WHERE until_ms > n.until_ms - $2)
                 FROM head AS h JOIN node AS n ON n.number = $1 WHERE h.id = 1 FOR UPDATE OF h",
                vec![
                    Param::Integer(Some(self.node.number.0.into())),
                    Param::Integer(Some(LEASE_MS)),
                ],
            ),
            Statement::new(
                feed::OF_OTHERS,
                vec![
                    Param::Integer(Some(others.seen().0)),
                    Param::Integer(Some(self.node.life)),
                ],
            ),
        ])?;
        let [head, feed] = &answers[..] else {
            return Err(StoreError::Damaged("two questions, not two answers".into()));
        };
        let head = head
            .rows
            .first()
            .ok_or_else(|| StoreError::Damaged("the database has no head row".into()))?;
        if get::<i64>(head, 2)? != self.node.life {
            return Err(StoreError::LeftBehind);
        }
        let link = Link {
            position: get(head, 0)?,
            hash: get(head, 1)?,
        };
        let has_others = get::<i64>(head, 3)? > 1;
        self.pace.locked(has_others);
        let mut footprints = Vec::new();
        for row in &feed.rows {
            feed::read(row, &mut footprints)?;
        }
        others.note(Feed {
            position: Position(link.position),
            has_others,
            footprints,
        });
        Ok(link)
    }

    /// Queues all that the commands do, with their rows in the audit log and the feed, and the new
    /// head. Returns the newest row of the audit log.
    fn write(
        &self,
        session: &Session,
        head: &Link,
        commands: &[&Command],
        style: Style,
    ) -> Result<Link, StoreError> {
        let mut newest = head.clone();
        let mut run = Run::new();
        let mut audit = Group::new(AUDIT);
        let mut touched = Touched::by(self.node.life, self.batch);
        for command in commands {
            let position = newest.position + 1;
            let is_run = style == Style::Grouped && Run::takes(command);
            if !is_run {
                run.write(session)?;
            }
            for (place, step) in (0..).zip(&command.steps) {
                let at = At {
                    vendor: command.vendor,
                    position,
                    place,
                    at_ms: command.at.as_millisecond(),
                };
                if is_run {
                    run.add(&at, step);
                } else {
                    apply(session, &at, step)?;
                }
            }
            newest = chain(&newest, command, &detail::of(&command.steps), |row| {
                audit.push(row);
                Ok(())
            })?;
            touched.push(&command.footprint(Position(position)));
        }
        run.write(session)?;
        let told = [audit.into_statement(), touched.into_statement()];
        for statement in told.into_iter().flatten() {
            session.enqueue(statement)?;
        }
        session.enqueue(Statement::new(
            "UPDATE head SET position = $1, hash = $2 WHERE id = 1",
            vec![
                Param::Integer(Some(newest.position)),
                Param::Blob(Some(newest.hash.into())),
            ],
        ))?;
        let newest_at = commands.last().map(|command| command.at.as_millisecond());
        if let Some(prune) = pruning(head.position, newest.position, newest_at) {
            session.enqueue(prune)?;
        }
        Ok(newest)
    }

    /// Finds out how a commit ended whose answer was lost. Whoever holds the head may still be that
    /// commit; once the lock is ours, it is over.
    fn is_there(&mut self, written: &Written) -> Result<bool, StoreError> {
        let session = self.connector.connect_on(&self.driver)?;
        session.enqueue(Statement::plain("BEGIN"))?;
        session.enqueue(Statement::plain(LOCK_HEAD))?;
        let answers = session.ask(&[
            Statement::new(
                "SELECT count(*) FROM touched WHERE position > $1 AND life = $2 AND batch = $3",
                vec![
                    Param::Integer(Some(written.before.0)),
                    Param::Integer(Some(self.node.life)),
                    Param::Integer(Some(self.batch)),
                ],
            ),
            Statement::plain("ROLLBACK"),
        ])?;
        let rows: i64 = super::node::only(&answers[..1])?;
        self.line = Line::Free(session);
        Ok(rows > 0)
    }

    /// The same, as often as it takes: what is not certain can neither be told nor tried again.
    fn settle(&mut self, written: &Written) -> Result<bool, StoreError> {
        let mut backoff = self.backoff();
        loop {
            match self.is_there(written) {
                Err(error) if matches!(Failure::of(&error), Failure::Lost | Failure::Collided) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "how a commit ended is not known yet; asking again"
                    );
                    backoff.wait(&self.driver);
                }
                settled => return settled,
            }
        }
    }
}

impl Committer for PostgresCommitter {
    fn commit(&mut self, commands: &[Command], others: &Others) -> Result<Committed, StoreError> {
        self.batch += 1;
        let mut backoff = self.backoff();
        let mut style = Style::Grouped;
        loop {
            let mut written = None;
            let error = match self.attempt((commands, style), others, &mut written) {
                Ok(committed) => return Ok(committed),
                Err(error) => error,
            };
            let failure = Failure::of(&error);
            if failure == Failure::Lost
                && let Some(written) = written
                && self.settle(&written)?
            {
                others.advance(written.after);
                return Ok(written.committed);
            }
            match failure {
                Failure::Taken if style == Style::Grouped => style = Style::OneByOne,
                Failure::Lost | Failure::Collided if backoff.is_over() => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        commands = commands.len(),
                        "the database cannot be reached; nothing of a batch was written"
                    );
                    return Err(StoreError::Unavailable);
                }
                Failure::Lost | Failure::Collided => backoff.wait(&self.driver),
                Failure::Taken | Failure::Lasting => return Err(error),
            }
        }
    }

    fn hold(&mut self, others: &Others) -> Result<(), StoreError> {
        let held = self.locked(others).and_then(|(session, head)| match head {
            Ok(head) => {
                self.line = Line::Held(session, head);
                Ok(())
            }
            Err(error) => {
                let failed = Err(error);
                self.keep(session, &failed);
                failed
            }
        });
        held.map_err(|error| match Failure::of(&error) {
            Failure::Lost | Failure::Collided => StoreError::Unavailable,
            Failure::Taken | Failure::Lasting => error,
        })
    }

    fn release(&mut self) {
        match std::mem::replace(&mut self.line, Line::Lost) {
            // On a connection that is lost, nothing is held any more.
            Line::Held(session, _) => {
                if session.run(Statement::plain("ROLLBACK")).is_ok() {
                    self.line = Line::Free(session);
                }
            }
            line => self.line = line,
        }
    }
}

/// The writer thread ends with the store: others may have its number at once.
impl Drop for PostgresCommitter {
    fn drop(&mut self) {
        self.release();
        let session = match std::mem::replace(&mut self.line, Line::Lost) {
            Line::Free(session) if !session.is_closed() => Ok(session),
            // On whatever thread this is, where nothing was ever written.
            _ => self.connector.connect(),
        };
        let left = session.and_then(|session| session.run(self.node.leave()));
        if let Err(error) = left {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the node's number is kept for a while"
            );
        }
    }
}

const AUDIT: &str = "
    INSERT INTO audit (position, at_ms, vendor, licensee, actor, action, detail, previous, hash)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[],
        $6::text[], $7::text[], $8::bytea[], $9::bytea[])";

/// Now and then, what the feed need not keep any longer.
fn pruning(before: i64, after: i64, now_ms: Option<i64>) -> Option<Statement> {
    const EVERY: i64 = 16_384;
    if before / EVERY == after / EVERY {
        return None;
    }
    Some(Statement::new(
        feed::PRUNE,
        vec![
            Param::Integer(Some(after - feed::KEPT)),
            Param::Integer(Some(now_ms? - feed::KEPT_MS)),
        ],
    ))
}
