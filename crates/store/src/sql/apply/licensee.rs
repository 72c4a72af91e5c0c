//! What a licensee owns, as rows: licenses, sessions, bindings, and one row for each use.

use leasehold_model::change::LicenseeChange;
use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;
use leasehold_model::property::Given;

use super::catalogue::money;
use super::{At, Outcome, execute, outbox};
use crate::command::{LicenseePart, LicenseeStep, Use};
use crate::error::StoreError;
use crate::ids::{LicenseId, LicenseeId, ProductId, TemplateId, VendorId};
use crate::sql::row::{get, one};
use crate::sql::text::{write_properties, write_warning_levels};
use crate::sql::{Database, Value, values};

pub(super) fn create_licensee(
    db: &dyn Database,
    at: &At,
    product: ProductId,
    id: LicenseeId,
    licensee: &Licensee,
) -> Outcome {
    execute(
        db,
        "INSERT INTO licensee
            (vendor_id, id, product_id, number, active, name, secret, marked_for_transfer,
             warning_levels, properties, licenses_position)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        values![
            at.vendor.0,
            id.0,
            product.0,
            licensee.number.as_str(),
            licensee.active,
            licensee.name,
            licensee.secret.as_ref().map(|secret| secret.expose()),
            licensee.marked_for_transfer,
            licensee.warning_levels.as_ref().map(write_warning_levels),
            write_properties(&licensee.custom),
            at.position,
        ],
    )?;
    put_aliases(db, at, id, licensee)
}

fn put_aliases(db: &dyn Database, at: &At, id: LicenseeId, licensee: &Licensee) -> Outcome {
    for (place, alias) in (0_i64..).zip(&licensee.aliases) {
        execute(
            db,
            "INSERT INTO licensee_alias (vendor_id, licensee_id, place, alias)
             VALUES (?1, ?2, ?3, ?4)",
            values![at.vendor.0, id.0, place, alias.as_str()],
        )?;
    }
    Ok(())
}

fn put_licensee(db: &dyn Database, at: &At, id: LicenseeId, licensee: &Licensee) -> Outcome {
    let former: Option<Box<str>> = one(
        db,
        "SELECT number FROM licensee WHERE vendor_id = ?1 AND id = ?2",
        values![at.vendor.0, id.0],
        |row| get(row, 0),
    )?;
    let number = licensee.number.as_str();
    if let Some(former) = former.filter(|former| **former != *number) {
        outbox::rename_lane(db, at, &former, number)?;
    }
    write_licensee(db, at, id, licensee)
}

fn write_licensee(db: &dyn Database, at: &At, id: LicenseeId, licensee: &Licensee) -> Outcome {
    execute(
        db,
        "UPDATE licensee SET
            number = ?3, active = ?4, name = ?5, secret = ?6, marked_for_transfer = ?7,
            warning_levels = ?8, properties = ?9
         WHERE vendor_id = ?1 AND id = ?2",
        values![
            at.vendor.0,
            id.0,
            licensee.number.as_str(),
            licensee.active,
            licensee.name,
            licensee.secret.as_ref().map(|secret| secret.expose()),
            licensee.marked_for_transfer,
            licensee.warning_levels.as_ref().map(write_warning_levels),
            write_properties(&licensee.custom),
        ],
    )?;
    execute(
        db,
        "DELETE FROM licensee_alias WHERE vendor_id = ?1 AND licensee_id = ?2",
        values![at.vendor.0, id.0],
    )?;
    put_aliases(db, at, id, licensee)
}

