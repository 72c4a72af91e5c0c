//! What the shared SQL needs of an engine: an open connection that takes statements.

use std::borrow::Cow;

use super::tables::{Cell, Table};
use crate::error::StoreError;

/// A connection, within the transaction that is open on it. Blocks.
///
/// Parameters are written `?1`, `?2`, … and are integers, texts or bytes; truths are the integers 0
/// and 1, so that columns mean the same in every engine.
pub(crate) trait Database {
    /// Runs a statement; returns how many rows it wrote.
    fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64, StoreError>;

    /// Runs a statement whose count nobody needs. It may wait until the next one that is asked
    /// something, or the commit, and then fail there.
    fn write(&self, sql: &str, params: &[Value<'_>]) -> Result<(), StoreError> {
        self.execute(sql, params).map(drop)
    }

    /// Writes rows of a table, which are not there yet.
    fn insert(&self, table: &Table, rows: &[Vec<Cell>]) -> Result<(), StoreError> {
        let sql = table.insertion();
        for row in rows {
            let values: Vec<_> = row.iter().map(Cell::value).collect();
            self.write(&sql, &values)?;
        }
        Ok(())
    }

    /// Shows each row that the query finds to `take`, which may end it by an error.
    fn query(
        &self,
        sql: &str,
        params: &[Value<'_>],
        take: &mut dyn FnMut(&dyn Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
}

/// A row that was found. `None` is NULL; a column of another type than asked for is an error.
pub(crate) trait Row {
    fn integer(&self, at: usize) -> Result<Option<i64>, StoreError>;
    fn text(&self, at: usize) -> Result<Option<Cow<'_, str>>, StoreError>;
    fn blob(&self, at: usize) -> Result<Option<&[u8]>, StoreError>;
}

/// A parameter of a statement. Also NULL has a type, since not every engine guesses it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Integer(Option<i64>),
    Text(Option<&'a str>),
    Blob(Option<&'a [u8]>),
}

/// What can be a parameter.
pub(crate) trait Bind {
    /// This one's NULL.
    const NULL: Value<'static>;

    fn value(&self) -> Value<'_>;
}

/// Parameters in order, of anything that can be [`Bind`]ed.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::sql::Bind::value(&$value)),*] };
}
pub(crate) use values;

impl Bind for i64 {
    const NULL: Value<'static> = Value::Integer(None);

    fn value(&self) -> Value<'_> {
        Value::Integer(Some(*self))
    }
}

macro_rules! bind_small_integers {
    ($($integer:ty),*) => {$(
        impl Bind for $integer {
            const NULL: Value<'static> = Value::Integer(None);

            fn value(&self) -> Value<'_> {
                Value::Integer(Some(i64::from(*self)))
            }
        }
    )*};
}
bind_small_integers!(bool, u16, u32);

impl Bind for str {
    const NULL: Value<'static> = Value::Text(None);

    fn value(&self) -> Value<'_> {
        Value::Text(Some(self))
    }
}

impl Bind for String {
    const NULL: Value<'static> = Value::Text(None);

    fn value(&self) -> Value<'_> {
        Value::Text(Some(self))
    }
}

impl Bind for [u8; 32] {
    const NULL: Value<'static> = Value::Blob(None);

    fn value(&self) -> Value<'_> {
        Value::Blob(Some(self))
    }
}

impl Bind for Vec<u8> {
    const NULL: Value<'static> = Value::Blob(None);

    fn value(&self) -> Value<'_> {
        Value::Blob(Some(self))
    }
}

impl<T: Bind + ?Sized> Bind for Box<T> {
    const NULL: Value<'static> = T::NULL;

    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    const NULL: Value<'static> = T::NULL;

    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl<T: Bind> Bind for Option<T> {
    const NULL: Value<'static> = T::NULL;

    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(T::NULL, Bind::value)
    }
}
