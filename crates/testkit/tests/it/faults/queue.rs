//! More is asked than the disk takes: the queue is bounded, and so is what waits in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use leasehold_service::clock::ManualClock;
use leasehold_store::Options;
use leasehold_testkit::http::Client;
use leasehold_testkit::memory::anonymous_kb;
use leasehold_testkit::within::{PASSWORD, Server};
use tokio::task::JoinSet;

use crate::shop;

/// Changes that may wait. As many again may be in the hands of the writer.
const QUEUE: usize = 8;
const CLIENTS: usize = 64;
/// Refusals before memory is looked at first, and again.
const REFUSALS: u64 = 2_000;
/// What may come on top in between, for the allocator's own reasons.
const GROWTH_KB: u64 = 4 * 1024;

/// What the clients have seen.
#[derive(Default)]
struct Seen {
    refused: AtomicU64,
    acknowledged: AtomicU64,
    enough: AtomicBool,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_told_and_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let now: Timestamp = "2026-11-26T10:00:00Z".parse().unwrap();
    let options = Options {
        queue_length: QUEUE,
        ..Options::default()
    };
    let clock = Arc::new(ManualClock::at(now));
    let server = Server::start_with(folder.path(), clock, options).await;
    server.add_login("vendor").await;
    let client = Client::new(server.address(), "vendor", PASSWORD);
    shop::sell(&client, "1000000").await;

    let other = super::other_program(folder.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let seen = Arc::new(Seen::default());
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(reserve(client.clone(), Arc::clone(&seen)));
    }
    seen.wait_for(REFUSALS).await;
    let before_kb = anonymous_kb(std::process::id());
    seen.wait_for(3 * REFUSALS).await;
    let after_kb = anonymous_kb(std::process::id());
    // None of those who wait has been told what is not durable.
    assert_eq!(seen.acknowledged.load(Ordering::SeqCst), 0);

    seen.enough.store(true, Ordering::SeqCst);
    other.execute_batch("COMMIT").unwrap();
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    let refused = seen.refused.load(Ordering::SeqCst);
    let acknowledged = seen.acknowledged.load(Ordering::SeqCst);
    let license = client.get("/license/L").await.unwrap();
    let used = license.expect_items("L")[0]
        .get("usedQuantity")
        .map(str::to_owned);
    println!(
        "faults: a queue of {QUEUE}: {refused} refused with 503, {acknowledged} acknowledged once \
         the disk took them, {} in the books; memory {before_kb} kB and then {after_kb} kB",
        used.as_deref().unwrap_or("none")
    );
    assert_eq!(used, Some(acknowledged.to_string()));
    assert!(after_kb < before_kb + GROWTH_KB, "memory grew");
    server.stop().await;
}

/// Reserves again and again, until one is taken.
async fn reserve(client: Client, seen: Arc<Seen>) {
    let form = [("productModuleNumber0", "M"), ("reserveQuantity0", "1")];
    while !seen.enough.load(Ordering::SeqCst) {
        let reply = client.post("/licensee/I/validate", &form).await.unwrap();
        if reply.status == 200 {
            seen.acknowledged.fetch_add(1, Ordering::SeqCst);
            return;
        }
        assert_eq!(
            (reply.status, reply.retry_after_s),
            (503, Some(1)),
            "{}",
            reply.text()
        );
        let says = "The server is busy: try again shortly";
        assert!(reply.text().contains(says), "{}", reply.text());
        seen.refused.fetch_add(1, Ordering::SeqCst);
    }
}

impl Seen {
    async fn wait_for(&self, refusals: u64) {
        while self.refused.load(Ordering::SeqCst) < refusals {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
