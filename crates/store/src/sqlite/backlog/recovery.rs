//! Rows that were behind when the file was left, from what was written behind the last round.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::super::failed;
use super::super::seal::{self, Watch};
use super::{LicenseRow, Rows, Seat, SessionRow, newest, reach, reached};
use crate::error::StoreError;
use crate::ids::{LicenseId, LicenseeId, VendorId};
use crate::sql::detail::{self, OfSessions};
use crate::sql::row::{each, get, one, text};
use crate::sql::{Database, values};

/// Brings the rows up to date in a file that was left while some were behind, within one transaction.
pub(in super::super) fn recover(
    db: &mut Connection,
    watch: Option<&Watch>,
) -> Result<(), StoreError> {
    let newest = newest(db)?;
    if reached(db)? == newest {
        return Ok(());
    }
    let transaction = db
        .transaction()
        .map_err(failed("bring the rows up to date"))?;
    behind(&*transaction)?.tell(&*transaction)?;
    reach(&*transaction, newest)?;
    seal::commit(&transaction, watch)
}

/// Makes a connection that only reads see the rows as they will be. Everything that names the tables
/// afterwards means this.
pub(in super::super) fn show(db: &Connection) -> Result<(), StoreError> {
    let rows = behind(db)?;
    db.execute_batch(
        "CREATE TEMP TABLE counted (
            vendor_id INTEGER, licensee_id INTEGER, id INTEGER, used INTEGER,
            PRIMARY KEY (vendor_id, licensee_id, id)
         ) WITHOUT ROWID;
         CREATE TEMP VIEW license AS
            SELECT l.vendor_id, l.licensee_id, l.id, l.number, l.license_template_id, l.active,
                l.name, l.price_hundredths, l.currency, l.hidden, l.start_date, l.start_at_ms,
                CASE WHEN b.used IS NULL THEN l.used_quantity ELSE CAST(b.used AS TEXT) END
                    AS used_quantity,
                coalesce(b.used, l.used) AS used, l.properties
            FROM main.license l LEFT JOIN counted b
                ON b.vendor_id = l.vendor_id AND b.licensee_id = l.licensee_id AND b.id = l.id;
         CREATE TEMP TABLE seat (
            vendor_id INTEGER, licensee_id INTEGER, license_id INTEGER, session TEXT,
            expires TEXT, expires_at_ms INTEGER, taken_position INTEGER, at_ms INTEGER,
            PRIMARY KEY (vendor_id, licensee_id, license_id, session)
         ) WITHOUT ROWID;
         CREATE TEMP VIEW session AS
            SELECT s.vendor_id, s.licensee_id, s.license_id, s.session, s.expires,
                s.expires_at_ms, s.taken_position
            FROM main.session s WHERE NOT EXISTS (
                SELECT 1 FROM seat b
                WHERE b.vendor_id = s.vendor_id AND b.licensee_id = s.licensee_id
                    AND b.license_id = s.license_id AND b.session = s.session)
            UNION ALL
            SELECT b.vendor_id, b.licensee_id, b.license_id, b.session, b.expires,
                b.expires_at_ms,
                CASE WHEN s.expires_at_ms > b.at_ms THEN s.taken_position
                    ELSE b.taken_position END
            FROM seat b LEFT JOIN main.session s
                ON s.vendor_id = b.vendor_id AND s.licensee_id = b.licensee_id
                    AND s.license_id = b.license_id AND s.session = b.session
            WHERE b.expires IS NOT NULL;",
    )
    .map_err(failed("read what rows do not tell yet"))?;
    for (row, used) in &rows.licenses {
        db.write(
            "INSERT INTO counted (vendor_id, licensee_id, id, used) VALUES (?1, ?2, ?3, ?4)",
            values![row.vendor.0, row.licensee.0, row.license.0, *used],
        )?;
    }
    for (row, seat) in &rows.sessions {
        let held = match seat {
            Seat::Held { taken, at_ms, .. } => Some((*taken, *at_ms)),
            Seat::GivenBack => None,
        };
        let until = seat.until();
        let until_ms = until.as_ref().and_then(|until| until.value());
        db.write(
            "INSERT INTO seat
                (vendor_id, licensee_id, license_id, session, expires, expires_at_ms,
                 taken_position, at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            values![
                row.license.vendor.0,
                row.license.licensee.0,
                row.license.license.0,
                row.session,
                until.as_ref().map(|until| until.text()),
                until_ms.map(|until| until.as_millisecond()),
                held.map(|(taken, _)| taken),
                held.map(|(_, at_ms)| at_ms),
            ],
        )?;
    }
    Ok(())
}

