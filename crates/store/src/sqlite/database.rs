//! The shared SQL on a connection to SQLite: statements are prepared once.

use std::borrow::Cow;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Rows, ToSql, params_from_iter};

use super::failed;
use crate::error::StoreError;
use crate::ids::VendorId;
use crate::sql::load::{ALIASES, AggregateReader, Cursor, LICENSEES, LICENSES, NODES, SESSIONS};
use crate::sql::{Database, Row, Value};

impl Database for Connection {
    fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64, StoreError> {
        let failed = failed("write to the database");
        let mut statement = self.prepare_cached(sql).map_err(&failed)?;
        let written = statement
            .execute(params_from_iter(params))
            .map_err(&failed)?;
        Ok(written as u64)
    }

    fn query(
        &self,
        sql: &str,
        params: &[Value<'_>],
        take: &mut dyn FnMut(&dyn Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let failed = failed("read the database");
        let mut statement = self.prepare_cached(sql).map_err(&failed)?;
        let mut rows = statement.query(params_from_iter(params)).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            take(row)?;
        }
        Ok(())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Integer(value) => value.map(ValueRef::Integer),
            Self::Text(value) => value.map(|text| ValueRef::Text(text.as_bytes())),
            Self::Blob(value) => value.map(ValueRef::Blob),
        };
        Ok(ToSqlOutput::Borrowed(value.unwrap_or(ValueRef::Null)))
    }
}

impl Row for rusqlite::Row<'_> {
    fn integer(&self, at: usize) -> Result<Option<i64>, StoreError> {
        let value = self.get_ref(at).map_err(failed("read a column"))?;
        value
            .as_i64_or_null()
            .map_err(|source| StoreError::engine("read a column", source))
    }

    fn text(&self, at: usize) -> Result<Option<Cow<'_, str>>, StoreError> {
        let value = self.get_ref(at).map_err(failed("read a column"))?;
        value
            .as_str_or_null()
            .map(|text| text.map(Cow::Borrowed))
            .map_err(|source| StoreError::engine("read a column", source))
    }

    fn blob(&self, at: usize) -> Result<Option<&[u8]>, StoreError> {
        let value = self.get_ref(at).map_err(failed("read a column"))?;
        value
            .as_blob_or_null()
            .map_err(|source| StoreError::engine("read a column", source))
    }
}

/// The five statements that read aggregates.
pub(super) struct AggregateStatements<'db> {
    licensees: CachedStatement<'db>,
    aliases: CachedStatement<'db>,
    licenses: CachedStatement<'db>,
    sessions: CachedStatement<'db>,
    nodes: CachedStatement<'db>,
}

impl<'db> AggregateStatements<'db> {
    pub(super) fn prepare(db: &'db Connection) -> Result<Self, StoreError> {
        let prepare = |sql| db.prepare_cached(sql).map_err(failed("read a licensee"));
        Ok(Self {
            licensees: prepare(LICENSEES)?,
            aliases: prepare(ALIASES)?,
            licenses: prepare(LICENSES)?,
            sessions: prepare(SESSIONS)?,
            nodes: prepare(NODES)?,
        })
    }

    /// The licensees with ids from `from` to `to`.
    pub(super) fn read(
        &mut self,
        vendor: VendorId,
        from: i64,
        to: i64,
    ) -> Result<AggregateReader<RowsInView<'_>>, StoreError> {
        let range = [vendor.0, from, to];
        Ok(AggregateReader {
            licensees: RowsInView::begin(&mut self.licensees, range)?,
            aliases: RowsInView::begin(&mut self.aliases, range)?,
            licenses: RowsInView::begin(&mut self.licenses, range)?,
            sessions: RowsInView::begin(&mut self.sessions, range)?,
            nodes: RowsInView::begin(&mut self.nodes, range)?,
        })
    }
}

/// What a statement finds, step by step.
pub(super) struct RowsInView<'stmt> {
    rows: Rows<'stmt>,
}

impl<'stmt> RowsInView<'stmt> {
    fn begin(
        statement: &'stmt mut CachedStatement<'_>,
        range: [i64; 3],
    ) -> Result<Self, StoreError> {
        let rows = statement.query(range).map_err(failed("read a licensee"))?;
        let mut rows = Self { rows };
        rows.advance()?;
        Ok(rows)
    }
}

impl Cursor for RowsInView<'_> {
    fn row(&self) -> Option<&dyn Row> {
        use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
        self.rows.get().map(|row| row as &dyn Row)
    }

    fn advance(&mut self) -> Result<(), StoreError> {
        use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
        self.rows.advance().map_err(failed("read a licensee"))
    }
}
