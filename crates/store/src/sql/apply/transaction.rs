//! Transactions, and which licenses belong to them.

use crate::sql::{Database, Value, values};
use aws_lc_rs::digest::{SHA256, digest};
use leasehold_model::number::{NUMBER_LENGTH, NumberKind, TransactionNumber, number_text};
use leasehold_model::transaction::Transaction;

use super::{At, Outcome, execute};
use crate::command::JoinedLicense;
use crate::error::StoreError;
use crate::ids::TransactionId;
use crate::sql::row::{get, one};
use crate::sql::text::write_properties;

/// Writes a new transaction. Where its number was drawn, another is drawn when that one is taken.
pub(super) fn create_transaction(
    db: &dyn Database,
    at: &At,
    id: TransactionId,
    transaction: &Transaction,
    is_drawn: bool,
    joined: &[JoinedLicense],
) -> Outcome {
    if is_drawn {
        let mut number = transaction.number.as_str().to_owned();
        let unless_taken = "ON CONFLICT (vendor_id, number) DO NOTHING";
        while put(db, at, id.0, &number, transaction, unless_taken)? == 0 {
            number = another(&number);
        }
    } else {
        put(db, at, id.0, transaction.number.as_str(), transaction, "")?;
    }
    join_new(db, at, id.0, joined)
}

pub(super) fn update_transaction(
    db: &dyn Database,
    at: &At,
    former: &TransactionNumber,
    transaction: &Transaction,
    joined: &[JoinedLicense],
) -> Outcome {
    let id = one(
        db,
        "SELECT id FROM vendor_transaction WHERE vendor_id = ?1 AND number = ?2",
        values![at.vendor.0, former.as_str()],
        |row| get(row, 0),
    )?
    .ok_or_else(|| StoreError::absent("transaction", former))?;
    let in_its_place = "ON CONFLICT (vendor_id, id) DO UPDATE SET
        number = excluded.number, active = excluded.active, status = excluded.status,
        source = excluded.source, licensee = excluded.licensee,
        grand_total_hundredths = excluded.grand_total_hundredths,
        discount_hundredths = excluded.discount_hundredths, currency = excluded.currency,
        payment_method = excluded.payment_method, created_at_ms = excluded.created_at_ms,
        closed_at_ms = excluded.closed_at_ms, properties = excluded.properties";
    let number = transaction.number.as_str();
    put(db, at, id, number, transaction, in_its_place)?;
    join(db, at, id, joined)
}

/// Writes the row; `conflict` says what becomes of one that is there. Returns how many were
/// written.
fn put(
    db: &dyn Database,
    at: &At,
    id: i64,
    number: &str,
    transaction: &Transaction,
    conflict: &'static str,
) -> Result<u64, StoreError> {
    let properties = write_properties(&transaction.custom);
    let sql = format!(
        "INSERT INTO vendor_transaction
            (vendor_id, id, number, active, status, source, licensee, grand_total_hundredths,
             discount_hundredths, currency, payment_method, created_at_ms, closed_at_ms, properties)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) {conflict}"
    );
    db.execute(
        &sql,
        &transaction_row(at, id, number, transaction, &properties),
    )
}

/// The values of a transaction's row, in the order of its columns.
pub(crate) fn transaction_row<'a>(
    at: &'a At,
    id: i64,
    number: &'a str,
    transaction: &'a Transaction,
    properties: &'a str,
) -> [Value<'a>; 14] {
    let amounts = transaction.amounts.as_ref();
    let licensee = transaction.licensee.as_ref();
    [
        Value::Integer(Some(at.vendor.0)),
        Value::Integer(Some(id)),
        Value::Text(Some(number)),
        Value::Integer(Some(transaction.active.into())),
        Value::Text(Some(transaction.status.as_str())),
        Value::Text(Some(transaction.source.as_str())),
        Value::Text(licensee.map(|number| number.as_str())),
        Value::Integer(amounts.map(|amounts| amounts.grand_total)),
        Value::Integer(amounts.map(|amounts| amounts.discount)),
        Value::Text(amounts.map(|amounts| amounts.currency.as_str())),
        Value::Text(transaction.payment_method.as_deref()),
        Value::Integer(Some(transaction.created.as_millisecond())),
        Value::Integer(transaction.closed.map(|at| at.as_millisecond())),
        Value::Text(Some(properties)),
    ]
}

/// Licenses of a new transaction, each named once.
fn join_new(db: &dyn Database, at: &At, id: i64, joined: &[JoinedLicense]) -> Outcome {
    for (place, license) in (0_i64..).zip(joined) {
        execute(
            db,
            "INSERT INTO transaction_license (vendor_id, transaction_id, place, license_id, license)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            values![
                at.vendor.0,
                id,
                place,
                license.id.map(|id| id.0),
                license.number.as_str()
            ],
        )?;
    }
    Ok(())
}

/// Further licenses of a transaction. A license joins once, however often it is named.
fn join(db: &dyn Database, at: &At, id: i64, joined: &[JoinedLicense]) -> Outcome {
    for license in joined {
        execute(
            db,
            "INSERT INTO transaction_license (vendor_id, transaction_id, place, license_id, license)
             SELECT ?1, ?2,
                (SELECT coalesce(max(place), -1) + 1 FROM transaction_license
                 WHERE vendor_id = ?1 AND transaction_id = ?2),
                ?3, ?4
             WHERE ?3 IS NULL OR NOT EXISTS (
                SELECT 1 FROM transaction_license
                WHERE vendor_id = ?1 AND license_id = ?3 AND transaction_id = ?2)",
            values![
                at.vendor.0,
                id,
                license.id.map(|id| id.0),
                license.number.as_str()
            ],
        )?;
    }
    Ok(())
}

/// The number that is tried when `number` is taken: as good as drawn, and the same for the same.
fn another(number: &str) -> String {
    let digest = digest(&SHA256, number.as_bytes());
    let mut random = [0; NUMBER_LENGTH];
    for (byte, hashed) in random.iter_mut().zip(digest.as_ref()) {
        *byte = *hashed;
    }
    number_text(NumberKind::Transaction, random)
}
