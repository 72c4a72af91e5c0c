//! Events and their deliveries: what is due when, and how long it is kept.

use std::convert::Infallible;

use jiff::Timestamp;
use leasehold_model::change::LicenseeChange;
use leasehold_model::event::EventKind;
use leasehold_model::notification::Notification;
use leasehold_model::number::{LicenseeNumber, NotificationNumber};
use leasehold_model::property::Properties;
use leasehold_store::{
    Announcement, Attempt, Decided, Delivery, DeliveryState, LoggedDelivery, Record, Store,
    StoreError, StoredNotification, Tried, Write,
};

use super::Open;
use crate::build::*;

const DAY: i64 = 24 * 3600;

fn number(text: &str) -> NotificationNumber {
    NotificationNumber::parse(text).unwrap()
}

fn notification(name: &str, events: &[EventKind]) -> StoredNotification {
    StoredNotification {
        notification: Notification {
            number: number(name),
            active: true,
            name: name.into(),
            events: events.iter().copied().collect(),
            endpoint: "http://example.org/".into(),
            payload: None,
            custom: Properties::new(),
        },
        secret: vec![1, 2, 3],
    }
}

fn put(former: Option<&str>, notification: StoredNotification) -> Write {
    Write::PutNotification {
        former: former.map(number),
        notification,
    }
}

fn announcement(id: &str, kind: EventKind, licensee: Option<&str>) -> Record {
    Record::Announcement(Announcement {
        id: id.into(),
        kind,
        licensee: licensee.map(|licensee| LicenseeNumber::parse(licensee).unwrap()),
        entities: format!("{{\"of\":\"{id}\"}}").into(),
    })
}

/// A license was created for `licensee`.
fn told(id: &str, licensee: &str) -> Write {
    let kind = EventKind::LicenseCreated;
    Write::Record(announcement(id, kind, Some(licensee)))
}

/// A store with vendor V, and these notifications of new licenses.
async fn listening(engine: &impl Open, notifications: &[&str]) -> Store {
    let store = engine.open();
    store
        .put_account(account("V"), origin("vendor.add"), NOW)
        .await
        .unwrap();
    write(&store, "V", catalogue()).await.unwrap();
    for name in notifications {
        let made = notification(name, &[EventKind::LicenseCreated]);
        write(&store, "V", vec![put(None, made)]).await.unwrap();
    }
    store
}

async fn due(store: &Store, now: Timestamp) -> (Vec<Delivery>, Option<Timestamp>) {
    let due = store.due(now, 100, 100).await.unwrap();
    (due.deliveries, due.next)
}

/// Which events are due, and for whom.
async fn due_ids(store: &Store, now: Timestamp) -> Vec<String> {
    let (deliveries, _) = due(store, now).await;
    let name = |delivery: &Delivery| {
        let number = &delivery.notification.notification.number;
        format!("{number} {}", delivery.event.id)
    };
    deliveries.iter().map(name).collect()
}

/// The delivery of an event that is due.
async fn find(store: &Store, event: &str, now: Timestamp) -> Delivery {
    let (deliveries, _) = due(store, now).await;
    let mut deliveries = deliveries.into_iter();
    let found = deliveries.find(|delivery| &*delivery.event.id == event);
    found.unwrap_or_else(|| panic!("{event} is not due"))
}

async fn tried(store: &Store, delivery: &Delivery, tried: Tried, now: Timestamp) {
    let status = if tried == Tried::Delivered { 200 } else { 500 };
    let fault = (tried != Tried::Delivered).then(|| "no".into());
    let attempt = Attempt {
        key: delivery.key,
        tried,
        status: Some(status),
        fault,
    };
    store.tried(attempt, now).await.unwrap();
}

fn failed(retry: i64, pause: Option<i64>) -> Tried {
    Tried::Failed {
        retry_at: after(retry),
        pause_until: pause.map(after),
    }
}

async fn log(store: &Store, name: &str) -> Vec<LoggedDelivery> {
    let name = name.to_owned();
    look(store, move |view| view.deliveries(&name, 100)).await
}

