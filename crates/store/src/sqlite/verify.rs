//! Checks what is stored against itself.
//!
//! What cannot be seen from the file alone: rows cut off the end of the audit log, when nothing
//! that is left names them.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

use leasehold_model::license::Terms;
use leasehold_model::property::integer;
use rusqlite::{Connection, OpenFlags, params};

use super::audit::{Entry, Link};
use super::text::read_properties;
use super::{failed, load, schema};
use crate::error::StoreError;
use crate::open::Loader;

/// Checks a file that no program has open.
pub(crate) fn verify_file(file: &Path) -> Result<Vec<String>, StoreError> {
    let db = super::open(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if schema::version(&db)? != schema::KNOWN {
        return Err(StoreError::Damaged(format!(
            "'{}' holds no store of this schema",
            file.display()
        )));
    }
    let mut findings = verify(&db)?;
    // What cannot even be read is a finding too, and whether all of it can is seen by reading it.
    if let Err(error) = load::load_all(&db, &mut Loader::new(0)) {
        findings.push(with_cause(&error));
    }
    Ok(findings)
}

/// Each broken invariant as a sentence.
pub(crate) fn verify(db: &Connection) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    let checked = (|| {
        integrity(db, &mut findings)?;
        references(db, &mut findings)?;
        let latest_ms = chain(db, &mut findings)?;
        positions(db, &mut findings)?;
        usage(db, &mut findings)?;
        seats(db, &latest_ms, &mut findings)
    })();
    match checked {
        // Pages that cannot be read end the checks; `integrity_check` has named them already.
        Err(_) if !findings.is_empty() => {}
        checked => checked.map_err(failed("check the database"))?,
    }
    Ok(findings)
}

type Outcome = Result<(), rusqlite::Error>;

fn with_cause(error: &StoreError) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn integrity(db: &Connection, findings: &mut Vec<String>) -> Outcome {
    let mut statement = db.prepare("PRAGMA integrity_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let finding: String = row.get(0)?;
        if finding != "ok" {
            findings.push(format!("the database file is damaged: {finding}"));
        }
    }
    Ok(())
}

fn references(db: &Connection, findings: &mut Vec<String>) -> Outcome {
    let mut statement = db.prepare(
        "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent, count): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        findings.push(format!(
            "{count} rows of {table} refer to rows of {parent} that are not there"
        ));
    }
    Ok(())
}

/// Follows the audit log from its first row. Returns the latest instant in it of each vendor.
fn chain(
    db: &Connection,
    findings: &mut Vec<String>,
) -> Result<HashMap<String, i64>, rusqlite::Error> {
    let mut latest_ms = HashMap::new();
    let mut before = Link::START;
    let mut statement = db.prepare(
        "SELECT position, at_ms, vendor, licensee, actor, action, detail, previous, hash
         FROM audit ORDER BY position",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let vendor: String = row.get(2)?;
        let licensee: Option<String> = row.get(3)?;
        let (actor, action, detail): (String, String, String) =
            (row.get(4)?, row.get(5)?, row.get(6)?);
        let (previous, hash): (Vec<u8>, Vec<u8>) = (row.get(7)?, row.get(8)?);
        let entry = Entry {
            position: row.get(0)?,
            at_ms: row.get(1)?,
            vendor: &vendor,
            licensee: licensee.as_deref(),
            actor: &actor,
            action: &action,
            detail: &detail,
        };
        let position = entry.position;
        if position != before.position + 1 {
            findings.push(format!(
                "audit rows are missing between {} and {position}",
                before.position
            ));
        }
        if previous != before.hash {
            findings.push(format!(
                "audit row {position} is not chained to the row before it"
            ));
        }
        let computed = <[u8; 32]>::try_from(previous.as_slice())
            .map(|previous| entry.hash(&previous))
            .ok();
        if computed.is_none_or(|computed| hash != computed) {
            findings.push(format!(
                "audit row {position} (vendor '{vendor}', {action}) does not match its hash"
            ));
        }
        before.position = position;
        before.hash = hash.try_into().unwrap_or([0; 32]);
        let at_ms = entry.at_ms;
        let latest = latest_ms.entry(vendor).or_insert(at_ms);
        *latest = at_ms.max(*latest);
    }
    Ok(latest_ms)
}

