//! A store that moves from one engine to the other, and back.

use leasehold_store::{DatabaseUrl, Location, Options, Store, StoreError, migrate};
use tempfile::TempDir;

use crate::build::*;
use crate::cluster;

async fn with_history(directory: &TempDir) {
    let store = store(directory.path(), Options::default(), &["L", "K"]).await;
    let changes = vec![use_credits("C-L", 7), hold("F-L", "s\u{1}\u{0}", after(60))];
    apply(&store, "L", changes).await.unwrap();
}

fn on(database: &DatabaseUrl) -> Options {
    Options {
        database: Some(database.clone()),
        ..Options::default()
    }
}

#[tokio::test]
async fn a_store_moves_to_a_database_and_back() {
    let Some(database) = cluster::database().await else {
        return;
    };
    let database = database.url;
    let [first, node, second] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    with_history(&first).await;
    let file = Location::Directory(first.path().into());
    let server = Location::Database(database.clone());
    let there = migrate(&file, &server).unwrap();
    assert!(there.rows.contains(&("licensee", 2)));
    assert!(there.rows.contains(&("audit", 5)));

    let before = everything(&Store::open(first.path(), Options::default()).unwrap(), "V").await;
    {
        let store = Store::open(node.path(), on(&database)).unwrap();
        assert_eq!(everything(&store, "V").await, before);
        assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
    }

    let back = Location::Directory(second.path().into());
    assert_eq!(migrate(&server, &back).unwrap(), there);
    {
        // Nothing of the log is left to be replayed.
        let file = rusqlite::Connection::open(second.path().join("leasehold.db")).unwrap();
        let behind = "SELECT (SELECT max(position) FROM audit) - position FROM settled";
        let behind: i64 = file.query_row(behind, [], |row| row.get(0)).unwrap();
        assert_eq!(behind, 0);
    }
    let store = Store::open(second.path(), Options::default()).unwrap();
    assert_eq!(everything(&store, "V").await, before);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_copied_over_something() {
    let [first, second] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    with_history(&first).await;
    with_history(&second).await;
    let [from, to] = [&first, &second].map(|place| Location::Directory(place.path().into()));
    let refused = migrate(&from, &to);
    assert!(
        matches!(refused, Err(StoreError::TargetInUse)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_database_with_a_node_is_not_copied() {
    let Some(database) = cluster::database().await else {
        return;
    };
    let database = database.url;
    let [node, target] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let _store = store(node.path(), on(&database), &["L"]).await;
    let to = Location::Directory(target.path().into());
    let refused = migrate(&Location::Database(database), &to);
    assert!(
        matches!(refused, Err(StoreError::NodesRun(1))),
        "{refused:?}"
    );
}
