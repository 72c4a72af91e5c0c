//! Checks what is stored against itself.
//!
//! What cannot be seen from the rows alone: those cut off the end of the audit log, when nothing
//! that is left names them.

use std::collections::HashMap;

use leasehold_model::license::Terms;
use leasehold_model::property::integer;

use super::audit::{Entry, Link};
use super::row::{each, get, text};
use super::text::read_properties;
use super::{Database, Row, values};
use crate::error::StoreError;

/// Each broken invariant as a sentence.
pub(crate) fn verify(db: &dyn Database, findings: &mut Vec<String>) -> Result<(), StoreError> {
    let latest_ms = chain(db, findings)?;
    positions(db, findings)?;
    usage(db, findings)?;
    owners(db, findings)?;
    seats(db, &latest_ms, findings)
}

/// Rows of the audit log that are looked at together.
const PAGE: i64 = 4096;

/// Follows the audit log from its first row. Returns the latest instant in it of each vendor.
fn chain(
    db: &dyn Database,
    findings: &mut Vec<String>,
) -> Result<HashMap<String, i64>, StoreError> {
    let mut latest_ms = HashMap::new();
    let mut before = Link::START;
    loop {
        let (after, mut rows) = (before.position, 0);
        each(
            db,
            "SELECT position, at_ms, vendor, licensee, actor, action, detail, previous, hash
             FROM audit WHERE position > ?1 ORDER BY position LIMIT ?2",
            values![after, PAGE],
            |row| {
                let (vendor, licensee) = (text(row, 2)?, row.text(3)?);
                let (actor, action, detail) = (text(row, 4)?, text(row, 5)?, text(row, 6)?);
                let entry = Entry {
                    position: get(row, 0)?,
                    at_ms: get(row, 1)?,
                    vendor: &vendor,
                    licensee: licensee.as_deref(),
                    actor: &actor,
                    action: &action,
                    detail: &detail,
                };
                before = follow(&before, &entry, row, findings)?;
                let at_ms = entry.at_ms;
                let latest = latest_ms.entry(vendor.into_owned()).or_insert(at_ms);
                *latest = at_ms.max(*latest);
                rows += 1;
                Ok(())
            },
        )?;
        if rows < PAGE {
            return Ok(latest_ms);
        }
    }
}

/// Checks one row of the audit log against the one before it.
fn follow(
    before: &Link,
    entry: &Entry<'_>,
    row: &dyn Row,
    findings: &mut Vec<String>,
) -> Result<Link, StoreError> {
    let position = entry.position;
    let (previous, hash): (Vec<u8>, Vec<u8>) = (get(row, 7)?, get(row, 8)?);
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
            "audit row {position} (vendor '{}', {}) does not match its hash",
            entry.vendor, entry.action
        ));
    }
    Ok(Link {
        position,
        hash: hash.try_into().unwrap_or([0; 32]),
    })
}

/// Whatever names an audit row names one that is there.
fn positions(db: &dyn Database, findings: &mut Vec<String>) -> Result<(), StoreError> {
    each(
        db,
        "SELECT n.what, count(*), min(n.position) FROM (
            SELECT 'write-offs' AS what, position FROM usage
            UNION ALL SELECT 'sessions', taken_position FROM session
            UNION ALL SELECT 'licensees', licenses_position FROM licensee
         ) AS n
         WHERE NOT EXISTS (SELECT 1 FROM audit a WHERE a.position = n.position) GROUP BY n.what",
        &[],
        |row| {
            let (what, count, first): (Box<str>, i64, i64) =
                (get(row, 0)?, get(row, 1)?, get(row, 2)?);
            findings.push(format!(
                "{count} {what} name audit rows that are not there, the first is {first}"
            ));
            Ok(())
        },
    )
}

/// What was used is the sum of the write-offs, and is what the text says. That it is not more
/// than the quantity is no invariant: a licensee may overdraw where the vendor lets it.
fn usage(db: &dyn Database, findings: &mut Vec<String>) -> Result<(), StoreError> {
    each(
        db,
        "SELECT v.number, e.number, l.number, l.used, l.used_quantity,
            CAST(coalesce(u.total, 0) AS BIGINT)
         FROM license l
         JOIN vendor v ON v.id = l.vendor_id
         JOIN licensee e ON e.vendor_id = l.vendor_id AND e.id = l.licensee_id
         LEFT JOIN (
            SELECT vendor_id, licensee_id, license_id, sum(amount) AS total FROM usage
            GROUP BY vendor_id, licensee_id, license_id
         ) AS u ON u.vendor_id = l.vendor_id AND u.licensee_id = l.licensee_id
            AND u.license_id = l.id",
        &[],
        |row| {
            let (used, sum): (i64, i64) = (get(row, 3)?, get(row, 5)?);
            let meant = row.text(4)?.as_deref().and_then(integer);
            let meant = meant.unwrap_or(0).max(0);
            if used == sum && used == meant {
                return Ok(());
            }
            let (vendor, licensee, license) = (text(row, 0)?, text(row, 1)?, text(row, 2)?);
            findings.push(format!(
                "vendor '{vendor}', licensee '{licensee}', license '{license}': used is {used}, \
                 its write-offs sum up to {sum}, its usedQuantity says {meant}"
            ));
            Ok(())
        },
    )
}