pub(crate) async fn a_licensees_events_are_due_one_after_the_other(engine: &impl Open) {
    let store = listening(engine, &["A", "B"]).await;
    let writes = vec![told("1", "L"), told("2", "K"), told("3", "L")];
    write(&store, "V", writes).await.unwrap();
    assert_eq!(due_ids(&store, NOW).await, ["A 1", "B 1", "A 2", "B 2"]);
    let first = find(&store, "1", NOW).await;
    assert_eq!(first.vendor, vendor("V"));
    assert_eq!(&*first.event.entities, "{\"of\":\"1\"}");
    assert_eq!((first.attempts, first.failures, first.failing), (0, 0, 0));
    tried(&store, &first, Tried::Delivered, NOW).await;
    assert_eq!(due_ids(&store, NOW).await, ["B 1", "A 2", "B 2", "A 3"]);
    drop(store);

    // An event that a crash leaves undelivered is told after it.
    let store = engine.open();
    assert_eq!(due_ids(&store, NOW).await, ["B 1", "A 2", "B 2", "A 3"]);
    let logged = log(&store, "A").await;
    let states: Vec<_> = logged
        .iter()
        .map(|row| (&*row.event, row.state, row.attempts, row.status))
        .collect();
    let waiting = DeliveryState::Waiting;
    let expected = [
        ("3", waiting, 0, None),
        ("2", waiting, 0, None),
        ("1", DeliveryState::Delivered, 1, Some(200)),
    ];
    assert_eq!(states, expected);
    // What is new comes behind what was there before, though the clock was set back meanwhile.
    write_at(&store, "V", vec![told("4", "L")], after(-DAY))
        .await
        .unwrap();
    let third = find(&store, "3", NOW).await;
    tried(&store, &third, Tried::Delivered, NOW).await;
    let ids = due_ids(&store, NOW).await;
    assert!(ids.contains(&"A 4".to_owned()), "{ids:?}");
    assert!(!ids.contains(&"B 4".to_owned()), "{ids:?}");
}

pub(crate) async fn a_renamed_licensees_events_stay_in_order(engine: &impl Open) {
    let store = listening(engine, &["A"]).await;
    write(&store, "V", customer("L", 5)).await.unwrap();
    let writes = vec![told("1", "L"), told("2", "K")];
    write(&store, "V", writes).await.unwrap();
    let renamed = change("L", LicenseeChange::Put(licensee("NEW")));
    write(&store, "V", vec![renamed, told("3", "NEW")])
        .await
        .unwrap();
    assert_eq!(due_ids(&store, NOW).await, ["A 1", "A 2"]);
    let first = find(&store, "1", NOW).await;
    assert_eq!(first.event.licensee.as_ref().unwrap().as_str(), "L");
    tried(&store, &first, Tried::Delivered, NOW).await;
    assert_eq!(due_ids(&store, NOW).await, ["A 2", "A 3"]);
}

pub(crate) async fn what_failed_waits_and_its_lane_with_it(engine: &impl Open) {
    let store = listening(engine, &["A"]).await;
    let writes = vec![told("1", "L"), told("2", "L"), told("3", "K")];
    write(&store, "V", writes).await.unwrap();
    let first = find(&store, "1", NOW).await;
    tried(&store, &first, failed(10, None), NOW).await;
    assert_eq!(due_ids(&store, after(9)).await, ["A 3"]);
    let (_, next) = due(&store, after(9)).await;
    assert_eq!(next, Some(after(10)));
    let again = find(&store, "1", after(10)).await;
    assert_eq!((again.attempts, again.failures, again.failing), (1, 1, 1));
    // An endpoint that fails is tried with what failed least.
    assert_eq!(due_ids(&store, after(10)).await, ["A 3", "A 1"]);
    tried(&store, &again, failed(20, None), after(10)).await;
    drop(store);

    let store = engine.open();
    let (_, next) = due(&store, after(19)).await;
    assert_eq!(next, Some(after(20)));
    let last = find(&store, "1", after(20)).await;
    assert_eq!((last.attempts, last.failures), (2, 2));
    tried(&store, &last, Tried::GivenUp, after(20)).await;
    // Given up, it makes way.
    let next = find(&store, "2", after(20)).await;
    assert_eq!((next.attempts, next.failures, next.failing), (0, 3, 0));
    tried(&store, &next, Tried::Delivered, after(21)).await;
    assert_eq!(find(&store, "3", after(21)).await.failures, 0);
    let row = log(&store, "A").await.pop().unwrap();
    assert_eq!((row.state, row.attempts), (DeliveryState::GivenUp, 3));
    assert_eq!((row.tried_at, row.next_at), (Some(after(20)), None));
    assert_eq!(row.fault.as_deref(), Some("no"));
}

