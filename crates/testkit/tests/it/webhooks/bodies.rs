//! What the messages say, and how they are signed.

use leasehold_testkit::receiver::{Arrival, Receiver};
use leasehold_wire::context::{Item, List, Property};
use serde_json::{Map, Value, json};

use super::{
    Stage, add_license, add_licensee, check_signature, log, notify, said, seat, wait_for_log,
};

const ALL: &str = "LICENSEE_CREATED,LICENSE_CREATED,WARNING_LEVEL_CHANGED,PAYMENT_TRANSACTION_PROCESSED,CHECKOUT_REFUSED";

/// An item as a message shows it.
fn shown(item: &Item) -> Value {
    object(&item.properties, &item.lists)
}

fn object(properties: &[Property], lists: &[List]) -> Value {
    let mut object = Map::new();
    for property in properties {
        object.insert(property.name.to_string(), json!(property.value));
    }
    for list in lists {
        let place = object.entry(&*list.name).or_insert_with(|| json!([]));
        let shown = self::object(&list.properties, &list.lists);
        place.as_array_mut().unwrap().push(shown);
    }
    object.into()
}

fn event(arrival: &Arrival) -> String {
    let json = arrival.json();
    assert_eq!(json["origin"], "Notification");
    let at = json["timestamp"].as_str().unwrap();
    assert!(at.parse::<jiff::Timestamp>().is_ok(), "{at}");
    let event = &json["entities"]["Event"];
    assert_eq!(event.as_array().unwrap().len(), 1);
    event[0]["name"].as_str().unwrap().to_owned()
}