/// Nothing but the program sees to it that every session is of a license.
fn owners(db: &dyn Database, findings: &mut Vec<String>) -> Result<(), StoreError> {
    each(
        db,
        "SELECT count(*) FROM session AS s WHERE NOT EXISTS (
            SELECT 1 FROM license AS l WHERE l.vendor_id = s.vendor_id
                AND l.licensee_id = s.licensee_id AND l.id = s.license_id)",
        &[],
        |row| {
            let lost: i64 = get(row, 0)?;
            if lost > 0 {
                findings.push(format!(
                    "{lost} rows of session refer to rows of license that are not there"
                ));
            }
            Ok(())
        },
    )
}

/// Sessions of one licensee and module, where a seat was given after the licenses last changed.
struct Taken {
    vendor: i64,
    licensee: i64,
    licensee_number: Box<str>,
    module: i64,
    module_number: Box<str>,
    live: i64,
}

/// No seat was given beyond the limit.
///
/// Compared are, for each licensee and module, the sessions on active licenses that are live at
/// the vendor's latest audited instant with the seats of those licenses. More sessions than seats
/// are no fault by themselves, since a vendor may lower the limit, and an import may bring
/// sessions along. They are one when a seat was given after the licenses had last been changed:
/// all that are live now were live then too, and the limit was what it is now.
fn seats(
    db: &dyn Database,
    latest_ms: &HashMap<String, i64>,
    findings: &mut Vec<String>,
) -> Result<(), StoreError> {
    for (vendor, latest_ms) in latest_ms {
        for taken in taken(db, vendor, *latest_ms)? {
            let seats = seats_of(db, &taken)?;
            if taken.live > seats {
                let (licensee, module) = (&taken.licensee_number, &taken.module_number);
                findings.push(format!(
                    "vendor '{vendor}', licensee '{licensee}', module '{module}': {} live \
                     sessions on {seats} seats",
                    taken.live
                ));
            }
        }
    }
    Ok(())
}

fn taken(db: &dyn Database, vendor: &str, latest_ms: i64) -> Result<Vec<Taken>, StoreError> {
    let mut found = Vec::new();
    each(
        db,
        "SELECT v.id, e.id, e.number, m.id, m.number, count(*)
         FROM vendor v
         JOIN session s ON s.vendor_id = v.id
         JOIN licensee e ON e.vendor_id = v.id AND e.id = s.licensee_id
         JOIN license l ON l.vendor_id = v.id AND l.licensee_id = e.id AND l.id = s.license_id
         JOIN license_template t ON t.vendor_id = v.id AND t.id = l.license_template_id
         JOIN product_module m ON m.vendor_id = v.id AND m.id = t.product_module_id
         WHERE v.number = ?1 AND s.expires_at_ms > ?2 AND l.active = 1
         GROUP BY v.id, e.id, e.number, m.id, m.number
         HAVING max(s.taken_position) > max(e.licenses_position)",
        values![vendor, latest_ms],
        |row| {
            found.push(Taken {
                vendor: get(row, 0)?,
                licensee: get(row, 1)?,
                licensee_number: get(row, 2)?,
                module: get(row, 3)?,
                module_number: get(row, 4)?,
                live: get(row, 5)?,
            });
            Ok(())
        },
    )?;
    Ok(found)
}

fn seats_of(db: &dyn Database, taken: &Taken) -> Result<i64, StoreError> {
    let mut seats = 0_i64;
    each(
        db,
        "SELECT l.properties FROM license l
         JOIN license_template t ON t.vendor_id = l.vendor_id AND t.id = l.license_template_id
         WHERE l.vendor_id = ?1 AND l.licensee_id = ?2 AND t.product_module_id = ?3
            AND l.active = 1",
        values![taken.vendor, taken.licensee, taken.module],
        |row| {
            let properties = read_properties(&text(row, 0)?).unwrap_or_default();
            seats = seats.saturating_add(Terms::read(&properties).max_sessions);
            Ok(())
        },
    )?;
    Ok(seats)
}
