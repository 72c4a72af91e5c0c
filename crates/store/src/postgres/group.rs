//! Rows of one kind, written by one statement.

use std::borrow::Cow;

use super::statement::{Param, Statement, guarded};
use crate::sql::Value;

/// A statement over columns, and the rows that it is to write. Each parameter of the statement is a
/// column of values, taken apart by `unnest`.
#[derive(Debug)]
pub(super) struct Group {
    sql: Cow<'static, str>,
    columns: Vec<Param>,
}

impl Group {
    pub(super) fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self {
            sql: sql.into(),
            columns: Vec::new(),
        }
    }

    /// One more row. All rows have values of the same kinds in the same order.
    pub(super) fn push(&mut self, row: &[Value<'_>]) {
        if self.columns.is_empty() {
            self.columns = row.iter().map(column_of).collect();
        }
        for (column, value) in self.columns.iter_mut().zip(row) {
            match (column, value) {
                (Param::Integers(column), Value::Integer(value)) => column.push(*value),
                (Param::Texts(column), Value::Text(text)) => column.push(text.map(guarded)),
                (Param::Blobs(column), Value::Blob(bytes)) => column.push(bytes.map(Into::into)),
                (column, value) => debug_assert!(false, "{value:?} in {column:?}"),
            }
        }
    }

    /// The statement; `None` when there are no rows.
    pub(super) fn into_statement(self) -> Option<Statement> {
        (!self.columns.is_empty()).then(|| Statement::new(self.sql, self.columns))
    }
}

fn column_of(value: &Value<'_>) -> Param {
    match value {
        Value::Integer(_) => Param::Integers(Vec::new()),
        Value::Text(_) => Param::Texts(Vec::new()),
        Value::Blob(_) => Param::Blobs(Vec::new()),
    }
}
