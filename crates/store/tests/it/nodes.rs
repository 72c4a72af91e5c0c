//! Several nodes on one database: what one does the others see, and together they keep every limit.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::product::LicensingModel;
use leasehold_store::{
    CallKey, Decided, Options, Record, RememberedReply, Store, StoreError, Turn, Write,
};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::build::*;
use crate::cluster;
use crate::limit::{Method, SEATS, check_in, check_out};

/// Nodes that share a database, each with a data directory of its own.
struct Nodes {
    database: cluster::Database,
    directories: Vec<tempfile::TempDir>,
}

impl Nodes {
    /// `None` where there is no PostgreSQL to try it on.
    async fn new() -> Option<Self> {
        let database = cluster::database().await?;
        let directories = Vec::new();
        Some(Self {
            database,
            directories,
        })
    }

    fn open(&mut self, staleness: Duration) -> Store {
        let directory = tempfile::tempdir().unwrap();
        let options = Options {
            database: Some(self.database.url.clone()),
            staleness,
            ..Options::default()
        };
        let store = Store::open(directory.path(), options).unwrap();
        self.directories.push(directory);
        store
    }

    /// Two nodes, and on them vendor V with its catalogue and these licensees of 50 seats.
    async fn two(&mut self, staleness: Duration, licensees: &[&str]) -> [Store; 2] {
        let stores = [self.open(staleness), self.open(staleness)];
        let added = stores[0].put_account(account("V"), origin("vendor.add"), NOW);
        added.await.unwrap();
        write(&stores[0], "V", catalogue()).await.unwrap();
        for number in licensees {
            write(&stores[0], "V", customer(number, 50)).await.unwrap();
        }
        stores
    }
}

/// So long that memory is never asked to be newer in a test.
const STALE: Duration = Duration::from_secs(3600);
const NEVER_STALE: Duration = Duration::ZERO;

async fn sound(stores: &[Store]) {
    for store in stores {
        assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
    }
    let seen = everything(&stores[0], "V").await;
    for store in &stores[1..] {
        assert_eq!(everything(store, "V").await, seen);
    }
}

#[tokio::test]
async fn what_one_node_does_the_other_sees() {
    let Some(mut nodes) = Nodes::new().await else {
        return;
    };
    let [one, two] = nodes.two(NEVER_STALE, &["L"]).await;
    apply(&one, "L", vec![hold("F-L", "s", after(60))])
        .await
        .unwrap();
    let seen = aggregate(&two, "L").await.unwrap();
    assert_eq!(
        seen.license(&license_number("F-L")).unwrap().sessions.len(),
        1
    );
    let added = Write::Model(Change::PutModule {
        product: product("P").number,
        former: None,
        module: module("N", LicensingModel::Rental),
    });
    write(&two, "V", vec![added]).await.unwrap();
    assert!(look(&one, |view| view.module("N").is_some()).await);
    write(&two, "V", customer("K", 1)).await.unwrap();
    assert!(aggregate(&one, "K").await.is_some());
    write(
        &one,
        "V",
        vec![Write::Model(Change::RemoveLicensee(
            leasehold_model::number::LicenseeNumber::parse("K").unwrap(),
        ))],
    )
    .await
    .unwrap();
    assert!(aggregate(&two, "K").await.is_none());
    write(&two, "V", customer("K", 1)).await.unwrap();
    sound(&[one, two]).await;
}

#[tokio::test]
async fn what_rests_on_the_past_is_decided_anew() {
    let Some(mut nodes) = Nodes::new().await else {
        return;
    };
    let [one, two] = nodes.two(STALE, &["L"]).await;
    // Both have read the licensee, and neither hears of the other before it commits.
    for store in [&one, &two] {
        aggregate(store, "L").await.unwrap();
    }
    for _ in 0..10 {
        apply(&one, "L", vec![use_credits("C-L", 1)]).await.unwrap();
        apply(&two, "L", vec![use_credits("C-L", 1)]).await.unwrap();
    }
    for store in [&one, &two] {
        let seen = look(store, |view| {
            view.licensee("L", |_, body| {
                body.license(&license_number("C-L")).unwrap().used()
            })
        });
        assert_eq!(seen.await, Some(20));
    }
    sound(&[one, two]).await;
}

