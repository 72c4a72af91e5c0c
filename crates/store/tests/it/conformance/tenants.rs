//! Several vendors in one store.

use leasehold_store::StoreError;

use super::Open;
use crate::build::*;

pub(crate) async fn two_vendors_with_equal_numbers_never_meet(engine: &impl Open) {
    let store = engine.open();
    for number in ["V", "W"] {
        store
            .put_account(account(number), origin("vendor.add"), NOW)
            .await
            .unwrap();
        write(&store, number, catalogue()).await.unwrap();
        write(&store, number, customer("L", 5)).await.unwrap();
    }
    let others = everything(&store, "W").await;
    apply(&store, "L", vec![hold("F-L", "s", after(60))])
        .await
        .unwrap();
    write(&store, "V", customer("K", 5)).await.unwrap();
    let ours = everything(&store, "V").await;
    assert_eq!(everything(&store, "W").await, others);
    assert_ne!(ours["licensees"], others["licensees"]);
    let unknown = write(&store, "X", Vec::new()).await;
    assert!(matches!(unknown, Err(StoreError::UnknownVendor(_))));
    drop(store);
    let store = engine.open();
    assert_eq!(everything(&store, "V").await, ours);
    assert_eq!(everything(&store, "W").await, others);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}