pub(crate) async fn a_paused_endpoint_is_told_nothing_until_it_is_set_anew(engine: &impl Open) {
    let store = listening(engine, &["A", "B"]).await;
    let writes = vec![told("1", "L"), told("2", "K")];
    write(&store, "V", writes).await.unwrap();
    let first = find(&store, "1", NOW).await;
    assert_eq!(first.notification.notification.number, number("A"));
    tried(&store, &first, failed(1, Some(100)), NOW).await;
    assert_eq!(due_ids(&store, after(99)).await, ["B 1", "B 2"]);
    let row = log(&store, "A").await.remove(0);
    assert_eq!((&*row.event, row.next_at), ("2", Some(after(100))));
    drop(store);

    let store = engine.open();
    assert_eq!(due_ids(&store, after(99)).await, ["B 1", "B 2"]);
    let (_, next) = due(&store, after(99)).await;
    assert_eq!(next, Some(after(100)));
    let ids = due_ids(&store, after(100)).await;
    assert_eq!(ids, ["B 1", "A 2", "A 1", "B 2"]);

    // Whoever sets it anew has mended something, and it is news for who delivers.
    let mut news = store.announcements();
    news.borrow_and_update();
    let made = notification("C", &[EventKind::LicenseCreated]);
    let renamed = vec![put(Some("A"), made.clone())];
    write_at(&store, "V", renamed, after(50)).await.unwrap();
    assert!(news.has_changed().unwrap());
    let ids = due_ids(&store, after(50)).await;
    assert_eq!(ids, ["C 1", "B 1", "C 2", "B 2"]);

    // Switched off, it waits; switched on, it goes on.
    let mut off = made.clone();
    off.notification.active = false;
    write(&store, "V", vec![put(Some("C"), off)]).await.unwrap();
    write(&store, "V", vec![told("3", "J")]).await.unwrap();
    assert_eq!(due_ids(&store, after(DAY)).await, ["B 1", "B 2", "B 3"]);
    write_at(&store, "V", vec![put(Some("C"), made)], after(DAY))
        .await
        .unwrap();
    let ids = due_ids(&store, after(DAY)).await;
    assert_eq!(ids, ["C 1", "B 1", "C 2", "B 2", "B 3"]);
}

pub(crate) async fn no_endpoint_crowds_out_another(engine: &impl Open) {
    let store = listening(engine, &["A"]).await;
    for licensee in 0..20 {
        let event = told(&format!("A{licensee}"), &format!("L{licensee}"));
        write(&store, "V", vec![event]).await.unwrap();
    }
    let made = notification("B", &[EventKind::LicenseCreated]);
    write(&store, "V", vec![put(None, made)]).await.unwrap();
    write(&store, "V", vec![told("B", "M")]).await.unwrap();
    let look = store.due(NOW, 4, 3).await.unwrap().deliveries;
    let ids: Vec<_> = look.iter().map(|one| &*one.event.id).collect();
    assert_eq!(ids, ["A0", "B", "A1", "A2"]);
    let look = store.due(NOW, 100, 3).await.unwrap().deliveries;
    assert_eq!(look.len(), 4);
    // Nor do lanes that wait stand before those that do not.
    for licensee in 0..19 {
        let delivery = find(&store, &format!("A{licensee}"), NOW).await;
        tried(&store, &delivery, failed(1000, None), NOW).await;
    }
    let look = store.due(NOW, 4, 3).await.unwrap().deliveries;
    let mut ids: Vec<_> = look.iter().map(|one| &*one.event.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["A19", "B", "B"]);
}

