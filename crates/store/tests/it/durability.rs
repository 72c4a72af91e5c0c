//! What is answered when, and what happens when the disk does not do its part. Another connection
//! to the same file plays the slow or the broken disk.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use leasehold_model::change::LicenseeChange;
use leasehold_model::licensee::WarningLevels;
use leasehold_store::{Options, Store, StoreError};
use rusqlite::Connection;

use crate::build::*;

fn other_program(directory: &Path) -> Connection {
    Connection::open(directory.join("leasehold.db")).unwrap()
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn an_answer_waits_for_what_it_rests_on() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path(), Options::default(), &["L", "K"]).await;
    let other = other_program(directory.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    {
        let mut change = pin!(apply(&store, "L", vec![use_credits("C-L", 1)]));
        assert!(poll_once(change.as_mut()).is_pending());
        let mut same = pin!(aggregate(&store, "L"));
        assert!(poll_once(same.as_mut()).is_pending());
        let mut another = pin!(aggregate(&store, "K"));
        assert!(poll_once(another.as_mut()).is_ready());
        // A cache need not be durable.
        let warn = LicenseeChange::Warn(WarningLevels::default());
        let mut cache = pin!(apply(&store, "K", vec![warn]));
        assert!(poll_once(cache.as_mut()).is_ready());

        other.execute_batch("COMMIT").unwrap();
        change.await.unwrap();
        let seen = same.await.unwrap();
        assert_eq!(seen.license(&license_number("C-L")).unwrap().used(), 1);
    }
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_full_queue_refuses_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        queue_length: 4,
        ..Options::default()
    };
    let store = store(directory.path(), options, &["L"]).await;
    let other = other_program(directory.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut accepted = Vec::new();
    // One more than the queue holds: the writer has taken what it took, and now waits with it.
    while accepted.len() < 5 {
        let mut attempt = Box::pin(apply(&store, "L", vec![use_credits("C-L", 1)]));
        match poll_once(attempt.as_mut()) {
            Poll::Pending => accepted.push(attempt),
            Poll::Ready(_) => tokio::task::yield_now().await,
        }
    }
    let refused = loop {
        let mut attempt = Box::pin(apply(&store, "L", vec![use_credits("C-L", 1)]));
        match poll_once(attempt.as_mut()) {
            Poll::Pending => accepted.push(attempt),
            Poll::Ready(answer) => break answer,
        }
    };
    assert!(matches!(refused, Err(StoreError::Busy)));
    let edited = write(&store, "V", customer("K", 1)).await;
    assert!(matches!(edited, Err(StoreError::Busy)));
    let warn = LicenseeChange::Warn(WarningLevels::default());
    let mut cache = Box::pin(apply(&store, "L", vec![warn]));
    // Its answer waits for the changes before it, but is not refused.
    assert!(poll_once(cache.as_mut()).is_pending());
    other.execute_batch("COMMIT").unwrap();
    let count = i64::try_from(accepted.len()).unwrap();
    for attempt in accepted {
        attempt.await.unwrap();
    }
    cache.await.unwrap();
    let kept = aggregate(&store, "L").await.unwrap();
    assert_eq!(kept.license(&license_number("C-L")).unwrap().used(), count);
    assert_eq!(aggregate(&store, "K").await, None);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_failed_commit_stops_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path(), Options::default(), &["L"]).await;
    apply(&store, "L", vec![use_credits("C-L", 1)])
        .await
        .unwrap();
    let before = everything(&store, "V").await;
    let other = other_program(directory.path());
    other
        .execute_batch(
            "CREATE TRIGGER broken BEFORE INSERT ON usage
             BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
        )
        .unwrap();
    {
        let mut stopped = pin!(store.stopped());
        assert!(poll_once(stopped.as_mut()).is_pending());
        let failed = apply(&store, "L", vec![use_credits("C-L", 1)]).await;
        assert!(matches!(failed, Err(StoreError::Stopped)));
        stopped.await;
    }
    let account = store
        .put_account(account("W"), origin("vendor.add"), NOW)
        .await;
    assert!(matches!(account, Err(StoreError::Stopped)));
    // Memory is ahead of the disk, so that not even a look is answered.
    let looked = store.read(&vendor("V"), |_| ()).await;
    assert!(matches!(looked, Err(StoreError::Stopped)));
    let decided = apply(&store, "L", Vec::new()).await;
    assert!(matches!(decided, Err(StoreError::Stopped)));
    drop(store);
    other.execute_batch("DROP TRIGGER broken").unwrap();
    let store = Store::open(directory.path(), Options::default()).unwrap();
    assert_eq!(everything(&store, "V").await, before);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_directory_belongs_to_one_store() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("made").join("for us");
    let store = Store::open(&path, Options::default()).unwrap();
    assert_eq!(store.directory(), path);
    let second = Store::open(&path, Options::default());
    assert!(matches!(second, Err(StoreError::Locked(locked)) if locked == path));
    let clone = store.clone();
    drop(store);
    assert!(Store::open(&path, Options::default()).is_err());
    drop(clone);
    Store::open(&path, Options::default()).unwrap();

    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(&path.join("leasehold.db")), 0o600);
    assert_eq!(mode(&path.join("LOCK")), 0o600);
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    drop(Store::open(directory.path(), Options::default()).unwrap());
    other_program(directory.path())
        .execute("UPDATE schema_version SET version = version + 1", [])
        .unwrap();
    let opened = Store::open(directory.path(), Options::default());
    assert!(matches!(opened, Err(StoreError::NewerSchema { found, known }) if found == known + 1));
}

#[test]
fn a_store_is_shared_among_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Store>();
    fn sent<T: Send>(_: &T) {}
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), Options::default()).unwrap();
    sent(&apply(&store, "L", Vec::new()));
    sent(&write(&store, "V", Vec::new()));
    sent(&everything(&store, "V"));
}