pub(super) fn change_licensee(db: &dyn Database, at: &At, step: &LicenseeStep) -> Outcome {
    match &step.part {
        LicenseePart::Own(change) => change_own(db, at, step.id, change),
        LicenseePart::PutLicense {
            id,
            template,
            license,
        } => {
            licenses_changed(db, at, step.id)?;
            put_license(db, at, step.id, *id, *template, license)
        }
        LicenseePart::RemoveLicense(id, _) => {
            licenses_changed(db, at, step.id)?;
            close_usage(db, at, step.id, Some(*id))?;
            drop_sessions(db, at, (step.id, *id))?;
            execute(
                db,
                "DELETE FROM license WHERE vendor_id = ?1 AND licensee_id = ?2 AND id = ?3",
                values![at.vendor.0, step.id.0, id.0],
            )
        }
        LicenseePart::Use(id, used) => write_use(db, at, (step.id, *id), used),
        LicenseePart::License(id, change) => change_license(db, at, (step.id, *id), change),
    }
}

/// The warning levels were those of the licenses before.
pub(crate) fn licenses_changed(db: &dyn Database, at: &At, id: LicenseeId) -> Outcome {
    execute(
        db,
        "UPDATE licensee SET warning_levels = NULL, licenses_position = ?3
         WHERE vendor_id = ?1 AND id = ?2",
        values![at.vendor.0, id.0, at.position],
    )
}

fn change_own(db: &dyn Database, at: &At, id: LicenseeId, change: &LicenseeChange) -> Outcome {
    match change {
        LicenseeChange::Put(licensee) => put_licensee(db, at, id, licensee),
        LicenseeChange::StoreSecret(secret) => execute(
            db,
            "UPDATE licensee SET secret = ?3 WHERE vendor_id = ?1 AND id = ?2",
            values![at.vendor.0, id.0, secret.expose()],
        ),
        LicenseeChange::Warn(levels) => execute(
            db,
            "UPDATE licensee SET warning_levels = ?3 WHERE vendor_id = ?1 AND id = ?2",
            values![at.vendor.0, id.0, write_warning_levels(levels)],
        ),
        _ => Ok(()),
    }
}

fn put_license(
    db: &dyn Database,
    at: &At,
    licensee: LicenseeId,
    id: LicenseId,
    template: TemplateId,
    license: &License,
) -> Outcome {
    let before = used(db, at, (licensee, id))?.unwrap_or(0);
    write_off(
        db,
        at,
        (licensee, id),
        license.used() - before,
        license.used(),
    )?;
    let properties = write_properties(license.properties());
    execute(
        db,
        "INSERT INTO license
            (vendor_id, licensee_id, id, number, license_template_id, active, name,
             price_hundredths, currency, hidden, start_date, start_at_ms, used_quantity, used,
             properties)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (vendor_id, licensee_id, id) DO UPDATE SET
            number = excluded.number, license_template_id = excluded.license_template_id,
            active = excluded.active, name = excluded.name,
            price_hundredths = excluded.price_hundredths, currency = excluded.currency,
            hidden = excluded.hidden, start_date = excluded.start_date,
            start_at_ms = excluded.start_at_ms, used_quantity = excluded.used_quantity,
            used = excluded.used, properties = excluded.properties",
        &license_row(at, (licensee, id), template, license, &properties),
    )?;
    // Should it ever be deleted, the transactions that it joined still know its last number. They are
    // found by the index on licenses first: SQLite would walk through all that the vendor ever had.
    execute(
        db,
        "UPDATE transaction_license SET license = ?3
         WHERE vendor_id = ?1 AND license_id = ?2 AND license <> ?3
            AND transaction_id IN (
                SELECT transaction_id FROM transaction_license
                WHERE vendor_id = ?1 AND license_id = ?2)",
        values![at.vendor.0, id.0, license.number.as_str()],
    )?;
    drop_sessions(db, at, (licensee, id))?;
    execute(
        db,
        "DELETE FROM node_secret WHERE vendor_id = ?1 AND licensee_id = ?2 AND license_id = ?3",
        values![at.vendor.0, licensee.0, id.0],
    )?;
    put_state(db, at, (licensee, id), license)
}

