//! A program that lost the answer asks again, under the same `Idempotency-Key`: server and agent
//! write the credits off once.

use std::sync::Arc;

use leasehold_model::vendor::TtlMinutes;
use leasehold_service::clock::ManualClock;
use leasehold_testkit::http::Client;
use leasehold_testkit::offline::save;
use leasehold_testkit::within::{Agent, Server};
use tempfile::TempDir;

use crate::shop::sell;

/// Writes a credit off; what was answered: the status, and what remains.
async fn use_one(client: &Client, key: Option<&str>) -> (u16, Option<String>) {
    let mut request = client
        .request("POST", "/licensee/I/validate")
        .header("Accept", "application/json")
        .form(&[("productModuleNumber", "M"), ("usedQuantity", "1")]);
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let context = leasehold_wire::json::read(&response.bytes().await.unwrap()).unwrap();
    let items = context.items.unwrap_or_default().items;
    let remaining = items.first().and_then(|item| item.get("remainingQuantity"));
    (status, remaining.map(str::to_owned))
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_are_written_off_once() {
    let folder = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
    let server = Server::start(&folder.path().join("server"), Arc::clone(&clock)).await;
    let key = server.add_vendor("vendor", TtlMinutes::DEFAULT).await;
    let online = Client::new(server.address(), "apiKey", &key);
    sell(&online, "100").await;
    let form = [
        ("licensees", "I"),
        ("withoutCard", "true"),
        ("plaintext", "true"),
        // Both are asked for credits below.
        ("shared", "true"),
    ];
    let packages = online.post("/agent/export", &form).await.unwrap();
    let packages_in = folder.path().join("agent");
    save(&packages.expect_items("export"), &packages_in);
    let agent = Agent::import_and_start(&packages_in, Arc::clone(&clock)).await;
    let offline = Client::new(agent.address(), "apiKey", &key);

    for client in [&online, &offline] {
        let left = |count: u32| (200, Some(count.to_string()));
        assert_eq!(use_one(client, Some("a")).await, left(99));
        assert_eq!(use_one(client, Some("a")).await, left(99));
        assert_eq!(use_one(client, Some("b")).await, left(98));
        assert_eq!(use_one(client, None).await, left(97));
        assert_eq!(use_one(client, Some("a")).await, left(99));
        assert_eq!(use_one(client, None).await, left(96));
        let other = client
            .request("POST", "/licensee/I/validate")
            .header("Idempotency-Key", "a");
        assert_eq!(other.send().await.unwrap().status(), 422);
        assert_eq!(use_one(client, Some("")).await.0, 400);
        // After a day the key is a new one.
        clock.set("2026-01-02T00:00:00Z".parse().unwrap());
        assert_eq!(use_one(client, Some("a")).await, left(95));
        clock.set("2026-01-01T00:00:00Z".parse().unwrap());
    }
    agent.stop().await;
    server.stop().await;
}
