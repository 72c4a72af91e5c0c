//! Reads the state at size: licensees come in pages, the next one on its way while one is read.

use super::session::{Ahead, Session};
use super::statement::{Answer, Param, Statement};
use crate::engine::{LoadedLicensee, Visitor};
use crate::error::StoreError;
use crate::ids::{LicenseeId, Position, VendorId};
use crate::sql::load::{
    ALIASES, AggregateReader, Cursor, LICENSEES, LICENSES, NODES, SESSIONS, load_vendor, vendors,
};
use crate::sql::{Row, values};

/// Everything that is read within one transaction is of one instant.
pub(super) const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// How far the audit log reaches.
pub(super) const POSITION: &str = "SELECT position FROM head WHERE id = 1";

/// Licensees that are read together.
const PAGE: i64 = 4096;

/// The last licensee of the page after `$2`.
const PAGE_END: &str = "
    SELECT max(p.id) FROM (
        SELECT id FROM licensee WHERE vendor_id = $1 AND id > $2 ORDER BY id LIMIT $3
    ) AS p";

/// See [`crate::engine::Engine::load_all`].
pub(super) fn load_all(
    session: &Session,
    visitor: &mut dyn Visitor,
) -> Result<Position, StoreError> {
    session.enqueue(Statement::plain(BEGIN_READING))?;
    let position = super::node::only(&session.ask(&[Statement::plain(POSITION)])?)?;
    for (id, account) in vendors(session)? {
        load_vendor(session, (id, account), visitor)?;
        load_licensees(session, id, visitor)?;
    }
    session.enqueue(Statement::plain("COMMIT"))?;
    session.flush()?;
    Ok(Position(position))
}

fn load_licensees(
    session: &Session,
    vendor: VendorId,
    visitor: &mut dyn Visitor,
) -> Result<(), StoreError> {
    let first = session.ask(&[page_end(vendor, i64::MIN)])?;
    let mut ahead = begin_page(session, vendor, i64::MIN, &first)?;
    while let Some((answers, until)) = ahead {
        let mut answers = session.receive(answers)?;
        let next = answers.split_off(5);
        ahead = begin_page(session, vendor, until, &next)?;
        let mut reader = reader(answers)?;
        while let Some(licensee) = reader.next()? {
            visitor.licensee(licensee)?;
        }
    }
    Ok(())
}

/// Asks for the page after `after`, whose end was found, and for the end of the one after it.
fn begin_page(
    session: &Session,
    vendor: VendorId,
    after: i64,
    end: &[Answer],
) -> Result<Option<(Ahead, i64)>, StoreError> {
    let end = end.first().and_then(|answer| answer.rows.first());
    let Some(until) = end.map(|row| row.integer(0)).transpose()?.flatten() else {
        return Ok(None);
    };
    let mut questions = page(vendor, after.saturating_add(1), until);
    questions.push(page_end(vendor, until));
    Ok(Some((session.ask_ahead(questions)?, until)))
}

fn page_end(vendor: VendorId, after: i64) -> Statement {
    Statement::new(
        PAGE_END,
        vec![
            Param::Integer(Some(vendor.0)),
            Param::Integer(Some(after)),
            Param::Integer(Some(PAGE)),
        ],
    )
}

fn page(vendor: VendorId, from: i64, to: i64) -> Vec<Statement> {
    [LICENSEES, ALIASES, LICENSES, SESSIONS, NODES]
        .into_iter()
        .map(|sql| Statement::shared(sql, values![vendor.0, from, to]))
        .collect()
}

/// See [`crate::engine::Engine::load_licensee`].
pub(super) fn load_licensee(
    session: &Session,
    vendor: VendorId,
    licensee: LicenseeId,
) -> Result<Option<LoadedLicensee>, StoreError> {
    let answers = session.ask(&page(vendor, licensee.0, licensee.0))?;
    reader(answers)?.next()
}

fn reader(answers: Vec<Answer>) -> Result<AggregateReader<Page>, StoreError> {
    let mut pages = answers.into_iter().map(Page::begin);
    let mut next = || {
        pages
            .next()
            .ok_or_else(|| StoreError::Damaged("a page was answered in part".into()))
    };
    Ok(AggregateReader {
        licensees: next()?,
        aliases: next()?,
        licenses: next()?,
        sessions: next()?,
        nodes: next()?,
    })
}

/// What one statement found.
struct Page {
    rows: std::vec::IntoIter<tokio_postgres::Row>,
    current: Option<tokio_postgres::Row>,
}

impl Page {
    fn begin(answer: Answer) -> Self {
        let mut rows = answer.rows.into_iter();
        let current = rows.next();
        Self { rows, current }
    }
}

impl Cursor for Page {
    fn row(&self) -> Option<&dyn Row> {
        self.current.as_ref().map(|row| row as &dyn Row)
    }

    fn advance(&mut self) -> Result<(), StoreError> {
        self.current = self.rows.next();
        Ok(())
    }
}
