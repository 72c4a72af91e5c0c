//! A statement with its parameters, on its way to the database.
//!
//! Statements are never named and always typed, so that each is one message: several are sent
//! together, and a pooler between us and the database may hand each transaction to another
//! connection.

use std::borrow::Cow;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

use crate::sql::Value;

/// A statement that is ready to be sent.
#[derive(Debug)]
pub(super) struct Statement {
    sql: Cow<'static, str>,
    params: Vec<Param>,
}

/// An owned parameter, one value or a column of them.
#[derive(Debug)]
pub(super) enum Param {
    Integer(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
    Integers(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Blobs(Vec<Option<Vec<u8>>>),
}

/// What came of a statement.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) rows: Vec<Row>,
    /// How many rows it wrote.
    pub(super) written: u64,
}

impl Statement {
    /// Without parameters.
    pub(super) fn plain(sql: &'static str) -> Self {
        Self::new(sql, Vec::new())
    }

    /// With parameters, written `$1`, `$2`, ….
    pub(super) fn new(sql: impl Into<Cow<'static, str>>, params: Vec<Param>) -> Self {
        Self {
            sql: sql.into(),
            params,
        }
    }

    /// One of the shared SQL, where parameters are written `?1`, `?2`, ….
    pub(super) fn shared(sql: &str, params: &[Value<'_>]) -> Self {
        Self {
            sql: sql.replace('?', "$").into(),
            params: params.iter().map(Param::from).collect(),
        }
    }

    /// Sends it when first polled, and waits for what it finds.
    pub(super) async fn ask(&self, client: &Client) -> Result<Answer, Error> {
        Ok(Answer {
            rows: client.query_typed(&self.sql, &self.typed()).await?,
            written: 0,
        })
    }

    /// Sends it when first polled, and waits until it is done.
    pub(super) async fn run(&self, client: &Client) -> Result<Answer, Error> {
        Ok(Answer {
            rows: Vec::new(),
            written: client.execute_typed(&self.sql, &self.typed()).await?,
        })
    }

    fn typed(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        self.params.iter().map(Param::typed).collect()
    }
}

impl Param {
    fn typed(&self) -> (&(dyn ToSql + Sync), Type) {
        match self {
            Self::Integer(value) => (value, Type::INT8),
            Self::Text(value) => (value, Type::TEXT),
            Self::Blob(value) => (value, Type::BYTEA),
            Self::Integers(values) => (values, Type::INT8_ARRAY),
            Self::Texts(values) => (values, Type::TEXT_ARRAY),
            Self::Blobs(values) => (values, Type::BYTEA_ARRAY),
        }
    }
}

impl From<&Value<'_>> for Param {
    fn from(value: &Value<'_>) -> Self {
        match value {
            Value::Integer(value) => Self::Integer(*value),
            Value::Text(text) => Self::Text(text.map(guarded)),
            Value::Blob(bytes) => Self::Blob(bytes.map(Into::into)),
        }
    }
}

/// PostgreSQL's texts hold any character but NUL, which a value that somebody sent may hold. It is
/// kept as two characters, of which the first is one that hardly anybody sends.
const ESCAPE: char = '\u{1}';

/// A text as the database has it.
pub(super) fn guarded(text: &str) -> String {
    if !text.contains(['\0', ESCAPE]) {
        return text.to_owned();
    }
    let mut guarded = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\0' => guarded.extend([ESCAPE, '0']),
            ESCAPE => guarded.extend([ESCAPE, '1']),
            other => guarded.push(other),
        }
    }
    guarded
}

/// A text as it was before [`guarded`].
pub(super) fn unguarded(text: &str) -> Cow<'_, str> {
    if !text.contains(ESCAPE) {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            ESCAPE if characters.next() == Some('0') => plain.push('\0'),
            other => plain.push(other),
        }
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_comes_back(text in "[a\u{0}\u{1}0-1é]{0,12}") {
            let guarded = guarded(&text);
            prop_assert!(!guarded.contains('\0'));
            prop_assert_eq!(unguarded(&guarded), text);
        }
    }
}
