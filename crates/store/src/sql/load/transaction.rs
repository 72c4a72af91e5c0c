//! Transactions, which are read when somebody asks for them.

use std::collections::VecDeque;

use leasehold_model::money::Currency;
use leasehold_model::number::{LicenseNumber, LicenseeNumber, TransactionNumber};
use leasehold_model::transaction::{Amounts, Transaction, TransactionSource, TransactionStatus};

use crate::error::StoreError;
use crate::ids::{LicenseId, VendorId};
use crate::sql::row::{each, get, instant, number_at, number_of, one, text_if, text_of};
use crate::sql::text::read_properties;
use crate::sql::{Database, Row, values};
use crate::write::StoredTransaction;

/// See [`crate::engine::Engine::transaction`].
pub(crate) fn transaction(
    db: &dyn Database,
    vendor: VendorId,
    number: &str,
) -> Result<Option<StoredTransaction>, StoreError> {
    let mut found = None;
    let sql = format!("{COLUMNS} WHERE vendor_id = ?1 AND number = ?2");
    each(db, &sql, values![vendor.0, number], |row| {
        found = Some((get::<i64>(row, 0)?, read(row)?));
        Ok(())
    })?;
    let Some((id, transaction)) = found else {
        return Ok(None);
    };
    let mut licenses = Vec::new();
    let sql = format!("{LICENSES} AND t.transaction_id = ?2 ORDER BY t.place");
    each(db, &sql, values![vendor.0, id], |row| {
        licenses.push(number_at(row, 1, LicenseNumber::parse)?);
        Ok(())
    })?;
    Ok(Some(StoredTransaction {
        transaction,
        licenses,
    }))
}

/// See [`crate::engine::Engine::transactions`].
pub(crate) fn transactions(
    db: &dyn Database,
    vendor: VendorId,
    visit: &mut dyn FnMut(StoredTransaction),
) -> Result<(), StoreError> {
    // Both lists in the order of the transactions, so that one walk joins them.
    let mut licenses = VecDeque::new();
    let sql = format!("{LICENSES} ORDER BY t.transaction_id, t.place");
    each(db, &sql, values![vendor.0], |row| {
        licenses.push_back((
            get::<i64>(row, 0)?,
            number_at(row, 1, LicenseNumber::parse)?,
        ));
        Ok(())
    })?;
    let sql = format!("{COLUMNS} WHERE vendor_id = ?1 ORDER BY id");
    each(db, &sql, values![vendor.0], |row| {
        let id: i64 = get(row, 0)?;
        let mut own = Vec::new();
        while licenses.front().is_some_and(|(owner, _)| *owner == id) {
            own.extend(licenses.pop_front().map(|(_, number)| number));
        }
        visit(StoredTransaction {
            transaction: read(row)?,
            licenses: own,
        });
        Ok(())
    })
}

/// See [`crate::engine::Engine::is_pending`].
pub(crate) fn is_pending(
    db: &dyn Database,
    vendor: VendorId,
    license: LicenseId,
) -> Result<bool, StoreError> {
    let is_pending = one(
        db,
        "SELECT EXISTS (
            SELECT 1 FROM transaction_license l
            JOIN vendor_transaction t ON t.vendor_id = l.vendor_id AND t.id = l.transaction_id
            WHERE l.vendor_id = ?1 AND l.license_id = ?2 AND t.status = 'PENDING')
        AND NOT EXISTS (
            SELECT 1 FROM transaction_license l
            JOIN vendor_transaction t ON t.vendor_id = l.vendor_id AND t.id = l.transaction_id
            WHERE l.vendor_id = ?1 AND l.license_id = ?2 AND t.status = 'CLOSED'
                AND t.source NOT IN ('AUTO_LICENSE_UPDATE', 'AUTO_LICENSES_TRANSFER'))",
        values![vendor.0, license.0],
        |row| get(row, 0),
    )?;
    Ok(is_pending.unwrap_or(false))
}

const COLUMNS: &str = "
    SELECT id, number, active, status, source, licensee, grand_total_hundredths,
        discount_hundredths, currency, payment_method, created_at_ms, closed_at_ms, properties
    FROM vendor_transaction";

/// A license is called by its present number as long as there is one.
const LICENSES: &str = "
    SELECT t.transaction_id, coalesce(l.number, t.license)
    FROM transaction_license t
    LEFT JOIN license l ON l.vendor_id = t.vendor_id AND l.id = t.license_id
    WHERE t.vendor_id = ?1";

fn read(row: &dyn Row) -> Result<Transaction, StoreError> {
    let licensee: Option<Box<str>> = get(row, 5)?;
    let (grand_total, discount): (Option<i64>, Option<i64>) = (get(row, 6)?, get(row, 7)?);
    let currency = text_if(row, 8, Currency::parse)?;
    let closed: Option<i64> = get(row, 11)?;
    Ok(Transaction {
        number: number_at(row, 1, TransactionNumber::parse)?,
        active: get(row, 2)?,
        status: text_of(row, 3, TransactionStatus::parse)?,
        source: text_of(row, 4, TransactionSource::parse)?,
        licensee: licensee
            .map(|number| number_of(&number, LicenseeNumber::parse))
            .transpose()?,
        amounts: match (grand_total, discount, currency) {
            (Some(grand_total), Some(discount), Some(currency)) => Some(Amounts {
                grand_total,
                discount,
                currency,
            }),
            _ => None,
        },
        payment_method: get(row, 9)?,
        created: instant(get(row, 10)?)?,
        closed: closed.map(instant).transpose()?,
        custom: text_of(row, 12, read_properties)?,
    })
}
