//! Batches of uses and seats, with a crash thinkable after each of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use leasehold_model::change::LicenseeChange;
use leasehold_model::license::License;
use leasehold_model::number::{LicenseNumber, LicenseTemplateNumber};
use leasehold_model::property::{Given, Properties};
use leasehold_model::timestamp::parse_timestamp;
use proptest::prelude::*;
use rusqlite::params;

use super::super::schema;
use super::batch::Pace;
use super::*;
use crate::command::{LicenseePart, LicenseeStep, Step};
use crate::ids::{LicenseId, TemplateId};
use crate::sql::apply::{At, apply, write_off};
use crate::sql::detail;

const VENDOR: VendorId = VendorId(1);
const LICENSEES: i64 = 4;
const LICENSES: i64 = 12;

/// What happens in a batch.
#[derive(Debug, Clone)]
enum Event {
    /// A license is used.
    Use(i64),
    /// A session takes a seat, or keeps it, for so many milliseconds.
    Hold(i64, u8, i64),
    /// A session gives its seat back.
    GiveBack(i64, u8),
    /// A license is written anew, with one session on it, or none.
    Put(i64, Option<u8>),
    /// A license is gone.
    Remove(i64),
    /// Something else is about to be done to a licensee.
    Settle(i64),
    /// The same in a command that is too large for the audit log to tell each of its steps.
    HoldFolded(i64, u8, i64),
}

/// What is to be found in the end: what was used of each license, and each session with until when it holds
/// its seat, and which row of the audit log gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Truth {
    used: BTreeMap<i64, i64>,
    sessions: BTreeMap<(i64, String), (i64, i64)>,
}

fn row(license: i64) -> LicenseRow {
    LicenseRow {
        vendor: VENDOR,
        licensee: LicenseeId(license % LICENSEES),
        license: LicenseId(license),
    }
}

fn file() -> (tempfile::TempDir, Connection) {
    file_of(schema::KNOWN)
}

/// A file of a schema.
fn file_of(version: i64) -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let mut db = Connection::open(folder.path().join("store.db")).unwrap();
    schema::migrate_to(&mut db, version, None).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
         INSERT INTO vendor (id, number, login, ttl_minutes, revision) VALUES (1, 'V', 'V', 1, 0);",
    )
    .unwrap();
    for license in 0..LICENSES {
        db.execute(
            "INSERT INTO license (vendor_id, licensee_id, id, number, license_template_id, active,
                hidden, used, properties) VALUES (1, ?1, ?2, ?3, 1, 1, 0, 0, '{}')",
            params![license % LICENSEES, license, license.to_string()],
        )
        .unwrap();
    }
    (folder, db)
}

/// What the rows say.
fn told(db: &Connection) -> Truth {
    let mut found = Truth {
        used: BTreeMap::new(),
        sessions: BTreeMap::new(),
    };
    crate::sql::row::each(
        db,
        "SELECT id, used, used_quantity FROM license",
        &[],
        |row| {
            let used = get(row, 1)?;
            let text = row.text(2)?;
            assert_eq!(text.map_or(0, |text| text.parse().unwrap()), used);
            found.used.insert(get(row, 0)?, used);
            Ok(())
        },
    )
    .unwrap();
    let sessions =
        "SELECT license_id, session, expires, expires_at_ms, taken_position FROM session";
    crate::sql::row::each(db, sessions, &[], |row| {
        let until: i64 = get(row, 3)?;
        let text = row.text(2)?.unwrap();
        assert_eq!(parse_timestamp(&text).unwrap().as_millisecond(), until);
        let session: Box<str> = get(row, 1)?;
        let key = (get(row, 0)?, session.into());
        found.sessions.insert(key, (until, get(row, 4)?));
        Ok(())
    })
    .unwrap();
    found
}

fn audit(db: &Connection, at: &At, steps: &[Step], is_folded: bool) {
    let detail = if is_folded {
        "[]".into()
    } else {
        detail::of(steps)
    };
    db.execute(
        "INSERT INTO audit (position, at_ms, vendor, actor, action, detail, previous, hash)
         VALUES (?1, ?2, 'V', '', '', ?3, zeroblob(32), zeroblob(32))",
        params![at.position, at.at_ms, detail],
    )
    .unwrap();
}

fn instant(at_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(at_ms).unwrap()
}

fn number(license: i64) -> LicenseNumber {
    LicenseNumber::parse(&license.to_string()).unwrap()
}

fn name(session: u8) -> String {
    format!("session \"{session}\"")
}

fn of_license(license: i64, change: LicenseeChange) -> Step {
    part(license, LicenseePart::License(LicenseId(license), change))
}

