//! Columns of a row as values; what cannot be read is damage.

use std::borrow::Cow;
use std::fmt::Display;

use super::{Database, Row, Value};
use crate::error::StoreError;
use jiff::Timestamp;
use leasehold_model::money::{Currency, Money};
use leasehold_model::number::NumberError;

/// Amount and currency stand in two columns side by side.
pub(crate) fn price(row: &dyn Row, at: usize) -> Result<Option<Money>, StoreError> {
    let hundredths: Option<i64> = get(row, at)?;
    let currency = text_if(row, at + 1, Currency::parse)?;
    Ok(hundredths
        .zip(currency)
        .map(|(hundredths, currency)| Money {
            hundredths,
            currency,
        }))
}

pub(crate) fn each(
    db: &dyn Database,
    sql: &str,
    params: &[Value<'_>],
    mut take: impl FnMut(&dyn Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    db.query(sql, params, &mut take)
}

/// What `read` makes of the last row that is found; `None` when there is none.
pub(crate) fn one<T>(
    db: &dyn Database,
    sql: &str,
    params: &[Value<'_>],
    mut read: impl FnMut(&dyn Row) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut found = None;
    each(db, sql, params, |row| {
        found = Some(read(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// What can be read from a column.
pub(crate) trait Column: Sized {
    /// `None`: the column holds something else, NULL for example.
    fn read(row: &dyn Row, at: usize) -> Result<Option<Self>, StoreError>;
}

pub(crate) fn get<T: Column>(row: &dyn Row, at: usize) -> Result<T, StoreError> {
    T::read(row, at)?.ok_or_else(|| {
        StoreError::Damaged(format!(
            "column {at} of a row holds a value that it cannot have"
        ))
    })
}

impl Column for i64 {
    fn read(row: &dyn Row, at: usize) -> Result<Option<Self>, StoreError> {
        row.integer(at)
    }
}

/// NULL is a value too.
impl<T: Column> Column for Option<T> {
    fn read(row: &dyn Row, at: usize) -> Result<Option<Self>, StoreError> {
        T::read(row, at).map(Some)
    }
}

macro_rules! small_integers {
    ($($integer:ty),*) => {$(
        impl Column for $integer {
            fn read(row: &dyn Row, at: usize) -> Result<Option<Self>, StoreError> {
                Ok(row.integer(at)?.and_then(|value| value.try_into().ok()))
            }
        }
    )*};
}
small_integers!(u16, u32);

impl Column for bool {
    fn read(row: &dyn Row, at: usize) -> Result<Option<Self>, StoreError> {
        Ok(row.integer(at)?.map(|value| value != 0))
    }
}

impl Column for Box<str> {
    fn read(row: &dyn Row, at: usize) -> Result<Option<Self>, StoreError> {
        Ok(row.text(at)?.map(Into::into))
    }
}

impl Column for Vec<u8> {
    fn read(row: &dyn Row, at: usize) -> Result<Option<Self>, StoreError> {
        Ok(row.blob(at)?.map(Into::into))
    }
}

impl Column for [u8; 32] {
    fn read(row: &dyn Row, at: usize) -> Result<Option<Self>, StoreError> {
        Ok(row.blob(at)?.and_then(|bytes| bytes.try_into().ok()))
    }
}

/// A text where there must be one.
pub(crate) fn text(row: &dyn Row, at: usize) -> Result<Cow<'_, str>, StoreError> {
    row.text(at)?
        .ok_or_else(|| StoreError::Damaged(format!("column {at} of a row holds no text")))
}

/// A text column that must be readable.
pub(crate) fn text_of<T>(
    row: &dyn Row,
    at: usize,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, StoreError> {
    let text = text(row, at)?;
    read(&text).ok_or_else(|| unusable(text))
}

/// A text column that must be readable where there is a text.
pub(crate) fn text_if<T>(
    row: &dyn Row,
    at: usize,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, StoreError> {
    let text = row.text(at)?;
    text.map(|text| read(&text).ok_or_else(|| unusable(text)))
        .transpose()
}

pub(crate) fn number_at<N>(
    row: &dyn Row,
    at: usize,
    parse: impl FnOnce(&str) -> Result<N, NumberError>,
) -> Result<N, StoreError> {
    number_of(&text(row, at)?, parse)
}

pub(crate) fn number_of<N>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<N, NumberError>,
) -> Result<N, StoreError> {
    parse(text).map_err(|_| unusable(text))
}

pub(crate) fn count(row: &dyn Row, at: usize) -> Result<u64, StoreError> {
    let count: i64 = get(row, at)?;
    u64::try_from(count).map_err(|_| unusable(count))
}

pub(crate) fn instant(at_ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(at_ms).map_err(|_| unusable(at_ms))
}

pub(crate) fn unusable(value: impl Display) -> StoreError {
    StoreError::Damaged(format!("a column holds the unusable value '{value}'"))
}