/// What was written since every row told all. It may name rows that tell it already: to tell them again
/// changes nothing.
fn behind(db: &dyn Database) -> Result<Rows, StoreError> {
    let reached = reached(db)?;
    Ok(Rows {
        licenses: licenses(db, reached)?,
        sessions: sessions(db, reached)?,
    })
}

/// By the table of uses.
fn licenses(db: &dyn Database, reached: i64) -> Result<BTreeMap<LicenseRow, i64>, StoreError> {
    let mut found = BTreeMap::new();
    each(
        db,
        "SELECT u.vendor_id, u.licensee_id, u.license_id, u.used
         FROM vendor v JOIN usage u ON u.vendor_id = v.id AND u.position > ?1
         ORDER BY u.vendor_id, u.position, u.place",
        values![reached],
        |row| {
            let license = LicenseRow {
                vendor: VendorId(get(row, 0)?),
                licensee: LicenseeId(get(row, 1)?),
                license: LicenseId(get(row, 2)?),
            };
            found.insert(license, get(row, 3)?);
            Ok(())
        },
    )?;
    Ok(found)
}

/// By the audit log.
fn sessions(db: &dyn Database, reached: i64) -> Result<BTreeMap<SessionRow, Seat>, StoreError> {
    let mut replay = Replay::default();
    each(
        db,
        "SELECT v.id, a.position, a.at_ms, a.detail
         FROM audit a CROSS JOIN vendor v WHERE v.number = a.vendor AND a.position > ?1
         ORDER BY a.position",
        values![reached],
        |row| {
            let (vendor, position, at_ms) = (VendorId(get(row, 0)?), get(row, 1)?, get(row, 2)?);
            replay
                .command(vendor, position, at_ms, &text(row, 3)?)
                .ok_or_else(|| {
                    StoreError::Damaged(format!(
                        "the audit log's row {position} does not tell what was done to sessions"
                    ))
                })
        },
    )?;
    replay.seats(db)
}

/// The sessions of each license, as far as the log tells of them.
#[derive(Debug, Default)]
struct Replay(BTreeMap<(VendorId, LicenseId), BTreeMap<Box<str>, Seat>>);

impl Replay {
    /// Takes in one row of the log. `None`: it cannot be read.
    fn command(&mut self, vendor: VendorId, position: i64, at_ms: i64, detail: &str) -> Option<()> {
        for step in detail::of_sessions(detail)? {
            match step {
                OfSessions::Held(license, session, until) => {
                    let sessions = self.0.entry((vendor, license)).or_default();
                    let before = sessions.get(&*session).copied();
                    let seat = Seat::held(before, until, position, at_ms);
                    sessions.insert(session.into(), seat);
                }
                OfSessions::GivenBack(license, session) => {
                    let sessions = self.0.entry((vendor, license)).or_default();
                    sessions.insert(session.into(), Seat::GivenBack);
                }
                // Its rows were written with it, and what had happened before was told to them first.
                OfSessions::Rewritten(license) => {
                    self.0.remove(&(vendor, license));
                }
            }
        }
        Some(())
    }

    /// By their rows. Of a license that is gone there are none.
    fn seats(self, db: &dyn Database) -> Result<BTreeMap<SessionRow, Seat>, StoreError> {
        let mut found = BTreeMap::new();
        for ((vendor, license), sessions) in self.0 {
            let licensee = one(
                db,
                "SELECT licensee_id FROM license WHERE vendor_id = ?1 AND id = ?2",
                values![vendor.0, license.0],
                |row| get(row, 0).map(LicenseeId),
            )?;
            let Some(licensee) = licensee else {
                continue;
            };
            let license = LicenseRow {
                vendor,
                licensee,
                license,
            };
            let rows = sessions
                .into_iter()
                .map(|(session, seat)| (SessionRow { license, session }, seat));
            found.extend(rows);
        }
        Ok(found)
    }
}