fn part(license: i64, part: LicenseePart) -> Step {
    let id = row(license).licensee;
    Step::Licensee(LicenseeStep { id, part })
}

fn session_row(license: i64, session: u8) -> SessionRow {
    SessionRow {
        license: row(license),
        session: name(session).into(),
    }
}

/// One event, as a command of its own: to the books, the batch and the truth.
fn write(db: &Connection, batch: &mut Batch<'_>, at: &At, event: &Event, truth: &mut Truth) {
    let mut steps = Vec::new();
    match *event {
        Event::Use(license) => {
            let Some(used) = truth.used.get_mut(&license) else {
                return audit(db, at, &[], false);
            };
            *used += 1;
            write_off(
                db,
                at,
                (row(license).licensee, LicenseId(license)),
                1,
                *used,
            )
            .unwrap();
            batch.count(row(license), *used);
        }
        Event::Hold(license, session, lasts) | Event::HoldFolded(license, session, lasts) => {
            if !truth.used.contains_key(&license) {
                return audit(db, at, &[], false);
            }
            let until = instant(at.at_ms + lasts);
            batch.hold(session_row(license, session), until, at);
            steps.push(of_license(
                license,
                LicenseeChange::HoldSession {
                    license: number(license),
                    session: name(session).into(),
                    until,
                },
            ));
            let before = truth.sessions.get(&(license, name(session)));
            let taken = match before {
                Some((until, taken)) if *until > at.at_ms => *taken,
                _ => at.position,
            };
            let held = (until.as_millisecond(), taken);
            truth.sessions.insert((license, name(session)), held);
        }
        Event::GiveBack(license, session) => {
            if !truth.used.contains_key(&license) {
                return audit(db, at, &[], false);
            }
            batch.give_back(session_row(license, session));
            steps.push(of_license(
                license,
                LicenseeChange::DropSession {
                    license: number(license),
                    session: name(session).into(),
                },
            ));
            truth.sessions.remove(&(license, name(session)));
        }
        Event::Put(license, session) => {
            batch.settle(db, VENDOR, row(license).licensee).unwrap();
            let template = LicenseTemplateNumber::parse("T").unwrap();
            let mut put = License::new(number(license), template, Properties::default());
            truth.used.insert(license, 0);
            truth.sessions.retain(|(id, _), _| *id != license);
            if let Some(session) = session {
                let until = Given::at(instant(at.at_ms + 50));
                put.sessions.insert(name(session).into(), until);
                let held = (at.at_ms + 50, at.position);
                truth.sessions.insert((license, name(session)), held);
            }
            steps.push(part(
                license,
                LicenseePart::PutLicense {
                    id: LicenseId(license),
                    template: TemplateId(1),
                    license: put,
                },
            ));
            apply(db, at, &steps[0]).unwrap();
        }
        Event::Remove(license) => {
            batch.settle(db, VENDOR, row(license).licensee).unwrap();
            let id = LicenseId(license);
            steps.push(part(
                license,
                LicenseePart::RemoveLicense(id, number(license)),
            ));
            apply(db, at, &steps[0]).unwrap();
            truth.used.remove(&license);
            truth.sessions.retain(|(id, _), _| *id != license);
        }
        Event::Settle(licensee) => {
            batch.settle(db, VENDOR, LicenseeId(licensee)).unwrap();
            let of = |truth: &Truth| {
                let mut truth = truth.clone();
                truth.used.retain(|id, _| id % LICENSEES == licensee);
                truth
                    .sessions
                    .retain(|(id, _), _| id % LICENSEES == licensee);
                truth
            };
            assert_eq!(of(&told(db)), of(truth));
        }
    }
    let is_folded = matches!(event, Event::HoldFolded(..));
    if is_folded {
        batch.fold();
    }
    audit(db, at, &steps, is_folded);
}

/// As memory reads it: the rows, completed.
fn completed(db: &Connection, backlog: &Backlog) -> Truth {
    let mut found = told(db);
    // Which row of the audit log gave a seat is nothing that memory knows.
    found
        .sessions
        .values_mut()
        .for_each(|(_, taken)| *taken = 0);
    for licensee in 0..LICENSEES {
        let Untold(rows) = backlog.of(VENDOR, LicenseeId(licensee));
        for (row, used) in rows.licenses {
            found.used.insert(row.license.0, used);
        }
        for (row, seat) in rows.sessions {
            let key = (row.license.license.0, row.session.into());
            match seat {
                Seat::Held { until, .. } => {
                    found.sessions.insert(key, (until.as_millisecond(), 0));
                }
                Seat::GivenBack => {
                    found.sessions.remove(&key);
                }
            }
        }
    }
    found
}