/// The same for one of which nothing is there yet, of a licensee of whom nothing else was.
pub(crate) fn put_new_license(
    db: &dyn Database,
    at: &At,
    (licensee, id): Key,
    template: TemplateId,
    license: &License,
) -> Outcome {
    let used = license.used();
    write_off(db, at, (licensee, id), used, used)?;
    let properties = write_properties(license.properties());
    execute(
        db,
        "INSERT INTO license
            (vendor_id, licensee_id, id, number, license_template_id, active, name,
             price_hundredths, currency, hidden, start_date, start_at_ms, used_quantity, used,
             properties)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        &license_row(at, (licensee, id), template, license, &properties),
    )?;
    put_state(db, at, (licensee, id), license)
}

fn put_state(db: &dyn Database, at: &At, key: Key, license: &License) -> Outcome {
    for (session, expires) in &license.sessions {
        put_session(db, at, key, session, expires)?;
    }
    for (slot, secret) in &license.node_secrets {
        put_node_secret(db, at, key, *slot, secret)?;
    }
    Ok(())
}

/// The values of a license's row, in the order of its columns.
pub(crate) fn license_row<'a>(
    at: &At,
    (licensee, id): Key,
    template: TemplateId,
    license: &'a License,
    properties: &'a str,
) -> [Value<'a>; 15] {
    let (price, currency) = money(license.price.as_ref());
    let start = license.start_date.as_ref();
    let start_at = start.and_then(Given::value);
    [
        Value::Integer(Some(at.vendor.0)),
        Value::Integer(Some(licensee.0)),
        Value::Integer(Some(id.0)),
        Value::Text(Some(license.number.as_str())),
        Value::Integer(Some(template.0)),
        Value::Integer(Some(license.active.into())),
        Value::Text(license.name.as_deref()),
        Value::Integer(price),
        Value::Text(currency),
        Value::Integer(Some(license.hidden.into())),
        Value::Text(start.map(Given::text)),
        Value::Integer(start_at.map(|start| start.as_millisecond())),
        Value::Text(license.used_quantity.as_ref().map(Given::text)),
        Value::Integer(Some(license.used())),
        Value::Text(Some(properties)),
    ]
}

/// The key of a license within its vendor.
type Key = (LicenseeId, LicenseId);

fn change_license(db: &dyn Database, at: &At, key: Key, change: &LicenseeChange) -> Outcome {
    match change {
        LicenseeChange::Start { at: start, .. } => {
            let start = Given::at(*start);
            execute(
                db,
                "UPDATE license SET start_date = ?4, start_at_ms = ?5
                 WHERE vendor_id = ?1 AND licensee_id = ?2 AND id = ?3",
                values![
                    at.vendor.0,
                    key.0.0,
                    key.1.0,
                    start.text(),
                    start.value().map(|start| start.as_millisecond()),
                ],
            )
        }
        LicenseeChange::HoldSession { session, until, .. } => {
            let expires = Given::at(*until);
            put_session(db, at, key, session, &expires)
        }
        LicenseeChange::DropSession { session, .. } => drop_session(db, at.vendor, key, session),
        LicenseeChange::BindNode { slot, secret, .. } => {
            put_node_secret(db, at, key, *slot, secret)
        }
        _ => Ok(()),
    }
}

fn write_use(db: &dyn Database, at: &At, key: Key, used: &Use) -> Outcome {
    let after = used.after();
    put_used(db, at.vendor, key, after)?;
    write_off(db, at, key, after - used.before, after)
}

/// What was used of a license, in its row.
pub(crate) fn put_used(
    db: &dyn Database,
    vendor: VendorId,
    (licensee, license): Key,
    used: i64,
) -> Outcome {
    execute(
        db,
        "UPDATE license SET used_quantity = ?4, used = ?5
         WHERE vendor_id = ?1 AND licensee_id = ?2 AND id = ?3",
        values![vendor.0, licensee.0, license.0, used.to_string(), used],
    )
}

/// Of a license that goes, or whose sessions are all written anew: not everywhere does the database do
/// it by itself.
fn drop_sessions(db: &dyn Database, at: &At, (licensee, license): Key) -> Outcome {
    execute(
        db,
        "DELETE FROM session WHERE vendor_id = ?1 AND licensee_id = ?2 AND license_id = ?3",
        values![at.vendor.0, licensee.0, license.0],
    )
}

