//! The first path through everything.

use leasehold_store::{Options, Store};

use crate::build::*;

#[tokio::test]
async fn what_was_written_is_there_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path(), Options::default(), &["L1", "L2"]).await;
    apply(&store, "L1", vec![hold("F-L1", "s", after(60))])
        .await
        .unwrap();
    apply(&store, "L1", vec![use_credits("C-L1", 7)])
        .await
        .unwrap();
    let before = everything(&store, "V").await;
    let used = aggregate(&store, "L1").await.unwrap();
    assert_eq!(used.license(&license_number("C-L1")).unwrap().used(), 7);
    drop(store);
    let store = Store::open(directory.path(), Options::default()).unwrap();
    assert_eq!(everything(&store, "V").await, before);
    assert_eq!(aggregate(&store, "L1").await.unwrap(), used);
    assert_eq!(aggregate(&store, "L3").await, None);
}
