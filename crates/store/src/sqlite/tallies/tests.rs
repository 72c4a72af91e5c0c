//! Batches of uses, with a crash thinkable after each of them.

use proptest::prelude::*;
use rusqlite::params;

use super::*;
use crate::sql::apply::{At, write_off};

const VENDOR: VendorId = VendorId(1);
const LICENSEES: i64 = 4;
const LICENSES: i64 = 12;

/// What happens in a batch.
#[derive(Debug, Clone)]
enum Event {
    /// A license is used.
    Use(i64),
    /// Something else is about to be done to a licensee.
    Settle(i64),
}

fn key(license: i64) -> Key {
    (VENDOR, LicenseeId(license % LICENSEES), LicenseId(license))
}

fn file() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let mut db = Connection::open(folder.path().join("store.db")).unwrap();
    super::super::schema::migrate(&mut db, None).unwrap();
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

/// What the rows say was used, in the order of the licenses.
fn used(db: &Connection) -> Vec<i64> {
    let mut statement = db
        .prepare("SELECT used, used_quantity FROM license ORDER BY id")
        .unwrap();
    let rows = statement.query_map([], |row| {
        let (used, text): (i64, Option<String>) = (row.get(0)?, row.get(1)?);
        assert_eq!(text.map_or(0, |text| text.parse().unwrap()), used);
        Ok(used)
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn audit(db: &Connection, position: i64) {
    db.execute(
        "INSERT INTO audit (position, at_ms, vendor, actor, action, detail, previous, hash)
         VALUES (?1, 0, 'V', '', '', '', zeroblob(32), zeroblob(32))",
        [position],
    )
    .unwrap();
}

fn run(pace: Pace, batches: &[Vec<Event>]) {
    let (folder, db) = file();
    let tallies = Tallies::default();
    let mut sweep = Sweep::at(pace, 0);
    let mut expected = vec![0; usize::try_from(LICENSES).unwrap()];
    let mut position = 0;
    for events in batches {
        let before = position;
        let turn = tallies.turn();
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut batch = Batch::new(&tallies);
        for event in events {
            match event {
                Event::Use(license) => {
                    position += 1;
                    let (key, at) = (
                        key(*license),
                        At {
                            vendor: VENDOR,
                            position,
                            place: 0,
                            at_ms: 0,
                        },
                    );
                    let used = &mut expected[usize::try_from(*license).unwrap()];
                    *used += 1;
                    write_off(&db, &at, (key.1, key.2), 1, *used).unwrap();
                    batch.count(key, *used);
                    audit(&db, position);
                }
                Event::Settle(licensee) => {
                    batch.settle(&db, VENDOR, LicenseeId(*licensee)).unwrap();
                    for license in (0..LICENSES).filter(|license| license % LICENSEES == *licensee)
                    {
                        let at = usize::try_from(license).unwrap();
                        assert_eq!(used(&db)[at], expected[at]);
                    }
                }
            }
        }
        batch.sweep(&db, &mut sweep, before).unwrap();
        db.execute_batch("COMMIT").unwrap();
        batch.merge();
        drop(turn);

        // A batch has eight events at most, and the end of a round may leave as many for the next.
        assert!(tallies.lock().len() <= pace.most + 2 * 8);
        for license in 0..LICENSES {
            let (_, licensee, id) = key(license);
            let at = usize::try_from(license).unwrap();
            let behind = tallies.of(VENDOR, licensee);
            let told = behind.iter().find(|(behind, _)| *behind == id);
            let told = told.map_or_else(|| used(&db)[at], |(_, used)| *used);
            assert_eq!(told, expected[at], "as memory reads it");
        }
        let reader = Connection::open(folder.path().join("store.db")).unwrap();
        show(&reader).unwrap();
        assert_eq!(used(&reader), expected, "as it would be after a crash");
    }
    let mut other = Connection::open(folder.path().join("store.db")).unwrap();
    recover(&mut other, None).unwrap();
    assert_eq!(used(&other), expected);
    assert_eq!(reached(&other).unwrap(), position);
    tallies.settle(&db, None).unwrap();
    assert_eq!(used(&db), expected);
    assert!(tallies.lock().is_empty());
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => (0..LICENSES).prop_map(Event::Use),
        1 => (0..LICENSEES).prop_map(Event::Settle),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_use_is_lost_or_told_twice(
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
    let tallies = Tallies::default();
    let pace = Pace {
        round: 16,
        most: 100,
    };
    let mut sweep = Sweep::at(pace, 0);
    let mut lag = 0;
    for position in 1..2000 {
        let mut batch = Batch::new(&tallies);
        batch.count(key(position % LICENSES), position);
        batch.sweep(&db, &mut sweep, position - 1).unwrap();
        batch.merge();
        lag = lag.max(position - reached(&db).unwrap());
    }
    assert!(lag <= 3 * 16, "{lag}");
}
