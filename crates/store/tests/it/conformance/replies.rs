//! Replies that are remembered for calls that come again.

use std::convert::Infallible;
use std::sync::Arc;

use leasehold_store::{
    CallKey, Decided, Recalled, Record, RememberedReply, Store, StoreError, Write,
};

use super::Open;
use crate::build::*;

const DAY: i64 = 24 * 3600;

fn call(key: u8, request: u8) -> CallKey {
    CallKey {
        key: [key; 32],
        request: [request; 32],
    }
}

fn remember(call: CallKey, reply: &str) -> Record {
    let reply = reply.into();
    Record::Reply(RememberedReply { call, reply })
}

async fn recall(store: &Store, call: CallKey, seconds: i64) -> Recalled {
    let vendor = vendor("V");
    store.recall(&vendor, call, after(seconds)).await.unwrap()
}

/// Uses a credit of the licensee's under this key.
async fn used(store: &Store, licensee: &str, call: CallKey) -> Result<(), StoreError> {
    let changes = vec![use_credits(&format!("C-{licensee}"), 1)];
    let records = vec![remember(call, licensee)];
    let vendor = vendor("V");
    let decided = store.decide(
        &vendor,
        licensee,
        None,
        origin("licensee.validate"),
        NOW,
        |_| {
            Ok::<_, Infallible>(Decided {
                outcome: (),
                denies: false,
                changes: changes.clone(),
                records: records.clone(),
            })
        },
    );
    let Ok(()) = decided.await?;
    Ok(())
}

async fn prepared(engine: &impl Open, licensees: &[&str]) -> Store {
    let store = engine.open();
    for number in ["V", "W"] {
        let added = store.put_account(account(number), origin("vendor.add"), NOW);
        added.await.unwrap();
    }
    write(&store, "V", catalogue()).await.unwrap();
    for licensee in licensees {
        write(&store, "V", customer(licensee, 5)).await.unwrap();
    }
    store
}

pub(crate) async fn a_reply_is_remembered_for_a_day(engine: &impl Open) {
    let store = prepared(engine, &["L"]).await;
    assert_eq!(recall(&store, call(1, 1), 0).await, Recalled::New);
    write(
        &store,
        "V",
        vec![Write::Record(remember(call(1, 1), "one"))],
    )
    .await
    .unwrap();
    used(&store, "L", call(2, 1)).await.unwrap();
    check_known(&store).await;
    drop(store);
    let store = engine.open();
    check_known(&store).await;

    // A day later the key is free, before what was is forgotten and after.
    let anew = vec![Write::Record(remember(call(1, 9), "anew"))];
    write_at(&store, "V", anew, after(DAY)).await.unwrap();
    let anew = Recalled::Reply("anew".into());
    assert_eq!(recall(&store, call(1, 9), DAY).await, anew);
    store.forget(after(DAY + 1)).await.unwrap();
    assert_eq!(recall(&store, call(1, 9), DAY + 1).await, anew);
    assert_eq!(recall(&store, call(2, 1), DAY + 1).await, Recalled::New);
    drop(store);
    let store = engine.open();
    assert_eq!(recall(&store, call(1, 9), DAY + 1).await, anew);
    // Forgotten for good: even before its time would have come it is not there any more.
    assert_eq!(recall(&store, call(2, 1), 0).await, Recalled::New);
}

/// What is known of both calls, and that their keys are taken.
async fn check_known(store: &Store) {
    let known = |reply: &str| Recalled::Reply(reply.into());
    assert_eq!(recall(store, call(1, 1), 0).await, known("one"));
    assert_eq!(recall(store, call(2, 1), 0).await, known("L"));
    assert_eq!(recall(store, call(1, 2), 0).await, Recalled::OtherCall);
    assert_eq!(recall(store, call(1, 1), DAY - 1).await, known("one"));
    assert_eq!(recall(store, call(1, 1), DAY).await, Recalled::New);
    let other = vendor("W");
    let other = store.recall(&other, call(1, 1), NOW).await;
    assert_eq!(other.unwrap(), Recalled::New);
    // The same key again, by whichever way: refused, with nothing changed.
    let again = used(store, "L", call(1, 3)).await;
    assert!(matches!(again, Err(StoreError::CallAnswered)), "{again:?}");
    let writes = vec![Write::Record(remember(call(2, 1), "other"))];
    let again = write(store, "V", writes).await;
    assert!(matches!(again, Err(StoreError::CallAnswered)), "{again:?}");
    assert_eq!(recall(store, call(2, 1), 0).await, known("L"));
}

pub(crate) async fn of_two_with_one_key_one_wins(engine: &impl Open) {
    const ROUNDS: u8 = 40;
    let names = ["L0", "L1", "L2", "L3"];
    let store = Arc::new(prepared(engine, &names).await);
    for round in 0..ROUNDS {
        let mut racing = tokio::task::JoinSet::new();
        for name in names {
            let store = Arc::clone(&store);
            racing.spawn(async move { (name, used(&store, name, call(round, 1)).await) });
        }
        let mut winners = Vec::new();
        while let Some(ended) = racing.join_next().await {
            match ended.unwrap() {
                (name, Ok(())) => winners.push(name),
                (_, Err(StoreError::CallAnswered)) => {}
                (name, Err(error)) => panic!("{name}: {error}"),
            }
        }
        assert_eq!(winners.len(), 1, "round {round}");
        let reply = Recalled::Reply(winners[0].into());
        assert_eq!(recall(&store, call(round, 1), 0).await, reply);
    }
    assert!(!store.has_stopped());
    let mut total = 0;
    for name in names {
        let licensee = aggregate(&store, name).await.unwrap();
        let credits = licensee.license(&license_number(&format!("C-{name}")));
        total += credits.unwrap().used();
    }
    assert_eq!(total, i64::from(ROUNDS), "who lost has changed something");
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}
