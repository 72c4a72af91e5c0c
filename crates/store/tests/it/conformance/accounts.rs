//! Vendors and how they sign in.

use leasehold_store::{Account, Edit, PasswordHash, Store, StoreError, VendorView, Write};

use super::Open;
use crate::build::*;

async fn put(store: &Store, account: Account) -> Result<(), StoreError> {
    store.put_account(account, origin("vendor.put"), NOW).await
}

pub(crate) async fn an_account_is_added_and_found(engine: &impl Open) {
    let store = engine.open();
    put(&store, account("V2")).await.unwrap();
    put(&store, account("V1")).await.unwrap();
    drop(store);
    let store = engine.open();
    assert_eq!(store.accounts(), [account("V2"), account("V1")]);
    assert_eq!(store.account_by_login("v1"), Some(account("V1")));
    assert_eq!(store.account(&vendor("V2")), Some(account("V2")));
    assert_eq!(store.account_by_login("V1"), None);
}

pub(crate) async fn a_login_and_a_number_never_change(engine: &impl Open) {
    let store = engine.open();
    put(&store, account("V1")).await.unwrap();
    let mut other_login = account("V1");
    other_login.vendor.login = "other".into();
    let mut other_number = account("V2");
    other_number.vendor.login = "v1".into();
    for taken in [other_login, other_number] {
        let refused = put(&store, taken).await;
        assert!(matches!(refused, Err(StoreError::NumberTaken(_))));
    }
    assert_eq!(store.accounts(), [account("V1")]);
}

pub(crate) async fn another_password_raises_the_revision(engine: &impl Open) {
    let store = engine.open();
    put(&store, account("V")).await.unwrap();
    put(&store, account("V")).await.unwrap();
    assert_eq!(store.account(&vendor("V")).unwrap().revision, 1);
    let mut changed = account("V");
    changed.password = Some(PasswordHash("another".into()));
    put(&store, changed).await.unwrap();
    drop(store);
    let kept = engine.open().account(&vendor("V")).unwrap();
    assert_eq!(kept.revision, 2);
    assert_eq!(kept.password, Some(PasswordHash("another".into())));
}

/// With what goes along: all of it is there, or none.
pub(crate) async fn an_account_comes_with_an_edit_or_not_at_all(engine: &impl Open) {
    let store = engine.open();
    let refused = store
        .edit_with_account(account("V1"), origin("agent.import"), NOW, |_| {
            Err::<Edit<()>, _>("refused")
        })
        .await;
    assert_eq!(refused.unwrap(), Err("refused"));
    let impossible = |_: &VendorView<'_>| {
        Ok::<_, ()>(Edit {
            outcome: (),
            writes: vec![Write::RemoveToken([7; 32])],
        })
    };
    let failed = store
        .edit_with_account(account("V1"), origin("agent.import"), NOW, impossible)
        .await;
    assert!(
        matches!(failed, Err(StoreError::Inapplicable(_))),
        "{failed:?}"
    );
    assert_eq!(store.accounts(), []);
    let nothing_else = |_: &VendorView<'_>| {
        Ok::<_, ()>(Edit {
            outcome: (),
            writes: Vec::new(),
        })
    };
    let mut changed = account("V1");
    for name in ["one", "another"] {
        changed.password = Some(PasswordHash(name.into()));
        let put =
            store.edit_with_account(changed.clone(), origin("agent.import"), NOW, nothing_else);
        put.await.unwrap().unwrap();
    }
    drop(store);
    let store = engine.open();
    let kept = store.account(&vendor("V1")).unwrap();
    assert_eq!(kept.password, Some(PasswordHash("another".into())));
    assert_eq!(store.verify().await.unwrap(), [] as [&str; 0]);
}