/// Whatever names an audit row names one that is there.
fn positions(db: &Connection, findings: &mut Vec<String>) -> Outcome {
    let mut statement = db.prepare(
        "SELECT what, count(*), min(position) FROM (
            SELECT 'write-offs' AS what, position FROM usage
            UNION ALL SELECT 'sessions', taken_position FROM session
            UNION ALL SELECT 'licensees', licenses_position FROM licensee
         ) WHERE position NOT IN (SELECT position FROM audit) GROUP BY what",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (what, count, first): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        findings.push(format!(
            "{count} {what} name audit rows that are not there, the first is {first}"
        ));
    }
    Ok(())
}

/// What was used is the sum of the write-offs, and is what the text says. That it is not more
/// than the quantity is no invariant: a licensee may overdraw where the vendor lets it.
fn usage(db: &Connection, findings: &mut Vec<String>) -> Outcome {
    let mut statement = db.prepare(
        "SELECT v.number, e.number, l.number, l.used, l.used_quantity,
            (SELECT coalesce(sum(u.amount), 0) FROM usage u
             WHERE u.vendor_id = l.vendor_id AND u.licensee_id = l.licensee_id
                AND u.license_id = l.id)
         FROM license l
         JOIN vendor v ON v.id = l.vendor_id
         JOIN licensee e ON e.vendor_id = l.vendor_id AND e.id = l.licensee_id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let used: i64 = row.get(3)?;
        let text: Option<String> = row.get(4)?;
        let sum: i64 = row.get(5)?;
        let meant = text.as_deref().and_then(integer).unwrap_or(0).max(0);
        if used == sum && used == meant {
            continue;
        }
        let (vendor, licensee, license): (String, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        findings.push(format!(
            "vendor '{vendor}', licensee '{licensee}', license '{license}': used is {used}, \
             its write-offs sum up to {sum}, its usedQuantity says {meant}"
        ));
    }
    Ok(())
}

/// No seat was given beyond the limit.
///
/// Compared are, for each licensee and module, the sessions on active licenses that are live at
/// the vendor's latest audited instant with the seats of those licenses. More sessions than seats
/// are no fault by themselves, since a vendor may lower the limit, and an import may bring
/// sessions along. They are one when a seat was given after the licenses had last been changed:
/// all that are live now were live then too, and the limit was what it is now.
fn seats(db: &Connection, latest_ms: &HashMap<String, i64>, findings: &mut Vec<String>) -> Outcome {
    for (vendor, latest_ms) in latest_ms {
        let mut statement = db.prepare(
            "SELECT v.id, e.id, e.number, m.id, m.number, count(*)
             FROM vendor v
             JOIN session s ON s.vendor_id = v.id
             JOIN licensee e ON e.vendor_id = v.id AND e.id = s.licensee_id
             JOIN license l ON l.vendor_id = v.id AND l.licensee_id = e.id AND l.id = s.license_id
             JOIN license_template t ON t.vendor_id = v.id AND t.id = l.license_template_id
             JOIN product_module m ON m.vendor_id = v.id AND m.id = t.product_module_id
             WHERE v.number = ?1 AND s.expires_at_ms > ?2 AND l.active
             GROUP BY v.id, e.id, m.id
             HAVING max(s.taken_position) > max(e.licenses_position)",
        )?;
        let mut rows = statement.query(params![vendor, latest_ms])?;
        while let Some(row) = rows.next()? {
            let (vendor_id, licensee_id, module_id) = (row.get(0)?, row.get(1)?, row.get(3)?);
            let live: i64 = row.get(5)?;
            let seats = seats_of(db, vendor_id, licensee_id, module_id)?;
            if live > seats {
                let (licensee, module): (String, String) = (row.get(2)?, row.get(4)?);
                findings.push(format!(
                    "vendor '{vendor}', licensee '{licensee}', module '{module}': {live} live \
                     sessions on {seats} seats"
                ));
            }
        }
    }
    Ok(())
}

fn seats_of(
    db: &Connection,
    vendor: i64,
    licensee: i64,
    module: i64,
) -> Result<i64, rusqlite::Error> {
    let mut statement = db.prepare_cached(
        "SELECT l.properties FROM license l
         JOIN license_template t ON t.vendor_id = l.vendor_id AND t.id = l.license_template_id
         WHERE l.vendor_id = ?1 AND l.licensee_id = ?2 AND t.product_module_id = ?3 AND l.active",
    )?;
    let mut rows = statement.query([vendor, licensee, module])?;
    let mut seats = 0_i64;
    while let Some(row) = rows.next()? {
        let properties = read_properties(row.get_ref(0)?.as_str()?).unwrap_or_default();
        seats = seats.saturating_add(Terms::read(&properties).max_sessions);
    }
    Ok(seats)
}
