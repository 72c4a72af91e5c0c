//! The seal of the store: what something else has changed is refused (T7, T22).

use rusqlite::Connection;

use crate::support::package::{assets, plain, signing_key};
use crate::support::place::Place;

async fn begun() -> Place {
    let place = Place::new();
    place.put(1, &plain(&assets("P1", 1), &signing_key()));
    place.import(None).await.unwrap();
    place
}

#[tokio::test]
async fn an_edited_store_is_refused() {
    for edit in [
        "UPDATE license SET properties = replace(properties, '2', '9') WHERE number = 'L-I1'",
        "DELETE FROM license WHERE number = 'L-I1'",
        "UPDATE license SET number = 'x' WHERE number = 'L-I1';
         UPDATE license SET number = 'L-I1' WHERE number = 'L-I2';
         UPDATE license SET number = 'L-I2' WHERE number = 'x'",
        "DELETE FROM audit WHERE position = (SELECT max(position) FROM audit)",
        "UPDATE audit SET detail = '{}' WHERE position = 1",
        "DELETE FROM document WHERE name = 'trusted time'",
        "UPDATE document SET content = x'00' WHERE name = 'trusted time'",
        "UPDATE seal SET mac = NULL",
        "DELETE FROM seal",
    ] {
        let place = begun().await;
        let database = Connection::open(place.path().join("database/leasehold.db")).unwrap();
        database.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        database.execute_batch(edit).unwrap();
        drop(database);
        let refused = place.refused(12).await;
        assert!(refused.contains("cannot be used"), "{edit}: {refused}");
    }
}

#[tokio::test]
async fn a_store_without_its_key_is_refused() {
    let place = begun().await;
    std::fs::remove_file(place.path().join("database/store.key")).unwrap();
    let refused = place.import(None).await.unwrap_err();
    assert_eq!(refused.exit_code(), 12);
    assert!(refused.line().contains("edited"), "{}", refused.line());
}

#[tokio::test]
async fn what_the_agent_wrote_is_sealed() {
    let place = begun().await;
    for _ in 0..3 {
        let store = place.store();
        assert_eq!(store.verify().await.unwrap(), [] as [&str; 0]);
    }
}
