//! Tokens, keys, exports and imports.

use std::sync::Arc;

use leasehold_model::change::Change;
use leasehold_model::number::{LicenseeNumber, ProductNumber};
use leasehold_model::role::ApiKeyRole;
use leasehold_model::snapshot::StatefulRights;
use leasehold_model::token::{ApiKey, Token};
use leasehold_store::{
    Binding, Document, Generation, ImportRecord, MergedReport, SealedPackageKey, Store, StoreError,
    StoredToken, Write,
};

use super::Open;
use super::licensees::with_licensees;
use crate::build::*;

fn token(lookup: u8) -> StoredToken {
    StoredToken {
        lookup: [lookup; 32],
        sealed: vec![1, 2, 3],
        token: Token::ApiKey(ApiKey {
            active: true,
            role: ApiKeyRole::Operation,
            licensee: Some(LicenseeNumber::parse("L").unwrap()),
            expires: Some(after(3600)),
            name: Some("build server".into()),
            custom: [("place", "Ulm")].into_iter().collect(),
        }),
        response_key: Some(vec![4, 5]),
    }
}

pub(crate) async fn tokens_are_found_by_any_vendor_and_owned_by_one(engine: &impl Open) {
    let store = engine.open();
    for number in ["V", "W"] {
        let added = store.put_account(account(number), origin("vendor.add"), NOW);
        added.await.unwrap();
    }
    let put = |lookup| vec![Write::PutToken(token(lookup))];
    write(&store, "V", put(1)).await.unwrap();
    write(&store, "V", put(2)).await.unwrap();
    for number in ["V", "W"] {
        let again = write(&store, number, put(1)).await;
        assert!(matches!(again, Err(StoreError::NumberTaken(_))));
    }
    let foreign = write(&store, "W", vec![Write::RemoveToken([1; 32])]).await;
    assert!(matches!(foreign, Err(StoreError::Inapplicable(_))));
    drop(store);

    let store = engine.open();
    assert_eq!(
        store.token(&[1; 32]),
        Some((vendor("V"), Arc::new(token(1))))
    );
    let before = everything(&store, "V").await;
    assert_eq!(before["tokens"], format!("{:?}", [token(1), token(2)]));
    // Replacing a token in one edit is no collision with itself.
    let mut replaced = vec![Write::RemoveToken([1; 32])];
    replaced.extend(put(1));
    write(&store, "V", replaced).await.unwrap();
    write(&store, "V", vec![Write::RemoveToken([2; 32])])
        .await
        .unwrap();
    assert_eq!(store.token(&[2; 32]), None);
    drop(store);
    let store = engine.open();
    assert_eq!(store.token(&[2; 32]), None);
    assert!(store.token(&[1; 32]).is_some());
}

pub(crate) async fn package_key_generations_and_imports_are_kept(engine: &impl Open) {
    let store = engine.open();
    store
        .put_account(account("V"), origin("vendor.add"), NOW)
        .await
        .unwrap();
    let product = ProductNumber::parse("P").unwrap();
    let of = product.clone();
    let generation = |generation| Generation {
        product: of.clone(),
        recipient: "agent".into(),
        generation,
    };
    let key = SealedPackageKey {
        public: [7; 32],
        private: Some(vec![9; 48]),
    };
    let import = ImportRecord {
        package: "1f".into(),
        vendor: vendor("V"),
        product: product.clone(),
        generation: 2,
        digest: [3; 32],
        imported_at: NOW,
    };
    let writes = vec![
        Write::PutPackageKey(key.clone()),
        Write::PutGeneration(generation(1)),
        Write::PutImport(import.clone()),
    ];
    write(&store, "V", writes).await.unwrap();
    write(&store, "V", vec![Write::PutGeneration(generation(2))])
        .await
        .unwrap();
    drop(store);
    let store = engine.open();
    let seen = look(&store, move |view| {
        let newest = view.generation(&product, "agent").cloned();
        let none = view.generation(&product, "other").cloned();
        let imports: Vec<_> = view.imports().cloned().collect();
        (newest, none, imports, view.package_key().cloned())
    });
    assert_eq!(
        seen.await,
        (Some(generation(2)), None, vec![import], Some(key))
    );
}

pub(crate) async fn documents_are_kept_by_name(engine: &impl Open) {
    let store = engine.open();
    for number in ["V", "W"] {
        let added = store.put_account(account(number), origin("vendor.add"), NOW);
        added.await.unwrap();
    }
    let put = |name: &str, content: &[u8]| {
        vec![Write::PutDocument(Document {
            name: name.into(),
            content: content.into(),
        })]
    };
    write(&store, "V", put("base", b"one")).await.unwrap();
    write(&store, "V", put("other", b"")).await.unwrap();
    write(&store, "V", put("base", &[0, 255])).await.unwrap();
    drop(store);

    let store = engine.open();
    let of = async |number: &str, name: &'static str| {
        let owner = vendor(number);
        let read = store.read(&owner, |view| view.document(name));
        read.await.unwrap()
    };
    assert_eq!(of("V", "base").await, Some(vec![0, 255]));
    assert_eq!(of("V", "other").await, Some(Vec::new()));
    assert_eq!(of("V", "none").await, None);
    assert_eq!(of("W", "base").await, None, "another vendor's");

    let forget = || vec![Write::RemoveDocument("base".into())];
    for _ in 0..2 {
        write(&store, "V", forget()).await.unwrap();
        assert_eq!(of("V", "base").await, None);
    }
    assert_eq!(of("V", "other").await, Some(Vec::new()));
}

fn number(licensee: &str) -> LicenseeNumber {
    LicenseeNumber::parse(licensee).unwrap()
}

pub(crate) async fn bindings_are_kept_and_go_with_their_licensee(engine: &impl Open) {
    let binding = |package: &str, stateful, report| {
        Arc::new(Binding {
            package: package.into(),
            recipient: "passphrase".into(),
            generation: 3,
            since: NOW,
            stateful,
            report,
        })
    };
    let report = MergedReport {
        sequence: 7,
        digest: [9; 32],
    };
    let delegated = binding("one", StatefulRights::Delegated, Some(report));
    let held = binding("two", StatefulRights::Held, None);
    let store = with_licensees(engine, &["L", "M"]).await;
    let put = |licensee: &str, binding: &Arc<Binding>| {
        Write::PutBinding(number(licensee), Arc::clone(binding))
    };
    let writes = vec![put("L", &held), put("L", &delegated), put("M", &held)];
    write(&store, "V", writes).await.unwrap();
    let seen = async |store: &Store| {
        look(store, |view| {
            let of = |licensee| view.binding(&number(licensee)).cloned();
            let delegations = view.delegations();
            let delegations: Vec<_> = delegations.map(|(licensee, _)| licensee).collect();
            (of("L"), of("M"), delegations)
        })
        .await
    };
    let expected = (
        Some(delegated.clone()),
        Some(held.clone()),
        vec![number("L")],
    );
    assert_eq!(seen(&store).await, expected);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
    drop(store);
    let store = engine.open();
    assert_eq!(seen(&store).await, expected);

    let writes = vec![
        Write::RemoveBinding(number("M")),
        Write::Model(Change::RemoveLicensee(number("L"))),
    ];
    write(&store, "V", writes).await.unwrap();
    assert_eq!(seen(&store).await, (None, None, Vec::new()));
    let again = vec![Write::RemoveBinding(number("M"))];
    write(&store, "V", again).await.unwrap_err();
    drop(store);
    assert_eq!(seen(&engine.open()).await, (None, None, Vec::new()));
}