/// A seat is given back.
pub(crate) fn drop_session(
    db: &dyn Database,
    vendor: VendorId,
    (licensee, license): Key,
    session: &str,
) -> Outcome {
    execute(
        db,
        "DELETE FROM session
         WHERE vendor_id = ?1 AND licensee_id = ?2 AND license_id = ?3 AND session = ?4",
        values![vendor.0, licensee.0, license.0, session],
    )
}

/// Keeps the position where the seat was taken when a live session is renewed.
pub(crate) fn put_session(
    db: &dyn Database,
    at: &At,
    (licensee, license): Key,
    session: &str,
    expires: &Given<jiff::Timestamp>,
) -> Outcome {
    execute(
        db,
        "INSERT INTO session
            (vendor_id, licensee_id, license_id, session, expires, expires_at_ms, taken_position)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (vendor_id, licensee_id, license_id, session) DO UPDATE SET
            expires = excluded.expires, expires_at_ms = excluded.expires_at_ms,
            taken_position = CASE WHEN session.expires_at_ms > ?8
                THEN session.taken_position ELSE excluded.taken_position END",
        values![
            at.vendor.0,
            licensee.0,
            license.0,
            session,
            expires.text(),
            expires.value().map(|until| until.as_millisecond()),
            at.position,
            at.at_ms,
        ],
    )
}

fn put_node_secret(
    db: &dyn Database,
    at: &At,
    (licensee, license): Key,
    slot: u32,
    secret: &str,
) -> Outcome {
    execute(
        db,
        "INSERT INTO node_secret (vendor_id, licensee_id, license_id, slot, secret)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (vendor_id, licensee_id, license_id, slot) DO UPDATE SET
            secret = excluded.secret",
        values![at.vendor.0, licensee.0, license.0, slot, secret],
    )
}

/// What the row of a license says was used; `None` when there is none.
fn used(db: &dyn Database, at: &At, (licensee, license): Key) -> Result<Option<i64>, StoreError> {
    one(
        db,
        "SELECT used FROM license WHERE vendor_id = ?1 AND licensee_id = ?2 AND id = ?3",
        values![at.vendor.0, licensee.0, license.0],
        |row| get(row, 0),
    )
}

/// Writes down a use, or a correction: by how much, and what the license's uses come to with it.
pub(crate) fn write_off(
    db: &dyn Database,
    at: &At,
    (licensee, license): Key,
    amount: i64,
    used: i64,
) -> Outcome {
    if amount == 0 {
        return Ok(());
    }
    execute(
        db,
        "INSERT INTO usage
            (vendor_id, position, place, license_id, licensee_id, amount, used, at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        values![
            at.vendor.0,
            at.position,
            at.place,
            license.0,
            licensee.0,
            amount,
            used,
            at.at_ms,
        ],
    )
}

/// Closes the books of a license that goes, or of all that the licensee has: the sum of a license's
/// rows is always what is used of it, and a license that comes back begins at 0.
pub(super) fn close_usage(
    db: &dyn Database,
    at: &At,
    licensee: LicenseeId,
    license: Option<LicenseId>,
) -> Outcome {
    let (first, last) = license.map_or((i64::MIN, i64::MAX), |license| (license.0, license.0));
    execute(
        db,
        "INSERT INTO usage
            (vendor_id, position, place, license_id, licensee_id, amount, used, at_ms)
         SELECT vendor_id, ?5, ?6, id, licensee_id, -used, 0, ?7 FROM license
         WHERE vendor_id = ?1 AND licensee_id = ?2 AND id BETWEEN ?3 AND ?4 AND used <> 0",
        values![
            at.vendor.0,
            licensee.0,
            first,
            last,
            at.position,
            at.place,
            at.at_ms,
        ],
    )
}
