//! Two vendors on one server use the same numbers, and never see or change what is the other's.

use std::sync::Arc;

use leasehold_model::vendor::TtlMinutes;
use leasehold_service::clock::ManualClock;
use leasehold_testkit::http::Client;
use leasehold_testkit::within::Server;
use tempfile::TempDir;

use crate::shop::sell;

/// Every kind of entity, by a path to it.
const PATHS: [&str; 5] = [
    "/product/P",
    "/productmodule/M",
    "/licensetemplate/E",
    "/licensee/I",
    "/license/L",
];

#[tokio::test(flavor = "multi_thread")]
async fn vendors_never_see_each_other() {
    let folder = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
    let server = Server::start(folder.path(), clock).await;
    let mut vendors = Vec::new();
    for name in ["first", "second"] {
        let key = server.add_vendor(name, TtlMinutes::DEFAULT).await;
        vendors.push(Client::new(server.address(), "apiKey", &key));
    }
    let [first, second] = &vendors[..] else {
        unreachable!("there are two");
    };

    sell(first, "5").await;
    for path in PATHS {
        let name = [("name", "Mine now"), ("active", "false")];
        assert_eq!(second.get(path).await.unwrap().status, 404, "{path}");
        assert_eq!(
            second.post(path, &name).await.unwrap().status,
            404,
            "{path}"
        );
        assert_eq!(second.delete(path).await.unwrap().status, 404, "{path}");
        let list = second.get(path.rsplit_once('/').unwrap().0).await.unwrap();
        assert!(list.expect_items(path).is_empty(), "{path}");
    }
    assert_eq!(remaining(second).await, None);

    // The same numbers, and other goods.
    sell(second, "7").await;
    assert_eq!(remaining(first).await.as_deref(), Some("4"));
    assert_eq!(remaining(first).await.as_deref(), Some("3"));
    assert_eq!(remaining(second).await.as_deref(), Some("6"));

    // And what one deletes stays with the other.
    let gone = first.delete("/product/P?forceCascade=true").await.unwrap();
    assert_eq!(gone.status, 204);
    for path in PATHS {
        assert_eq!(first.get(path).await.unwrap().status, 404, "{path}");
        assert_eq!(second.get(path).await.unwrap().status, 200, "{path}");
    }
    server.stop().await;
}

/// Uses one credit, and tells how many are left; nothing when the licensee is unknown.
async fn remaining(client: &Client) -> Option<String> {
    let form = [("productModuleNumber0", "M"), ("usedQuantity0", "1")];
    let reply = client.post("/licensee/I/validate", &form).await.unwrap();
    let items = (reply.status == 200).then(|| reply.expect_items("validate"))?;
    items[0].get("remainingQuantity").map(str::to_owned)
}