fn run(pace: Pace, batches: &[Vec<Event>]) {
    let (folder, db) = file();
    let path = folder.path().join("store.db");
    let backlog = Backlog::default();
    let mut sweep = Sweep::at(pace, 0);
    let mut truth = told(&db);
    let mut position = 0;
    for events in batches {
        let before = position;
        let turn = backlog.turn();
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut batch = Batch::new(&backlog);
        for event in events {
            position += 1;
            let at = At {
                vendor: VENDOR,
                position,
                place: 0,
                at_ms: position * 10,
            };
            write(&db, &mut batch, &at, event, &mut truth);
        }
        batch.sweep(&db, &mut sweep, before, position).unwrap();
        db.execute_batch("COMMIT").unwrap();
        batch.merge();
        drop(turn);

        // A batch has eight events at most, and the end of a round may leave as many for the next.
        assert!(backlog.lock().len() <= pace.most + 2 * 8);
        let mut known = truth.clone();
        known
            .sessions
            .values_mut()
            .for_each(|(_, taken)| *taken = 0);
        assert_eq!(completed(&db, &backlog), known, "as memory reads it");
        let reader = Connection::open(&path).unwrap();
        show(&reader).unwrap();
        assert_eq!(told(&reader), truth, "as it would be after a crash");
    }
    let mut other = Connection::open(&path).unwrap();
    recover(&mut other, None).unwrap();
    assert_eq!(told(&other), truth);
    assert_eq!(reached(&other).unwrap(), position);
    backlog.settle(&db, None).unwrap();
    assert_eq!(told(&db), truth);
    assert_eq!(backlog.lock().len(), 0);
}

fn event() -> impl Strategy<Value = Event> {
    let license = || 0..LICENSES;
    prop_oneof![
        8 => license().prop_map(Event::Use),
        8 => (license(), 0..3_u8, 1..60_i64)
            .prop_map(|(license, session, lasts)| Event::Hold(license, session, lasts)),
        4 => (license(), 0..3_u8).prop_map(|(license, session)| Event::GiveBack(license, session)),
        2 => (license(), prop::option::of(0..3_u8))
            .prop_map(|(license, session)| Event::Put(license, session)),
        1 => license().prop_map(Event::Remove),
        1 => (0..LICENSEES).prop_map(Event::Settle),
        1 => (license(), 0..3_u8, 1..60_i64)
            .prop_map(|(license, session, lasts)| Event::HoldFolded(license, session, lasts)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_lost_or_told_twice(
        round in 1..20_usize,
        most in 1..10_usize,
        batches in prop::collection::vec(prop::collection::vec(event(), 0..8), 1..20),
    ) {
        run(Pace { round, most }, &batches);
    }
}

#[test]
fn what_lies_before_a_finished_round_is_never_read_again() {
    let (_folder, db) = file();
    let backlog = Backlog::default();
    let pace = Pace {
        round: 16,
        most: 100,
    };
    let mut sweep = Sweep::at(pace, 0);
    let mut lag = 0;
    for position in 1..2000 {
        let mut batch = Batch::new(&backlog);
        batch.count(row(position % LICENSES), position);
        let session = session_row(position * 5 % LICENSES, 0);
        let at = At {
            vendor: VENDOR,
            position,
            place: 0,
            at_ms: position,
        };
        batch.hold(session, instant(position), &at);
        let before = position - 1;
        batch.sweep(&db, &mut sweep, before, position).unwrap();
        batch.merge();
        lag = lag.max(position - reached(&db).unwrap());
    }
    assert!(lag <= 3 * 16, "{lag}");
}

#[test]
fn what_an_older_program_left_behind_is_told_by_the_migration() {
    let (_folder, mut db) = file_of(7);
    // The license, its position and place, and what its uses come to. The last command uses it twice.
    let uses = [(3, 1, 0, 1), (5, 2, 0, 1), (3, 3, 0, 2), (3, 3, 1, 3)];
    for (license, position, place, used) in uses {
        let at = At {
            vendor: VENDOR,
            position,
            place,
            at_ms: 0,
        };
        let key = (row(license).licensee, LicenseId(license));
        write_off(&db, &at, key, 1, used).unwrap();
        if place == 0 {
            audit(&db, &at, &[], false);
        }
    }
    db.execute_batch(
        "UPDATE license SET used = 1, used_quantity = '1' WHERE id IN (3, 5);
         UPDATE settled SET position = 2;",
    )
    .unwrap();
    schema::migrate(&mut db, None).unwrap();
    let used = told(&db).used;
    assert_eq!((used[&3], used[&5], used[&7]), (3, 1, 0));
    assert_eq!(reached(&db).unwrap(), 3);
}
