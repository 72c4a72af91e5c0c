//! `Idempotency-Key`: a call that is sent again is answered as it was, and done once.

use std::sync::Arc;

use leasehold_wire::media::Media;

use crate::support::{Answer, Key, Server, instant, split};

const WORLD: &[&str] = &[
    "POST /product number=P1&name=Painter&licenseeAutoCreate=true",
    "POST /productmodule productNumber=P1&number=M1&name=Credits&licensingModel=PayPerUse",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Credits&licenseType=QUANTITY&quantity=1000",
    "POST /licensee productNumber=P1&number=I1",
    "POST /licensee productNumber=P1&number=I2",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L1",
    "POST /bundle number=B1&name=More&licenseTemplateNumbers=E1",
    "POST /notification number=N1&name=All&events=LICENSE_CREATED&protocol=WEBHOOK&endpoint=https://hooks.example/",
];

async fn world() -> (Server, Key) {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    (server, key)
}

async fn ask(server: &Server, key: &Key, request: &str, name: &str) -> Answer {
    let (line, form) = split(request);
    let header = [("Idempotency-Key", name)];
    server.ask_with(key, Media::Json, line, form, &header).await
}

/// Every kind of call that changes something.
const CALLS: &[&str] = &[
    "POST /product name=x",
    "POST /productmodule productNumber=P1&name=x&licensingModel=Quota",
    "POST /licensetemplate productModuleNumber=M1&name=x&licenseType=QUANTITY&quantity=1",
    "POST /licensee productNumber=P1",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1",
    "POST /transaction status=PENDING&source=SHOP",
    "POST /bundle name=x",
    "POST /notification name=x&events=LICENSE_CREATED&protocol=WEBHOOK&endpoint=https://hooks.example/",
    "POST /token tokenType=APIKEY",
    "POST /token tokenType=SHOP&licenseeNumber=I1",
    "POST /bundle/B1/obtain licenseeNumber=I1",
    "POST /licensee/I1/validate productModuleNumber=M1&usedQuantity=10",
    "POST /licensee/I9/validate productNumber=P1",
    "POST /license/L1 name=x",
    "POST /notification/N1 webhookSecret=",
    "POST /paymentmethod/PAYPAL active=true",
    "DELETE /licensee/I2",
    "DELETE /license/L1",
    "DELETE /bundle/B1",
    "DELETE /notification/N1",
];

#[tokio::test]
async fn a_call_that_is_sent_again_is_answered_as_it_was() {
    for request in CALLS {
        let (server, key) = world().await;
        let before = server.everything(&key).await;
        let first = ask(&server, &key, request, "once").await;
        assert!(first.status < 300, "{request}: {}", first.body);
        let after = server.everything(&key).await;
        // A new secret is told once, and not listed.
        let is_hidden = request.contains("webhookSecret");
        assert!(is_hidden || after != before, "{request} did nothing");
        for _ in 0..2 {
            assert_eq!(
                ask(&server, &key, request, "once").await,
                first,
                "{request}"
            );
        }
        assert!(server.everything(&key).await == after, "{request}");
        // The reply is given in whatever form is asked for.
        let (line, form) = split(request);
        let header = [("Idempotency-Key", "once")];
        let xml = server.ask_with(&key, Media::Xml, line, form, &header).await;
        assert_eq!(xml.status, first.status, "{request}");
        if first.status == 200 {
            assert_eq!(xml.context(), first.context(), "{request}");
        }
        // Another call under that key is refused, one under another key is another call.
        let mark = if form.is_empty() { "?" } else { "&" };
        for other in [
            format!("{request}{mark}other=1"),
            "POST /product name=other".to_owned(),
        ] {
            let reused = ask(&server, &key, &other, "once").await;
            assert_eq!(reused.status, 422, "{other}: {}", reused.body);
            assert_eq!(reused.context().infos[0].id, "IdempotencyKeyReused");
        }
        assert!(server.everything(&key).await == after, "{request}");
        server.verify().await;
    }
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let (server, key) = world().await;
    let request = "POST /product name=x";
    let first = ask(&server, &key, request, "daily").await;
    server.clock.set(instant("2026-11-23T09:59:59.999Z"));
    assert_eq!(ask(&server, &key, request, "daily").await, first);
    server.clock.set(instant("2026-11-23T10:00:00Z"));
    let second = ask(&server, &key, request, "daily").await;
    assert_eq!(second.status, 200);
    assert_ne!(second.numbers(), first.numbers());
    assert_eq!(ask(&server, &key, request, "daily").await, second);
}

#[tokio::test]
async fn a_refusal_is_not_remembered() {
    let (server, key) = world().await;
    let request = "POST /licensee productNumber=P2&number=I3";
    assert_eq!(ask(&server, &key, request, "try").await.status, 400);
    server
        .prepare(&key, &["POST /product number=P2&name=x"])
        .await;
    assert_eq!(ask(&server, &key, request, "try").await.status, 200);
}

