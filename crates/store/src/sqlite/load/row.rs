//! Columns of a row as values; what cannot be read is damage.

use std::fmt::Display;

use jiff::Timestamp;
use leasehold_model::money::{Currency, Money};
use leasehold_model::number::NumberError;
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row};

use crate::error::StoreError;
use crate::sqlite::failed;

/// Amount and currency stand in two columns side by side.
pub(crate) fn price(row: &Row<'_>, at: usize) -> Result<Option<Money>, StoreError> {
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
    db: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    mut take: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let failed = failed("read the database");
    let mut statement = db.prepare_cached(sql).map_err(&failed)?;
    let mut rows = statement.query(params).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        take(row)?;
    }
    Ok(())
}

pub(crate) fn get<T: FromSql>(row: &Row<'_>, at: usize) -> Result<T, StoreError> {
    row.get(at).map_err(failed("read a column"))
}

/// A text column that must be readable.
pub(crate) fn text_of<T>(
    row: &Row<'_>,
    at: usize,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, StoreError> {
    let text: Box<str> = get(row, at)?;
    read(&text).ok_or_else(|| unusable(&text))
}

/// A text column that must be readable where there is a text.
pub(crate) fn text_if<T>(
    row: &Row<'_>,
    at: usize,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, StoreError> {
    let text: Option<Box<str>> = get(row, at)?;
    text.map(|text| read(&text).ok_or_else(|| unusable(&text)))
        .transpose()
}

pub(crate) fn number_at<N>(
    row: &Row<'_>,
    at: usize,
    parse: impl FnOnce(&str) -> Result<N, NumberError>,
) -> Result<N, StoreError> {
    let text: Box<str> = get(row, at)?;
    number_of(&text, parse)
}

pub(crate) fn number_of<N>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<N, NumberError>,
) -> Result<N, StoreError> {
    parse(text).map_err(|_| unusable(text))
}

pub(crate) fn count(row: &Row<'_>, at: usize) -> Result<u64, StoreError> {
    let count: i64 = get(row, at)?;
    u64::try_from(count).map_err(|_| unusable(count))
}

pub(crate) fn instant(at_ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(at_ms).map_err(|_| unusable(at_ms))
}

pub(crate) fn unusable(value: impl Display) -> StoreError {
    StoreError::Damaged(format!("a column holds the unusable value '{value}'"))
}