pub(crate) async fn an_event_is_written_with_its_change_or_not_at_all(engine: &impl Open) {
    let store = listening(engine, &["A"]).await;
    let mut writes = customer("L", 5);
    writes.push(told("1", "L"));
    write(&store, "V", writes).await.unwrap();
    // An edit that cannot be applied tells of nothing.
    let writes = vec![told("2", "L"), Write::RemoveNotification(number("X"))];
    let refused = write(&store, "V", writes).await;
    assert!(matches!(refused, Err(StoreError::Inapplicable(_))));
    // A decision tells of what it changed.
    let vendor = vendor("V");
    let decided = store.decide(&vendor, "L", None, origin("licensee.validate"), NOW, |_| {
        Ok::<_, Infallible>(Decided {
            outcome: (),
            denies: false,
            changes: vec![LicenseeChange::PutLicense {
                former: None,
                license: license("NEW", "T", &[]),
            }],
            records: vec![announcement("3", EventKind::LicenseCreated, Some("L"))],
        })
    });
    decided.await.unwrap().unwrap();
    let ids: Vec<_> = log(&store, "A")
        .await
        .into_iter()
        .map(|row| row.event)
        .collect();
    assert_eq!(ids, ["3".into(), "1".into()]);
    drop(store);
    let store = engine.open();
    assert_eq!(log(&store, "A").await.len(), 2);
    assert!(
        aggregate(&store, "L")
            .await
            .unwrap()
            .license(&license_number("NEW"))
            .is_some()
    );
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

pub(crate) async fn nobody_is_told_what_nobody_listens_to(engine: &impl Open) {
    let store = listening(engine, &["A"]).await;
    let kind = EventKind::LicenseeCreated;
    let other = Write::Record(announcement("1", kind, Some("L")));
    write(&store, "V", vec![other.clone()]).await.unwrap();
    // Deleted by the very edit that announces, made by it, or deleted by one before.
    let writes = vec![Write::RemoveNotification(number("A")), told("2", "L")];
    write(&store, "V", writes).await.unwrap();
    let made = notification("A", &[EventKind::LicenseCreated]);
    let writes = vec![told("3", "L"), put(None, made), told("4", "L"), other];
    write(&store, "V", writes).await.unwrap();
    let ids: Vec<_> = log(&store, "A")
        .await
        .into_iter()
        .map(|row| row.event)
        .collect();
    assert_eq!(ids, ["4".into()]);
    assert!(!store.has_stopped());
}

pub(crate) async fn deliveries_go_with_their_notification(engine: &impl Open) {
    let store = listening(engine, &["A", "B"]).await;
    write(&store, "V", vec![told("1", "L")]).await.unwrap();
    let delivery = find(&store, "1", NOW).await;
    assert_eq!(delivery.notification.notification.number, number("A"));
    write(&store, "V", vec![Write::RemoveNotification(number("A"))])
        .await
        .unwrap();
    // It was under way meanwhile; that it ended hurts nobody.
    tried(&store, &delivery, failed(1, Some(2)), NOW).await;
    tried(&store, &delivery, Tried::Delivered, NOW).await;
    assert_eq!(due_ids(&store, NOW).await, ["B 1"]);
    let made = notification("A", &[EventKind::LicenseCreated]);
    write(&store, "V", vec![put(None, made)]).await.unwrap();
    assert_eq!(log(&store, "A").await.len(), 0);
    assert_eq!(due_ids(&store, NOW).await, ["B 1"]);
    assert!(!store.has_stopped());
    drop(store);
    let store = engine.open();
    assert_eq!(due_ids(&store, NOW).await, ["B 1"]);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

pub(crate) async fn events_are_forgotten_after_thirty_days(engine: &impl Open) {
    let store = listening(engine, &["A"]).await;
    write(&store, "V", vec![told("1", "L"), told("2", "K")])
        .await
        .unwrap();
    write_at(&store, "V", vec![told("3", "L")], after(DAY))
        .await
        .unwrap();
    let first = find(&store, "1", NOW).await;
    tried(&store, &first, Tried::Delivered, NOW).await;
    let ids = async || -> Vec<_> {
        let log = log(&store, "A").await;
        log.into_iter().map(|row| row.event.into_string()).collect()
    };
    store.forget(after(30 * DAY)).await.unwrap();
    assert_eq!(ids().await, ["3", "2", "1"]);
    // Taken or not: the endpoint had its time, and the queue must not grow for ever.
    store.forget(after(30 * DAY + 1)).await.unwrap();
    assert_eq!(ids().await, ["3"]);
    assert_eq!(due_ids(&store, after(30 * DAY + 1)).await, ["A 3"]);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}
