//! Licensees, their licenses, and what is decided about them.

use std::convert::Infallible;

use leasehold_model::change::{Change, Decision, LicenseeChange};
use leasehold_model::licensee::{LicenseeSecret, WarningLevel, WarningLevels};
use leasehold_model::number::*;
use leasehold_model::property::LARGEST_INTEGER;
use leasehold_model::snapshot::Subject;
use leasehold_store::Decided;
use leasehold_store::{Store, StoreError, Write};

use super::Open;
use crate::build::*;

pub(crate) async fn with_licensees(engine: &impl Open, licensees: &[&str]) -> Store {
    let store = engine.open();
    store
        .put_account(account("V"), origin("vendor.add"), NOW)
        .await
        .unwrap();
    write(&store, "V", catalogue()).await.unwrap();
    for number in licensees {
        write(&store, "V", customer(number, 50)).await.unwrap();
    }
    store
}

pub(crate) async fn state_is_decided_and_kept(engine: &impl Open) {
    let store = with_licensees(engine, &["L"]).await;
    let levels = vec![(
        ProductModuleNumber::parse("M").unwrap(),
        WarningLevel::Yellow,
    )];
    let changes = vec![
        hold("F-L", "one", after(60)),
        hold("F-L", "two", after(60)),
        hold("F-L", "one", after(90)),
        LicenseeChange::DropSession {
            license: license_number("F-L"),
            session: "two".into(),
        },
        use_credits("C-L", 3),
        use_credits("C-L", 4),
        LicenseeChange::Start {
            license: license_number("C-L"),
            at: NOW,
        },
        LicenseeChange::BindNode {
            license: license_number("C-L"),
            slot: 4,
            secret: "node".into(),
        },
        LicenseeChange::StoreSecret(LicenseeSecret::new("secret")),
        LicenseeChange::Warn(WarningLevels(levels)),
    ];
    apply(&store, "L", changes).await.unwrap();
    let before = aggregate(&store, "L").await.unwrap();
    let floating = before.license(&license_number("F-L")).unwrap();
    assert_eq!(
        floating.sessions.keys().collect::<Vec<_>>(),
        [&"one".into()]
    );
    assert_eq!(floating.sessions["one"].value(), Some(&after(90)));
    let credits = before.license(&license_number("C-L")).unwrap();
    assert_eq!(credits.used(), 7);
    assert_eq!(&*credits.node_secrets[&4], "node");
    drop(store);
    let store = engine.open();
    assert_eq!(aggregate(&store, "L").await.unwrap(), before);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

pub(crate) async fn texts_are_kept_as_given(engine: &impl Open) {
    let store = with_licensees(engine, &["L"]).await;
    let mut odd = license("X", "Q", &[("quantity", "many"), ("color", "blue")]);
    odd.set("startDate", "2024-02-30");
    odd.set("usedQuantity", " 5");
    odd.set("sessionId_s", "tomorrow");
    write(&store, "V", vec![put_license("L", odd.clone())])
        .await
        .unwrap();
    // A text that means nothing counts as 0, and a write-off counts from there.
    apply(&store, "L", vec![use_credits("X", 2)]).await.unwrap();
    odd.set("usedQuantity", "2");
    let kept = aggregate(&store, "L").await.unwrap();
    assert_eq!(kept.license(&license_number("X")), Some(&odd));
    // The vendor corrects the count; the sum of the write-offs follows.
    odd.set("usedQuantity", "1");
    odd.set("startDate", "2024-02-29");
    let correction = LicenseeChange::PutLicense {
        former: Some(license_number("X")),
        license: odd.clone(),
    };
    write(&store, "V", vec![change("L", correction)])
        .await
        .unwrap();
    drop(store);
    let store = engine.open();
    let kept = aggregate(&store, "L").await.unwrap();
    assert_eq!(kept.license(&license_number("X")), Some(&odd));
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

pub(crate) async fn credits_stop_at_what_can_be_told(engine: &impl Open) {
    let store = with_licensees(engine, &["L"]).await;
    let most = LARGEST_INTEGER - 3;
    apply(&store, "L", vec![use_credits("C-L", most)])
        .await
        .unwrap();
    apply(&store, "L", vec![use_credits("C-L", 7)])
        .await
        .unwrap();
    let before = aggregate(&store, "L").await.unwrap();
    let used = before.license(&license_number("C-L")).unwrap().used();
    assert_eq!(used, LARGEST_INTEGER);
    drop(store);
    let store = engine.open();
    assert_eq!(aggregate(&store, "L").await.unwrap(), before);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

pub(crate) async fn aliases_lead_to_the_licensee(engine: &impl Open) {
    let store = with_licensees(engine, &["L", "K"]).await;
    let mut renamed = licensee("L2");
    renamed.aliases = vec![
        LicenseeNumber::parse("zeta").unwrap(),
        LicenseeNumber::parse("alpha").unwrap(),
    ];
    let put = |licensee| LicenseeChange::Put(licensee);
    write(&store, "V", vec![change("L", put(renamed.clone()))])
        .await
        .unwrap();
    assert_eq!(aggregate(&store, "L").await, None);
    let mut clash = licensee("K");
    clash.aliases = vec![LicenseeNumber::parse("alpha").unwrap()];
    let refused = write(&store, "V", vec![change("K", put(clash))]).await;
    assert!(matches!(refused, Err(StoreError::NumberTaken(taken)) if taken == "alpha"));
    let created = Write::Model(Change::CreateLicensee {
        product: ProductNumber::parse("P").unwrap(),
        licensee: licensee("zeta"),
    });
    let refused = write(&store, "V", vec![created]).await;
    assert!(matches!(refused, Err(StoreError::NumberTaken(_))));
    drop(store);
    let store = engine.open();
    for name in ["L2", "zeta", "alpha"] {
        let found = aggregate(&store, name).await.unwrap();
        assert_eq!(found.licensee, renamed);
    }
    assert_eq!(aggregate(&store, "L").await, None);
}

pub(crate) async fn a_license_number_is_unique_among_licensees(engine: &impl Open) {
    let store = with_licensees(engine, &["L", "K"]).await;
    let before = aggregate(&store, "L").await;
    let put = |former: Option<&str>| LicenseeChange::PutLicense {
        former: former.map(license_number),
        license: license("F-K", "T", &[]),
    };
    for former in [None, Some("F-L")] {
        let decided = apply(&store, "L", vec![put(former)]).await;
        assert!(matches!(decided, Err(StoreError::NumberTaken(taken)) if taken == "F-K"));
        let edited = write(&store, "V", vec![change("L", put(former))]).await;
        assert!(matches!(edited, Err(StoreError::NumberTaken(_))));
    }
    let foreign = apply(&store, "L", vec![use_credits("C-K", 1)]).await;
    assert!(matches!(foreign, Err(StoreError::Inapplicable(_))));
    assert_eq!(aggregate(&store, "L").await, before);
    // A decision may make licenses, and they are found at once.
    let made = LicenseeChange::PutLicense {
        former: None,
        license: license("new", "T", &[]),
    };
    apply(&store, "L", vec![made, hold("new", "s", after(9))])
        .await
        .unwrap();
    let owner = look(&store, |view| view.license_owner(&license_number("new")));
    assert_eq!(owner.await.unwrap().as_str(), "L");
}

pub(crate) async fn a_license_moves_between_licensees(engine: &impl Open) {
    let store = with_licensees(engine, &["L", "K"]).await;
    apply(&store, "L", vec![use_credits("C-L", 5)])
        .await
        .unwrap();
    let from = aggregate(&store, "L").await.unwrap();
    let moved = from.license(&license_number("C-L")).unwrap().clone();
    let writes = vec![
        change("L", LicenseeChange::RemoveLicense(moved.number.clone())),
        put_license("K", moved.clone()),
    ];
    write(&store, "V", writes).await.unwrap();
    drop(store);
    let store = engine.open();
    let to = aggregate(&store, "K").await.unwrap();
    assert_eq!(to.license(&moved.number), Some(&moved));
    assert_eq!(aggregate(&store, "L").await.unwrap().licenses.len(), 1);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

pub(crate) async fn a_licensee_goes_with_everything(engine: &impl Open) {
    let store = with_licensees(engine, &["L", "K"]).await;
    apply(&store, "L", vec![hold("F-L", "s", after(60))])
        .await
        .unwrap();
    let gone = Write::Model(Change::RemoveLicensee(LicenseeNumber::parse("L").unwrap()));
    write(&store, "V", vec![gone]).await.unwrap();
    assert_eq!(aggregate(&store, "L").await, None);
    drop(store);
    let store = engine.open();
    assert_eq!(aggregate(&store, "L").await, None);
    write(&store, "V", customer("L", 1)).await.unwrap();
    let again = aggregate(&store, "L").await.unwrap();
    assert!(
        again
            .license(&license_number("F-L"))
            .unwrap()
            .sessions
            .is_empty()
    );
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

pub(crate) async fn a_refusal_changes_nothing(engine: &impl Open) {
    let store = with_licensees(engine, &["L"]).await;
    let before = everything(&store, "V").await;
    let decided = store
        .decide(&vendor("V"), "L", None, origin("test"), NOW, |_| {
            Err::<Decided<()>, _>("no")
        })
        .await;
    assert_eq!(decided.unwrap(), Err("no"));
    let edited = store
        .edit(&vendor("V"), origin("test"), NOW, |_| {
            Err::<leasehold_store::Edit<()>, _>("no")
        })
        .await;
    assert_eq!(edited.unwrap(), Err("no"));
    assert_eq!(everything(&store, "V").await, before);
}

pub(crate) async fn an_unknown_licensee_is_seen_with_the_product_named(engine: &impl Open) {
    let store = with_licensees(engine, &[]).await;
    for (product, expected) in [(Some("P"), true), (Some("X"), false), (None, false)] {
        let seen = store
            .decide(
                &vendor("V"),
                "nobody",
                product,
                origin("test"),
                NOW,
                |snapshot| {
                    let outcome = match snapshot.subject {
                        Subject::Known { .. } => panic!("nobody is known"),
                        Subject::Unknown { number, product } => {
                            (number.to_string(), product.is_some())
                        }
                    };
                    let changes = Vec::new();
                    Ok::<_, Infallible>(Decision { outcome, changes }.into())
                },
            )
            .await;
        assert_eq!(seen.unwrap(), Ok(("nobody".into(), expected)));
    }
    let changed = apply(&store, "nobody", vec![use_credits("C", 1)]).await;
    assert!(matches!(changed, Err(StoreError::Inapplicable(_))));
    let unusable = apply(&store, " padded", Vec::new()).await;
    assert!(matches!(unusable, Err(StoreError::MalformedNumber(..))));
}
