//! Backups, taken while the store runs, and put back.

use leasehold_store::{Options, Store, StoreError, restore, verify_file};

use crate::build::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_taken_under_load_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let running = directory.path().join("running");
    let store = store(&running, Options::default(), &["L"]).await;
    let load = {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..200 {
                let credits = vec![use_credits("C-L", 1)];
                apply(&store, "L", credits).await.unwrap();
            }
        })
    };
    let backups: Vec<_> = (0..5)
        .map(|at| directory.path().join(format!("backup {at}")))
        .collect();
    for (at, backup) in backups.iter().enumerate() {
        let used = aggregate(&store, "L").await.unwrap();
        let acknowledged = used.license(&license_number("C-L")).unwrap().used();
        store.backup(backup).await.unwrap();
        assert_eq!(verify_file(backup).unwrap(), Vec::<String>::new());
        // What was acknowledged before the backup began is in it.
        let restored = directory.path().join(format!("restored {at}"));
        restore(backup, &restored).unwrap();
        let copy = Store::open(&restored, Options::default()).unwrap();
        let kept = aggregate(&copy, "L").await.unwrap();
        assert!(kept.license(&license_number("C-L")).unwrap().used() >= acknowledged);
    }
    load.await.unwrap();
}

#[tokio::test]
async fn a_restored_store_is_the_one_that_was_backed_up() {
    let directory = tempfile::tempdir().unwrap();
    let running = directory.path().join("running");
    let store = store(&running, Options::default(), &["L", "K"]).await;
    let backup = directory.path().join("backup");
    store.backup(&backup).await.unwrap();
    let before = everything(&store, "V").await;
    let again = store.backup(&backup).await;
    assert!(again.is_err(), "a file that exists is not written over");
    assert_eq!(verify_file(&backup).unwrap(), Vec::<String>::new());

    let occupied = restore(&backup, &running);
    assert!(matches!(occupied, Err(StoreError::Locked(_))));
    drop(store);
    let occupied = restore(&backup, &running);
    assert!(matches!(occupied, Err(StoreError::Occupied(_))));

    let restored = directory.path().join("restored");
    restore(&backup, &restored).unwrap();
    let store = Store::open(&restored, Options::default()).unwrap();
    assert_eq!(everything(&store, "V").await, before);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

#[test]
fn what_is_no_store_is_not_restored() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    let target = directory.path().join("target");
    for content in ["", "this is no database, and never was one"] {
        std::fs::write(&file, content).unwrap();
        assert!(verify_file(&file).is_err());
        assert!(restore(&file, &target).is_err());
        // Nothing is left behind: an empty store can still be made there.
        drop(Store::open(&target, Options::default()).unwrap());
        std::fs::remove_dir_all(&target).unwrap();
    }
}