fn modules(items: &[Item]) -> Vec<Value> {
    let modules = items.iter();
    let modules = modules.filter(|item| item.kind == "ProductModuleValidation");
    modules.map(shown).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_tells_its_entities_and_is_signed() {
    let receiver = Receiver::start();
    let stage = Stage::new().await;
    let client = &stage.client;
    let made = notify(client, "N", &receiver.url("/all"), ALL).await;
    let secret = said(&made, "webhookSecret").to_owned();
    for path in ["/notification", "/notification/N"] {
        let items = client.get(path).await.unwrap().expect_items(path);
        assert_eq!(items[0].get("events"), Some(ALL));
        assert_eq!(items[0].get("webhookSecret"), None, "{path}");
    }
    let mut count = 0;
    let mut next = async |what: &str| {
        count += 1;
        let all = receiver.wait(what, |all| all.len() >= count).await;
        let arrival = all[count - 1].clone();
        check_signature(&arrival, &secret);
        assert_eq!(arrival.header("content-type"), "application/json");
        assert_eq!(event(&arrival), what);
        let mut json = arrival.json();
        json["entities"].take()
    };

    let licensee = add_licensee(client, "I").await;
    let told = next("LICENSEE_CREATED").await;
    assert_eq!(told["Licensee"], json!([shown(&licensee)]));

    let license = add_license(client, "I", "ESEATS", "L").await;
    let told = next("LICENSE_CREATED").await;
    assert_eq!(told["License"], json!([shown(&license)]));

    // The other module has no credits, which is amiss from the beginning; the only seat makes the
    // other difference.
    let answer = seat(client, "I", "one", "checkOut").await;
    let told = next("WARNING_LEVEL_CHANGED").await;
    assert_eq!(told["Licensee"][0]["number"], "I");
    assert_eq!(told["ProductModuleValidation"], json!(modules(&answer)));

    let answer = seat(client, "I", "two", "checkOut").await;
    let told = next("CHECKOUT_REFUSED").await;
    assert_eq!(told["Licensee"][0]["number"], "I");
    assert_eq!(told["ProductModuleValidation"], json!(modules(&answer)));

    seat(client, "I", "one", "checkIn").await;
    next("WARNING_LEVEL_CHANGED").await;
    client.make("/licensee/I/validate", &[]).await;

    let pending = [
        ("number", "T"),
        ("status", "PENDING"),
        ("source", "SHOP"),
        ("licenseeNumber", "I"),
        ("grandTotal", "9.90"),
        ("currency", "EUR"),
    ];
    client.make("/transaction", &pending).await;
    let closed = [("status", "CLOSED")];
    let closed = client.make("/transaction/T", &closed).await;
    let told = next("PAYMENT_TRANSACTION_PROCESSED").await;
    assert_eq!(told["Transaction"], json!([shown(&closed)]));

    // What was not told of: a validation that changed nothing, a transaction not yet closed, one
    // that was closed before.
    client.make("/transaction/T", &[("note", "seen")]).await;
    add_licensee(client, "LAST").await;
    next("LICENSEE_CREATED").await;
    let log = wait_for_log(client, "N", "all delivered", |log| {
        log.iter().all(|row| said(row, "status") == "DELIVERED")
    })
    .await;
    let arrivals = receiver.arrivals();
    assert_eq!((log.len(), arrivals.len()), (7, 7));
    for (row, arrival) in log.iter().zip(&arrivals) {
        assert_eq!(said(row, "eventId"), arrival.id());
        assert_eq!(said(row, "event"), event(arrival));
        assert_eq!(
            (said(row, "attempts"), said(row, "httpStatus")),
            ("1", "204")
        );
        assert_eq!((row.get("fault"), row.get("nextAttempt")), (None, None));
    }
    stage.end();
}

/// A dry run renews the known levels (G-8), which is told; whatever else it answers has not
/// happened.
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_of_levels_and_of_nothing_else() {
    let receiver = Receiver::start();
    let stage = Stage::new().await;
    let client = &stage.client;
    add_licensee(client, "I").await;
    add_license(client, "I", "ESEATS", "L1").await;
    add_license(client, "I", "ECREDITS", "L2").await;
    seat(client, "I", "one", "checkOut").await;
    notify(client, "N", &receiver.url("/all"), ALL).await;
    let refused = [
        ("dryRun", "true"),
        ("productModuleNumber0", "SEATS"),
        ("sessionId0", "two"),
        ("action0", "checkOut"),
    ];
    let path = "/licensee/I/validate";
    let answer = client.make(path, &refused).await;
    assert_eq!(said(&answer, "valid"), "false");
    let used = [
        ("dryRun", "true"),
        ("productModuleNumber0", "CREDITS"),
        ("reserveQuantity0", "10"),
    ];
    let answer = client.post(path, &used).await.unwrap().expect_items(path);
    let all = receiver.wait("the levels", |all| all.len() == 1).await;
    assert_eq!(event(&all[0]), "WARNING_LEVEL_CHANGED");
    let told = all[0].json();
    let told = &told["entities"]["ProductModuleValidation"];
    assert_eq!(*told, json!(modules(&answer)));
    add_licensee(client, "LAST").await;
    let all = receiver.wait("the last", |all| all.len() >= 2).await;
    assert_eq!(
        (event(&all[1]).as_str(), all.len()),
        ("LICENSEE_CREATED", 2)
    );
    let log = log(client, "N").await;
    assert_eq!(log.len(), 2, "{log:#?}");
    stage.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_says_what_it_picks() {
    let receiver = Receiver::start();
    let stage = Stage::new().await;
    let client = &stage.client;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    for (path, payload) in [
        ("/whole", ""),
        ("/same", "{$}"),
        ("/event", "{$.entities.Event[0].name} by {$.origin}"),
        (
            "/chat",
            r#"{"text":"Welcome {$.entities.Licensee[0].name}"}"#,
        ),
        (
            "/parts",
            r#"{"at":"{$.timestamp}","what":{$.entities},"none":"{$.nothing}"}"#,
        ),
    ] {
        let url = receiver.url(path);
        let form = [
            ("name", "template"),
            ("protocol", "WEBHOOK"),
            ("endpoint", url.as_str()),
            ("events", "LICENSEE_CREATED"),
            ("payload", payload),
            ("webhookSecret", secret),
        ];
        let made = client.make("/notification", &form).await;
        assert_eq!(said(&made, "webhookSecret"), secret);
    }
    let form = [
        ("productNumber", "P"),
        ("number", "I"),
        ("name", "\"Ann\"\nünd Bob"),
    ];
    client.make("/licensee", &form).await;
    let arrivals = receiver.wait("each of them", |all| all.len() >= 5).await;
    let body = |path: &str| {
        let arrival = arrivals.iter().find(|arrival| arrival.path == path);
        let arrival = arrival.unwrap();
        check_signature(arrival, secret);
        arrival.body.clone()
    };
    let whole: Value = serde_json::from_str(&body("/whole")).unwrap();
    assert_eq!(body("/same"), body("/whole"));
    assert_eq!(body("/event"), "LICENSEE_CREATED by Notification");
    let chat: Value = serde_json::from_str(&body("/chat")).unwrap();
    assert_eq!(chat, json!({"text": "Welcome \"Ann\"\nünd Bob"}));
    let parts: Value = serde_json::from_str(&body("/parts")).unwrap();
    let expected = json!({"at": whole["timestamp"], "what": whole["entities"], "none": ""});
    assert_eq!(parts, expected);
    // One event, one id, however many are told of it.
    let ids: std::collections::BTreeSet<_> = arrivals.iter().map(Arrival::id).collect();
    assert_eq!(ids.len(), 1);
    stage.end();
}