/// Clients of both nodes use credits of one licensee without a pause, until one node's have used
/// enough; returns how many each node's have used.
async fn race(stores: &[Store; 2], enough: usize) -> [usize; 2] {
    const CLIENTS: usize = 16;
    let used = [AtomicUsize::new(0), AtomicUsize::new(0)].map(Arc::new);
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS * 2 {
        let store = stores[client % 2].clone();
        let (own, used) = (Arc::clone(&used[client % 2]), used.clone());
        clients.spawn(async move {
            while used.iter().all(|used| used.load(Ordering::SeqCst) < enough) {
                apply(&store, "L", vec![use_credits("C-L", 1)])
                    .await
                    .unwrap();
                own.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    used.map(|used| used.load(Ordering::SeqCst))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_node_starves_another() {
    let Some(mut nodes) = Nodes::new().await else {
        return;
    };
    let stores = nodes.two(STALE, &["L"]).await;
    let used = race(&stores, 400).await;
    assert!(used.iter().all(|used| *used >= 40), "{used:?}");
    let stored = look(&stores[1], |view| {
        view.licensee("L", |_, body| {
            body.license(&license_number("C-L")).unwrap().used()
        })
    });
    assert_eq!(stored.await, Some(used.iter().sum::<usize>() as i64));
    sound(&stores).await;
}

#[tokio::test]
async fn edits_of_two_nodes_follow_one_another() {
    let Some(mut nodes) = Nodes::new().await else {
        return;
    };
    let [one, two] = nodes.two(STALE, &[]).await;
    let mut edits = JoinSet::new();
    for nth in 0..40 {
        let store = [&one, &two][nth % 2].clone();
        // Each number is wanted twice.
        let number = format!("L{}", nth / 2);
        edits.spawn(async move { write(&store, "V", customer(&number, 1)).await });
    }
    let mut taken = 0;
    while let Some(edited) = edits.join_next().await {
        match edited.unwrap() {
            Ok(()) => {}
            Err(StoreError::NumberTaken(_)) => taken += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(taken, 20);
    assert_eq!(look(&one, |view| view.licensee_count()).await, 20);
    sound(&[one, two]).await;
}

#[tokio::test]
async fn a_call_is_answered_once_whichever_node_it_comes_to() {
    let Some(mut nodes) = Nodes::new().await else {
        return;
    };
    let [one, two] = nodes.two(STALE, &["L"]).await;
    for store in [&one, &two] {
        aggregate(store, "L").await.unwrap();
    }
    answer(&one, [1; 32]).await.unwrap();
    let again = answer(&two, [1; 32]).await;
    assert!(matches!(again, Err(StoreError::CallAnswered)), "{again:?}");
    sound(&[one, two]).await;
}

#[tokio::test]
async fn a_call_that_was_overtaken_is_answered_all_the_same() {
    let Some(mut nodes) = Nodes::new().await else {
        return;
    };
    let [one, two] = nodes.two(STALE, &["L"]).await;
    for store in [&one, &two] {
        aggregate(store, "L").await.unwrap();
    }
    answer(&one, [1; 32]).await.unwrap();
    // Decided first on what is over, and then anew.
    answer(&two, [3; 32]).await.unwrap();
    sound(&[one, two]).await;
}

/// Uses a credit, and remembers the reply to the call of this key.
async fn answer(store: &Store, key: [u8; 32]) -> Result<(), StoreError> {
    let number = vendor("V");
    let call = CallKey {
        key,
        request: [2; 32],
    };
    let decided = store.decide(&number, "L", None, origin("test"), NOW, |_| {
        Ok::<_, Infallible>(Decided {
            outcome: (),
            denies: false,
            changes: vec![use_credits("C-L", 1)],
            records: vec![Record::Reply(RememberedReply {
                call,
                reply: "told".into(),
            })],
        })
    });
    decided.await.map(|Ok(())| ())
}

#[tokio::test]
async fn an_account_is_added_once() {
    let Some(mut nodes) = Nodes::new().await else {
        return;
    };
    let [one, two] = nodes.two(STALE, &[]).await;
    one.put_account(account("W"), origin("vendor.add"), NOW)
        .await
        .unwrap();
    let mut same_login = account("X");
    same_login.vendor.login = "w".into();
    let refused = two.put_account(same_login, origin("vendor.add"), NOW).await;
    assert!(
        matches!(refused, Err(StoreError::NumberTaken(_))),
        "{refused:?}"
    );
    write(&two, "W", catalogue()).await.unwrap();
    sound(&[one, two]).await;
}

#[tokio::test]
async fn work_is_done_by_one_node_at_a_time() {
    let Some(mut nodes) = Nodes::new().await else {
        return;
    };
    let [one, two] = nodes.two(STALE, &[]).await;
    let time = jiff::SignedDuration::from_secs(10);
    assert_eq!(one.claim("w", NOW, time).await.unwrap(), Turn::Ours);
    assert_eq!(two.claim("w", NOW, time).await.unwrap(), Turn::Others);
    assert_eq!(one.claim("w", after(9), time).await.unwrap(), Turn::Ours);
    assert_eq!(two.claim("w", after(18), time).await.unwrap(), Turn::Others);
    assert_eq!(two.claim("w", after(20), time).await.unwrap(), Turn::Ours);
    assert_eq!(
        two.claim("other", after(20), time).await.unwrap(),
        Turn::Ours
    );
}

const CLIENTS: usize = 100;

/// Clients of both nodes take seats of one licensee, hold them until all have tried, and give them
/// back, over and over; returns the most that were held at once, and how many were granted.
async fn contend(stores: &[Store; 2], method: Method) -> (usize, usize) {
    const ROUNDS: usize = 5;
    let live = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let granted = Arc::new(AtomicUsize::new(0));
    let all = Arc::new(Barrier::new(CLIENTS));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let store = stores[client % 2].clone();
        let (live, most) = (Arc::clone(&live), Arc::clone(&most));
        let (granted, all) = (Arc::clone(&granted), Arc::clone(&all));
        clients.spawn(async move {
            let session = format!("s{client}");
            for _ in 0..ROUNDS {
                let has_seat = check_out(&store, &session, method, &all).await;
                if has_seat {
                    granted.fetch_add(1, Ordering::SeqCst);
                    let now = live.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(now, Ordering::SeqCst);
                }
                all.wait().await;
                if has_seat {
                    live.fetch_sub(1, Ordering::SeqCst);
                    check_in(&store, &session).await;
                }
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    (most.load(Ordering::SeqCst), granted.load(Ordering::SeqCst))
}

async fn keep_the_limit(mut nodes: Nodes) {
    let seats = SEATS as usize;
    let stores = nodes.two(STALE, &["L"]).await;
    let (most, granted) = contend(&stores, Method::OneDecision).await;
    assert_eq!(granted, seats * 5);
    assert!(most <= seats, "{most}");
    sound(&stores).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_never_give_away_more_seats_than_there_are() {
    if let Some(nodes) = Nodes::new().await {
        keep_the_limit(nodes).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_where_every_transaction_is_serializable() {
    let Some(nodes) = Nodes::new().await else {
        return;
    };
    let name = &nodes.database.name;
    let strict =
        format!("ALTER DATABASE {name} SET default_transaction_isolation TO 'serializable'");
    cluster::run(&nodes.database.url.0, &strict).await;
    keep_the_limit(nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_naive_service_on_two_nodes_gives_away_too_many() {
    let Some(mut nodes) = Nodes::new().await else {
        return;
    };
    let stores = nodes.two(STALE, &["L"]).await;
    let (most, _) = contend(&stores, Method::LookThenTake).await;
    assert!(most > SEATS as usize, "the check catches nothing: {most}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_go_with_their_license_and_one_without_is_found() {
    let Some(mut nodes) = Nodes::new().await else {
        return;
    };
    let [one, other] = nodes.two(Duration::ZERO, &["L", "M"]).await;
    for number in ["L", "M"] {
        let session = hold(&format!("F-{number}"), "s", after(60));
        apply(&one, number, vec![session]).await.unwrap();
    }
    let changes = vec![LicenseeChange::RemoveLicense(license_number("F-L"))];
    apply(&other, "L", changes).await.unwrap();
    let gone = vec![Write::Model(Change::RemoveLicensee(licensee("M").number))];
    write(&other, "V", gone).await.unwrap();
    assert_eq!(one.verify().await.unwrap(), Vec::<String>::new());
    let lost =
        "INSERT INTO session (vendor_id, licensee_id, license_id, session, expires, taken_position)
                SELECT id, 1, 1, 's', '', 1 FROM vendor";
    cluster::run(&nodes.database.url.0, lost).await;
    let found = one.verify().await.unwrap();
    assert!(
        found.contains(&"1 rows of session refer to rows of license that are not there".to_owned()),
        "{found:?}"
    );
}
