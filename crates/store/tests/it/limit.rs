//! Many clients on few seats, and many write-offs from few credits.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use leasehold_model::change::{Decision, LicenseeChange};
use leasehold_model::snapshot::{LicenseeAggregate, Snapshot, Subject};
use leasehold_store::{Options, Store};
use tokio::sync::Barrier;

use crate::build::*;

pub(crate) const SEATS: i64 = 50;
const CLIENTS: usize = 64;
const ROUNDS: usize = 20;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Method {
    /// Counts and takes the seat in one decision.
    OneDecision,
    /// Looks whether a seat is free, and takes it after: what no caller may do.
    LookThenTake,
}

fn known<'a>(snapshot: &Snapshot<'a>) -> &'a LicenseeAggregate {
    match snapshot.subject {
        Subject::Known { licensee, .. } => licensee,
        Subject::Unknown { .. } => panic!("the licensee exists"),
    }
}

fn has_free_seat(snapshot: &Snapshot<'_>) -> bool {
    let license = known(snapshot).license(&license_number("F-L")).unwrap();
    license.sessions.len() < usize::try_from(SEATS).unwrap()
}

async fn decide<T>(
    store: &Store,
    decide: impl Fn(Snapshot<'_>) -> (T, Vec<LicenseeChange>) + Sync,
) -> T {
    let number = vendor("V");
    let decided = store.decide(
        &number,
        "L",
        None,
        origin("licensee.validate"),
        NOW,
        |snapshot| {
            let (outcome, changes) = decide(snapshot);
            Ok::<_, Infallible>(Decision { outcome, changes }.into())
        },
    );
    let Ok(outcome) = decided.await.unwrap();
    outcome
}

pub(crate) async fn check_out(store: &Store, session: &str, method: Method, all: &Barrier) -> bool {
    let take = || vec![hold("F-L", session, after(3600))];
    match method {
        Method::OneDecision => {
            all.wait().await;
            decide(store, |snapshot| {
                let is_free = has_free_seat(&snapshot);
                (is_free, if is_free { take() } else { Vec::new() })
            })
            .await
        }
        Method::LookThenTake => {
            let is_free = decide(store, |snapshot| (has_free_seat(&snapshot), Vec::new())).await;
            all.wait().await;
            if is_free {
                decide(store, |_| ((), take())).await;
            }
            is_free
        }
    }
}

pub(crate) async fn check_in(store: &Store, session: &str) {
    let change = LicenseeChange::DropSession {
        license: license_number("F-L"),
        session: session.into(),
    };
    decide(store, |_| ((), vec![change.clone()])).await;
}

/// Returns how many clients held a seat at most, counted from the answers, and how many were given.
async fn contend(method: Method) -> (i64, usize) {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path(), Options::default(), &["L"]).await;
    let live = Arc::new(AtomicI64::new(0));
    let most = Arc::new(AtomicI64::new(0));
    let grants = Arc::new(AtomicUsize::new(0));
    let all = Arc::new(Barrier::new(CLIENTS));
    let clients = (0..CLIENTS).map(|client| {
        let (store, all) = (store.clone(), Arc::clone(&all));
        let (live, most, grants) = (Arc::clone(&live), Arc::clone(&most), Arc::clone(&grants));
        tokio::spawn(async move {
            for _ in 0..ROUNDS {
                let session = format!("client {client}");
                if check_out(&store, &session, method, &all).await {
                    most.fetch_max(live.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    grants.fetch_add(1, Ordering::SeqCst);
                    all.wait().await;
                    live.fetch_sub(1, Ordering::SeqCst);
                    check_in(&store, &session).await;
                } else {
                    all.wait().await;
                }
                all.wait().await;
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    (most.load(Ordering::SeqCst), grants.load(Ordering::SeqCst))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_more_seats_are_given_than_there_are() {
    let (most, grants) = contend(Method::OneDecision).await;
    assert_eq!(most, SEATS);
    assert_eq!(grants, 50 * ROUNDS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_naive_method_is_caught() {
    let (most, _) = contend(Method::LookThenTake).await;
    assert!(most > SEATS, "the test would not notice: {most}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_write_off_counts_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path(), Options::default(), &["L", "K"]).await;
    let clients = (0..CLIENTS).map(|client| {
        let store = store.clone();
        tokio::spawn(async move {
            let licensee = if client % 2 == 0 { "L" } else { "K" };
            for _ in 0..10 {
                let credits = use_credits(&format!("C-{licensee}"), 1);
                apply(&store, licensee, vec![credits]).await.unwrap();
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    drop(store);
    let store = Store::open(directory.path(), Options::default()).unwrap();
    for licensee in ["L", "K"] {
        let kept = aggregate(&store, licensee).await.unwrap();
        let number = license_number(&format!("C-{licensee}"));
        assert_eq!(kept.license(&number).unwrap().used(), 320);
    }
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}
