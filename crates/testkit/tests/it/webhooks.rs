//! Notifications, from a change to an endpoint of the test's own, over the real program: what
//! arrives, how it is signed, and that nothing is lost or out of order whatever fails meanwhile.

mod bodies;
mod endpoints;
mod kills;
mod outage;
mod private;

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_seal::digest::sha256;
use leasehold_service::clock::{Clock, SystemClock};
use leasehold_testkit::http::Client;
use leasehold_testkit::installation::Installation;
use leasehold_testkit::programs::Serving;
use leasehold_testkit::receiver::Arrival;
use leasehold_wire::context::Item;

const ALLOW_PRIVATE: &[&str] = &["--webhook-allow-private"];

/// A server that may reach this machine, with one product: `SEATS` (template `ESEATS`, one seat
/// each) and `CREDITS` (template `ECREDITS`, ten each).
struct Stage {
    installation: Installation,
    server: Serving,
    client: Client,
}

impl Stage {
    async fn new() -> Self {
        Self::with(ALLOW_PRIVATE).await
    }

    async fn with(options: &[&str]) -> Self {
        let installation = Installation::new();
        let (server, client) = installation.serve_with(options);
        sell(&client).await;
        Self {
            installation,
            server,
            client,
        }
    }

    /// Ends well: the server stops when asked to, and what it leaves is sound.
    fn end(self) {
        assert!(self.server.stop().success());
        assert_eq!(self.installation.verify(), None);
    }
}

/// Notifies `endpoint` of `events` under `number`; the reply, in which alone the secret is told.
async fn notify(client: &Client, number: &str, endpoint: &str, events: &str) -> Item {
    let form = [
        ("number", number),
        ("name", number),
        ("protocol", "WEBHOOK"),
        ("endpoint", endpoint),
        ("events", events),
    ];
    client.make("/notification", &form).await
}

async fn add_licensee(client: &Client, number: &str) -> Item {
    let form = [("productNumber", "P"), ("number", number)];
    client.make("/licensee", &form).await
}

async fn add_license(client: &Client, licensee: &str, template: &str, number: &str) -> Item {
    let form = [
        ("licenseeNumber", licensee),
        ("licenseTemplateNumber", template),
        ("number", number),
    ];
    client.make("/license", &form).await
}

/// Asks for a seat, or gives it back.
async fn seat(client: &Client, licensee: &str, session: &str, action: &str) -> Vec<Item> {
    let form = [
        ("productModuleNumber0", "SEATS"),
        ("sessionId0", session),
        ("action0", action),
    ];
    let path = format!("/licensee/{licensee}/validate");
    client.post(&path, &form).await.unwrap().expect_items(&path)
}

/// The log of a notification's deliveries, the oldest event first.
async fn log(client: &Client, notification: &str) -> Vec<Item> {
    let path = format!("/notification/{notification}/delivery?filter=items%3D1000");
    let mut log = client.get(&path).await.unwrap().expect_items(&path);
    log.reverse();
    log
}

/// What an item says under a name that must be there.
fn said<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name)
        .unwrap_or_else(|| panic!("there is no {name} in {item:?}"))
}

/// Waits until the log is as it should be.
async fn wait_for_log(
    client: &Client,
    notification: &str,
    what: &str,
    is_met: impl Fn(&[Item]) -> bool,
) -> Vec<Item> {
    for _ in 0..3000 {
        let log = log(client, notification).await;
        if is_met(&log) {
            return log;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!(
        "waited in vain for {what}: {:#?}",
        log(client, notification).await
    );
}

/// The one number that a LICENSEE_CREATED or LICENSE_CREATED tells of, and its licensee's.
fn subject(arrival: &Arrival) -> (String, String) {
    let json = arrival.json();
    let entities = &json["entities"];
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    if let Some(license) = entities.get("License") {
        let license = &license[0];
        return (text(&license["licenseeNumber"]), text(&license["number"]));
    }
    let number = text(&entities["Licensee"][0]["number"]);
    (number.clone(), number)
}

/// What must hold of all that arrived at one endpoint: ids are one event's each, whatever the
/// attempt, and each licensee's events were first taken in the order of their making. Returns the
/// subjects taken, by licensee in that order, and how often one was taken again.
fn check_arrivals(arrivals: &[Arrival]) -> (BTreeMap<String, Vec<String>>, usize) {
    let mut bodies = BTreeMap::new();
    let mut subjects = BTreeMap::new();
    let mut taken = BTreeSet::new();
    let mut by_licensee: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut again = 0;
    for arrival in arrivals {
        let (licensee, number) = subject(arrival);
        let body = bodies.entry(arrival.id().to_owned());
        assert_eq!(
            body.or_insert_with(|| arrival.body.clone()),
            &arrival.body,
            "one id, two messages"
        );
        let id = subjects.entry((licensee.clone(), number.clone()));
        assert_eq!(
            id.or_insert_with(|| arrival.id().to_owned()),
            arrival.id(),
            "one event, two ids"
        );
        if !arrival.is_taken() {
            continue;
        }
        if taken.insert(arrival.id().to_owned()) {
            by_licensee.entry(licensee).or_default().push(number);
        } else {
            again += 1;
        }
    }
    (by_licensee, again)
}

/// The signature that a message must carry, computed from the scheme's description: HMAC-SHA-256
/// (RFC 2104) over id, timestamp and body, joined by dots.
fn signature(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    let secret = secret.strip_prefix("whsec_").unwrap();
    let secret = STANDARD.decode(secret).unwrap();
    assert!(secret.len() <= 64, "a longer one would have to be hashed");
    let pad = |with: u8| {
        let mut key = [with; 64];
        for (byte, secret) in key.iter_mut().zip(&secret) {
            *byte ^= secret;
        }
        key
    };
    let signed = format!("{id}.{timestamp}.{body}");
    let inner = sha256(&[&pad(0x36), signed.as_bytes()]);
    format!("v1,{}", STANDARD.encode(sha256(&[&pad(0x5c), &inner])))
}

/// Fails unless the message is signed with the secret, at a time that a receiver would accept.
fn check_signature(arrival: &Arrival, secret: &str) {
    let timestamp = arrival.header("webhook-timestamp");
    let expected = signature(secret, arrival.id(), timestamp, &arrival.body);
    assert_eq!(arrival.header("webhook-signature"), expected);
    let sent = jiff::Timestamp::from_second(timestamp.parse().unwrap()).unwrap();
    let age = SystemClock::default().now().duration_since(sent);
    assert!(age.abs() < jiff::SignedDuration::from_mins(5), "{age}");
}

#[test]
fn the_signature_of_the_schemes_example_is_met() {
    let signature = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        "{\"test\": 2432232314}",
    );
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

async fn sell(client: &Client) {
    client
        .make("/product", &[("number", "P"), ("name", "Webhooks")])
        .await;
    for (number, model, kind, count) in [
        ("SEATS", "Floating", "FLOATING", ("maxSessions", "1")),
        ("CREDITS", "PayPerUse", "QUANTITY", ("quantity", "10")),
    ] {
        let mut module = vec![
            ("productNumber", "P"),
            ("number", number),
            ("name", number),
            ("licensingModel", model),
        ];
        if model == "Floating" {
            module.push(("maxCheckoutValidity", "86400"));
        }
        client.make("/productmodule", &module).await;
        let template = format!("E{number}");
        let template = [
            ("productModuleNumber", number),
            ("number", template.as_str()),
            ("name", number),
            ("licenseType", kind),
            count,
        ];
        client.make("/licensetemplate", &template).await;
    }
}