#[tokio::test]
async fn a_key_is_of_its_vendor_and_of_who_may_ask() {
    let (server, key) = world().await;
    let request = "POST /product name=x";
    let first = ask(&server, &key, request, "shared").await;
    let other = server.admin("V2").await;
    let second = ask(&server, &other, request, "shared").await;
    assert_eq!(second.status, 200);
    assert_ne!(second.numbers(), first.numbers());
    let weaker = leasehold_model::role::ApiKeyRole::Maintenance;
    let weaker = server.key("V1", weaker, None).await;
    assert_eq!(ask(&server, &weaker, request, "shared").await.status, 422);
    let weakest = leasehold_model::role::ApiKeyRole::Licensee;
    let weakest = server.key("V1", weakest, None).await;
    assert_eq!(ask(&server, &weakest, request, "shared").await.status, 403);
}

#[tokio::test]
async fn a_malformed_key_is_refused() {
    let (server, key) = world().await;
    let before = server.everything(&key).await;
    let long = "k".repeat(256);
    for name in ["", &long, "k\u{e4}y", "k\ty"] {
        let refused = ask(&server, &key, "POST /product name=x", name).await;
        assert_eq!(refused.status, 400, "{name}");
        assert_eq!(refused.context().infos[0].id, "MalformedRequestException");
    }
    let header = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")];
    let (line, form) = split("POST /product name=x");
    let refused = server
        .ask_with(&key, Media::Json, line, form, &header)
        .await;
    assert_eq!(refused.status, 400);
    assert_eq!(server.everything(&key).await, before);
    let longest = &long[..255];
    assert_eq!(
        ask(&server, &key, "POST /product name=x", longest)
            .await
            .status,
        200
    );
}

/// A hundred times at once: the naive caller, who chooses no key, has a hundred effects.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_sent_a_hundred_times_at_once_is_done_once() {
    let (server, key) = world().await;
    let (server, key) = (Arc::new(server), Arc::new(key));
    for (request, line, name) in [
        (
            "POST /license licenseeNumber=I1&licenseTemplateNumber=E1",
            "GET /license",
            "license",
        ),
        (
            "POST /licensee/I1/validate productModuleNumber=M1&usedQuantity=1",
            "",
            "use",
        ),
        (
            "POST /bundle/B1/obtain licenseeNumber=I2",
            "GET /license",
            "bundle",
        ),
        (
            "POST /licensee/I9/validate productNumber=P1&productModuleNumber=M1&usedQuantity=0",
            "GET /licensee",
            "new",
        ),
        ("POST /token tokenType=APIKEY", "GET /token", "token"),
    ] {
        for header in [Some(name), None] {
            let before = measure(&server, &key, line).await;
            let mut asking = tokio::task::JoinSet::new();
            for _ in 0..100 {
                let (server, key) = (Arc::clone(&server), Arc::clone(&key));
                asking.spawn(async move {
                    let (line, form) = split(request);
                    let headers: Vec<_> = header
                        .map(|name| ("Idempotency-Key", name))
                        .into_iter()
                        .collect();
                    server
                        .ask_with(&key, Media::Json, line, form, &headers)
                        .await
                });
            }
            let mut answers: Vec<Answer> = asking.join_all().await;
            let effects = measure(&server, &key, line).await - before;
            for answer in &answers {
                assert_eq!(answer.status, 200, "{request}: {}", answer.body);
            }
            answers.dedup();
            match header {
                Some(_) => {
                    assert_eq!(answers.len(), 1, "{request}: different answers");
                    assert_eq!(effects, 1, "{request}");
                }
                // A licensee can be created only once.
                None if name == "new" => assert_eq!(effects, 0),
                None => assert_eq!(effects, 100, "{request} without a key"),
            }
        }
    }
    server.verify().await;
}

/// How many there are in a list, or how many credits were used.
async fn measure(server: &Server, key: &Key, list: &str) -> i64 {
    if !list.is_empty() {
        let answer = server.expect(key, 200, list, "").await;
        return answer.numbers().len().try_into().unwrap();
    }
    let answer = server.expect(key, 200, "GET /license/L1", "").await;
    let used = answer.items()[0]
        .get("usedQuantity")
        .unwrap_or("0")
        .to_owned();
    used.parse().unwrap()
}

/// What opens something is never in the store as it is (decision 0006), nor is the reply that
/// told it.
#[tokio::test]
async fn a_remembered_reply_gives_no_secret_away() {
    let (server, key) = world().await;
    for (request, property) in [
        ("POST /token tokenType=APIKEY", "number"),
        ("POST /token tokenType=SHOP&licenseeNumber=I1", "number"),
        ("POST /notification/N1 webhookSecret=", "webhookSecret"),
    ] {
        let first = ask(&server, &key, request, request).await;
        let secret = first.items()[0].get(property).unwrap().to_owned();
        let again = ask(&server, &key, request, request).await;
        assert_eq!(again, first, "{request}");
        for (name, bytes) in server.files() {
            let mut windows = bytes.windows(secret.len());
            let is_there = windows.any(|window| window == secret.as_bytes());
            assert!(!is_there, "{request}: {} tells it", name.display());
        }
    }
}
