//! The books of transactions.

use leasehold_model::change::LicenseeChange;
use leasehold_model::number::{LicenseNumber, LicenseeNumber, TransactionNumber};
use leasehold_model::property::Properties;
use leasehold_model::transaction::{Transaction, TransactionSource, TransactionStatus};
use leasehold_store::{
    AutoTransaction, Record, Store, StoreError, StoredTransaction, VendorView, Write,
};

use super::Open;
use crate::build::*;

fn number(text: &str) -> TransactionNumber {
    TransactionNumber::parse(text).unwrap()
}

fn pending(text: &str) -> Transaction {
    Transaction {
        number: number(text),
        active: true,
        status: TransactionStatus::Pending,
        source: TransactionSource::Shop,
        amounts: None,
        created: NOW,
        closed: None,
        payment_method: Some("cash".into()),
        licensee: Some(LicenseeNumber::parse("L").unwrap()),
        custom: [("note", "first")].into_iter().collect(),
    }
}

fn put(former: Option<&str>, transaction: Transaction, joined: &[&str]) -> Write {
    Write::PutTransaction {
        former: former.map(number),
        transaction,
        joined: joined.iter().map(|text| license_number(text)).collect(),
    }
}

/// One that comes about by itself, whose number is drawn from `text` on.
fn automatic(text: &str, licenses: &[&str]) -> Write {
    Write::Record(Record::Transaction(AutoTransaction {
        source: TransactionSource::LicenseCreate,
        licensee: Some(LicenseeNumber::parse("L").unwrap()),
        licenses: licenses.iter().map(|text| license_number(text)).collect(),
        number: number(text),
    }))
}

async fn prepared(engine: &impl Open) -> Store {
    let store = engine.open();
    store
        .put_account(account("V"), origin("vendor.add"), NOW)
        .await
        .unwrap();
    write(&store, "V", catalogue()).await.unwrap();
    write(&store, "V", customer("L", 5)).await.unwrap();
    store
}

fn all(view: &VendorView<'_>) -> Vec<StoredTransaction> {
    let mut all = Vec::new();
    view.each_transaction(|stored| all.push(stored));
    all
}

async fn licenses(store: &Store, text: &'static str) -> Vec<LicenseNumber> {
    look(store, move |view| view.transaction(text).unwrap().licenses).await
}

pub(crate) async fn drawn_numbers_that_collide_are_drawn_anew(engine: &impl Open) {
    let store = prepared(engine).await;
    write(&store, "V", vec![put(None, pending("T"), &[])])
        .await
        .unwrap();
    // With one that is there, with each other, and within one edit.
    for _ in 0..3 {
        write(&store, "V", vec![automatic("T", &["F-L"])])
            .await
            .unwrap();
    }
    let writes = vec![automatic("T", &["C-L"]), automatic("T", &["C-L"])];
    write(&store, "V", writes).await.unwrap();
    assert!(!store.has_stopped());
    check_drawn(&store).await;
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
    drop(store);
    check_drawn(&engine.open()).await;
}

/// Six transactions of as many numbers, the first as it was given.
async fn check_drawn(store: &Store) {
    let found = look(store, all).await;
    let numbers = found.iter().map(|one| one.transaction.number.as_str());
    let mut numbers: Vec<_> = numbers.collect();
    assert_eq!((numbers.len(), numbers[0]), (6, "T"));
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 6, "{numbers:?}");
    assert_eq!(found[0].transaction, pending("T"));
    let drawn = &found[1].transaction;
    assert_eq!(drawn.status, TransactionStatus::Closed);
    assert_eq!(drawn.closed, Some(NOW));
    assert_eq!(drawn.custom, Properties::new());
    assert_eq!(found[1].licenses, [license_number("F-L")]);
}

