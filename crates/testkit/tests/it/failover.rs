//! The leader of a highly available PostgreSQL is killed while two servers on it take a stream of
//! changes: the standby takes over, and nothing that was acknowledged is lost or doubled.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use leasehold_testkit::http::Client;
use leasehold_testkit::nodes::Nodes;
use leasehold_testkit::patroni::Patroni;
use tokio::task::JoinSet;

use crate::shop;

const CALLERS: usize = 8;
/// Changes before the leader is killed, and after the first that follow.
const CHANGES: u64 = 500;
/// Between two attempts of one caller.
const PAUSE: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_by_a_failover() {
    let mut patroni = Patroni::start();
    let nodes = Nodes::start(&patroni.create_database("leasehold"), 2, &[]);
    let clients = nodes.clients();
    shop::sell(&clients[0], "1000000").await;
    let stream = Arc::new(Stream::default());
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let client = clients[caller % clients.len()].clone();
        callers.spawn(Arc::clone(&stream).call(client, caller));
    }
    stream.wait_for(CHANGES, &mut callers).await;
    patroni.kill_leader();
    let killed = stream.acknowledged();
    // Of each caller, one answer may have been on its way.
    let goal = killed + CALLERS as u64 + CHANGES;
    stream.wait_for(goal, &mut callers).await;
    stream.enough.store(true, Ordering::SeqCst);
    while let Some(ended) = callers.join_next().await {
        ended.unwrap();
    }

    let acknowledged = stream.acknowledged();
    let license = clients[1].get("/license/L").await.unwrap();
    let used = license.expect_items("L")[0]
        .get("usedQuantity")
        .unwrap()
        .parse()
        .unwrap();
    let lost = acknowledged.saturating_sub(used);
    let doubled = used.saturating_sub(acknowledged);
    let told = stream.told.lock().unwrap();
    println!(
        "failover: the leader killed after {killed} changes, an outage of {:.1} s with {} attempts \
         in vain; {acknowledged} acknowledged, {lost} lost, {doubled} doubled",
        told.outage.as_secs_f64(),
        told.failures,
    );
    assert_eq!((lost, doubled), (0, 0));
    drop(told);
    assert_eq!(nodes.stop_and_verify(), None);
}

/// What all callers together have seen.
#[derive(Default)]
struct Stream {
    told: Mutex<Told>,
    enough: AtomicBool,
}

#[derive(Default)]
struct Told {
    acknowledged: u64,
    failures: u64,
    latest: Option<Instant>,
    /// The longest time between two acknowledgements.
    outage: Duration,
}

impl Stream {
    fn acknowledged(&self) -> u64 {
        self.told.lock().unwrap().acknowledged
    }

    async fn wait_for(&self, acknowledged: u64, callers: &mut JoinSet<()>) {
        while self.acknowledged() < acknowledged {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if let Some(early) = callers.try_join_next() {
                panic!("a caller ended early: {early:?}");
            }
        }
    }

    /// Makes one change after another. One that is not acknowledged, for whatever reason, is asked
    /// for again by the same key until it is.
    async fn call(self: Arc<Self>, client: Client, caller: usize) {
        for change in 0_u64.. {
            if self.enough.load(Ordering::SeqCst) {
                return;
            }
            let key = format!("{caller}-{change}");
            while !reserve(&client, &key).await {
                self.told.lock().unwrap().failures += 1;
                tokio::time::sleep(PAUSE).await;
            }
            self.acknowledge();
        }
    }

    fn acknowledge(&self) {
        let mut told = self.told.lock().unwrap();
        let now = Instant::now();
        if let Some(before) = told.latest.replace(now) {
            told.outage = told.outage.max(now - before);
        }
        told.acknowledged += 1;
    }
}

/// Reserves one credit; false when that was not acknowledged. The server says so by 503, or not at
/// all.
async fn reserve(client: &Client, key: &str) -> bool {
    let form = [("productModuleNumber0", "M"), ("reserveQuantity0", "1")];
    let request = client.request("POST", "/licensee/I/validate");
    let sent = request.header("Idempotency-Key", key).form(&form).send();
    let Ok(response) = sent.await else {
        return false;
    };
    let status = response.status().as_u16();
    let Ok(body) = response.text().await else {
        return false;
    };
    assert!(status == 200 || status == 503, "{key}: {status} {body}");
    status == 200
}
