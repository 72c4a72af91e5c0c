//! Transactions, and which licenses belong to them.

use aws_lc_rs::digest::{SHA256, digest};
use leasehold_model::money::Currency;
use leasehold_model::number::{NUMBER_LENGTH, NumberKind, TransactionNumber, number_text};
use leasehold_model::transaction::Transaction;
use rusqlite::{Connection, params};

use super::{At, Outcome, execute};
use crate::command::JoinedLicense;
use crate::ids::TransactionId;
use crate::sqlite::text::write_properties;

pub(super) fn create_transaction(
    db: &Connection,
    at: &At,
    id: TransactionId,
    transaction: &Transaction,
    is_drawn: bool,
    joined: &[JoinedLicense],
) -> Outcome {
    let mut number = transaction.number.as_str().to_owned();
    let conflict = if is_drawn {
        "ON CONFLICT (vendor_id, number) DO NOTHING"
    } else {
        ""
    };
    let sql = format!(
        "INSERT INTO vendor_transaction
            (vendor_id, id, number, active, status, source, licensee, grand_total_hundredths,
             discount_hundredths, currency, payment_method, created_at_ms, closed_at_ms, properties)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) {conflict}"
    );
    let amounts = transaction.amounts;
    loop {
        let written = db.prepare_cached(&sql)?.execute(params![
            at.vendor.0,
            id.0,
            number,
            transaction.active,
            transaction.status.as_str(),
            transaction.source.as_str(),
            transaction.licensee.as_ref().map(|number| number.as_str()),
            amounts.map(|amounts| amounts.grand_total),
            amounts.map(|amounts| amounts.discount),
            amounts
                .as_ref()
                .map(|amounts| Currency::as_str(&amounts.currency)),
            transaction.payment_method,
            transaction.created.as_millisecond(),
            transaction.closed.map(|at| at.as_millisecond()),
            write_properties(&transaction.custom),
        ])?;
        if written == 1 {
            break;
        }
        number = another(&number);
    }
    join(db, at, id.0, joined)
}

pub(super) fn update_transaction(
    db: &Connection,
    at: &At,
    former: &TransactionNumber,
    transaction: &Transaction,
    joined: &[JoinedLicense],
) -> Outcome {
    let amounts = transaction.amounts;
    execute(
        db,
        "UPDATE vendor_transaction SET
            number = ?3, active = ?4, status = ?5, source = ?6, licensee = ?7,
            grand_total_hundredths = ?8, discount_hundredths = ?9, currency = ?10,
            payment_method = ?11, created_at_ms = ?12, closed_at_ms = ?13, properties = ?14
         WHERE vendor_id = ?1 AND number = ?2",
        params![
            at.vendor.0,
            former.as_str(),
            transaction.number.as_str(),
            transaction.active,
            transaction.status.as_str(),
            transaction.source.as_str(),
            transaction.licensee.as_ref().map(|number| number.as_str()),
            amounts.map(|amounts| amounts.grand_total),
            amounts.map(|amounts| amounts.discount),
            amounts
                .as_ref()
                .map(|amounts| Currency::as_str(&amounts.currency)),
            transaction.payment_method,
            transaction.created.as_millisecond(),
            transaction.closed.map(|at| at.as_millisecond()),
            write_properties(&transaction.custom),
        ],
    )?;
    if joined.is_empty() {
        return Ok(());
    }
    let id = db
        .prepare_cached("SELECT id FROM vendor_transaction WHERE vendor_id = ?1 AND number = ?2")?
        .query_row(params![at.vendor.0, transaction.number.as_str()], |row| {
            row.get(0)
        })?;
    join(db, at, id, joined)
}

/// A license joins a transaction once, however often it is named.
fn join(db: &Connection, at: &At, id: i64, joined: &[JoinedLicense]) -> Outcome {
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
                WHERE vendor_id = ?1 AND transaction_id = ?2 AND license_id = ?3)",
            params![
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