pub(crate) async fn a_transactions_number_is_taken_once(engine: &impl Open) {
    let store = prepared(engine).await;
    let is_taken = |refused: Result<(), StoreError>| {
        assert!(
            matches!(refused, Err(StoreError::NumberTaken(_))),
            "{refused:?}"
        );
    };
    write(&store, "V", vec![put(None, pending("T"), &[])])
        .await
        .unwrap();
    is_taken(write(&store, "V", vec![put(None, pending("T"), &[])]).await);
    let two = vec![put(None, pending("A"), &[]), put(None, pending("A"), &[])];
    is_taken(write(&store, "V", two).await);
    let two = vec![
        put(None, pending("A"), &[]),
        put(Some("T"), pending("A"), &[]),
    ];
    is_taken(write(&store, "V", two).await);
    // Nothing of what was refused is there, and the store goes on.
    assert_eq!(look(&store, all).await.len(), 1);
    let freed = vec![
        put(Some("T"), pending("U"), &[]),
        put(None, pending("T"), &[]),
        put(Some("U"), pending("W"), &[]),
    ];
    write(&store, "V", freed).await.unwrap();
    let gone = write(&store, "V", vec![put(Some("U"), pending("X"), &[])]).await;
    assert!(matches!(gone, Err(StoreError::Inapplicable(_))), "{gone:?}");
    let found = look(&store, all).await;
    let numbers: Vec<_> = found
        .iter()
        .map(|one| one.transaction.number.as_str())
        .collect();
    assert_eq!(numbers, ["W", "T"]);
    assert!(!store.has_stopped());
}

pub(crate) async fn licenses_are_called_by_their_last_numbers(engine: &impl Open) {
    let store = prepared(engine).await;
    // Named twice, it joins once.
    write(
        &store,
        "V",
        vec![put(None, pending("T"), &["F-L", "C-L", "F-L"])],
    )
    .await
    .unwrap();
    let joined = vec![put(Some("T"), pending("T"), &["C-L"])];
    write(&store, "V", joined).await.unwrap();
    assert_eq!(
        licenses(&store, "T").await,
        ["F-L", "C-L"].map(license_number)
    );
    let renamed = LicenseeChange::PutLicense {
        former: Some(license_number("F-L")),
        license: license("NEW", "T", &[]),
    };
    write(&store, "V", vec![change("L", renamed)])
        .await
        .unwrap();
    assert_eq!(
        licenses(&store, "T").await,
        ["NEW", "C-L"].map(license_number)
    );
    let removed = LicenseeChange::RemoveLicense(license_number("NEW"));
    write(&store, "V", vec![change("L", removed)])
        .await
        .unwrap();
    assert_eq!(
        licenses(&store, "T").await,
        ["NEW", "C-L"].map(license_number)
    );
    // Another one takes its first number, and is not taken for it.
    let another = vec![put_license("L", license("F-L", "T", &[]))];
    write(&store, "V", another).await.unwrap();
    drop(store);

    let store = engine.open();
    assert_eq!(
        licenses(&store, "T").await,
        ["NEW", "C-L"].map(license_number)
    );
    let gone = Write::Model(leasehold_model::change::Change::RemoveLicensee(
        LicenseeNumber::parse("L").unwrap(),
    ));
    write(&store, "V", vec![gone]).await.unwrap();
    assert_eq!(
        licenses(&store, "T").await,
        ["NEW", "C-L"].map(license_number)
    );
    assert_eq!(look(&store, all).await[0].licenses.len(), 2);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

pub(crate) async fn a_license_is_pending_as_long_as_its_transaction(engine: &impl Open) {
    let store = prepared(engine).await;
    let is_pending = async |store: &Store, text: &'static str| {
        look(store, move |view| {
            view.is_license_pending(&license_number(text))
        })
        .await
    };
    assert!(!is_pending(&store, "F-L").await);
    write(&store, "V", vec![put(None, pending("T"), &["F-L"])])
        .await
        .unwrap();
    assert!(is_pending(&store, "F-L").await);
    assert!(!is_pending(&store, "C-L").await);
    assert!(!is_pending(&store, "none").await);
    drop(store);
    let store = engine.open();
    assert!(is_pending(&store, "F-L").await);
    let mut closed = pending("U");
    closed.status = TransactionStatus::Closed;
    closed.closed = Some(NOW);
    write(&store, "V", vec![put(Some("T"), closed.clone(), &[])])
        .await
        .unwrap();
    assert!(!is_pending(&store, "F-L").await);
    let found = look(&store, |view| {
        (view.transaction("T"), view.transaction("U"))
    })
    .await;
    assert_eq!(found.0, None);
    assert_eq!(found.1.unwrap().transaction, closed);
}
