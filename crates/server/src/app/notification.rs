//! Notifications (wire contract, 7.12), and the secrets that their messages are signed with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_model::event::{EventKind, EventSet};
use leasehold_model::notification::Notification;
use leasehold_model::number::{NotificationNumber, NumberKind};
use leasehold_model::plan::Feature;
use leasehold_model::property::Properties;
use leasehold_model::timestamp::format_timestamp;
use leasehold_seal::installation::InstallationKey;
use leasehold_service::numbers;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, StoredNotification, VendorView, Write};
use leasehold_wire::context::Item;
use leasehold_wire::entity;
use leasehold_wire::form::Form;
use reqwest::Url;
use zeroize::Zeroizing;

use super::input::{self, Field};
use super::names;

/// What a notification's secret is encrypted for.
pub(crate) const SEALED_FOR: &str = "webhook secret";

/// How a secret's text begins (Standard Webhooks).
const SECRET_PREFIX: &str = "whsec_";

/// The longest list of deliveries that is told.
const LOGGED: usize = 1000;

/// Creates a notification. Its secret is told in this reply, and never again.
pub(crate) fn create(
    view: &VendorView<'_>,
    installation: &InstallationKey,
    form: &Form,
) -> Result<Edit<Item>, Problem> {
    view.account().vendor.plan.allow(Feature::Notification)?;
    let required = |name: &str, what: &str| {
        let given = input::text(form, name).given();
        given.ok_or_else(|| Problem::Invalid(format!("Notification {what}")))
    };
    let name = required("name", "name is required.")?;
    required("events", "events are required.")?;
    required("protocol", "type is required.")?;
    required("endpoint", "endpoint must be a valid URL.")?;
    let is_taken = |number: &str| view.notification(number).is_some();
    let number = input::new_number(
        form,
        NumberKind::Notification,
        NotificationNumber::parse,
        is_taken,
    )?;
    let mut notification = Notification {
        number,
        active: true,
        name: name.into(),
        events: EventSet::NONE,
        endpoint: "".into(),
        payload: None,
        custom: Properties::new(),
    };
    fill(&mut notification, form)?;
    let secret = match secret(form)? {
        Field::Given(secret) => secret,
        Field::Absent | Field::Empty => draw_secret(),
    };
    Ok(put(installation, None, notification, Secret::New(secret)))
}

/// Updates the notification of this number. An empty `webhookSecret` draws a new one.
pub(crate) fn update(
    view: &VendorView<'_>,
    installation: &InstallationKey,
    number: &str,
    form: &Form,
) -> Result<Edit<Item>, Problem> {
    let stored = view
        .notification(number)
        .ok_or(Problem::NotFound(Entity::Notification))?;
    let mut notification = stored.notification.clone();
    let is_taken = |number: &str| view.notification(number).is_some();
    let renamed = input::changed_number(form, number, NotificationNumber::parse, None, is_taken)?;
    if let Some(number) = renamed {
        notification.number = number;
    }
    fill(&mut notification, form)?;
    let secret = match secret(form)? {
        Field::Absent => Secret::Kept(stored.secret.clone()),
        Field::Empty => Secret::New(draw_secret()),
        Field::Given(secret) => Secret::New(secret),
    };
    let former = Some(stored.notification.number.clone());
    Ok(put(installation, former, notification, secret))
}

/// Deletes the notification of this number, and cancels what waits for its endpoint.
pub(crate) fn delete(view: &VendorView<'_>, number: &str) -> Result<Edit<()>, Problem> {
    let stored = view
        .notification(number)
        .ok_or(Problem::NotFound(Entity::Notification))?;
    Ok(Edit {
        outcome: (),
        writes: vec![Write::RemoveNotification(
            stored.notification.number.clone(),
        )],
    })
}

/// The log of a notification's deliveries, the newest events first.
pub(crate) fn deliveries(view: &VendorView<'_>, number: &str) -> Result<Vec<Item>, Problem> {
    if view.notification(number).is_none() {
        return Err(Problem::NotFound(Entity::Notification));
    }
    let logged = view.deliveries(number, LOGGED);
    let items = logged.into_iter().map(|delivery| {
        let mut item = Item::new("NotificationDelivery");
        item.put("eventId", &*delivery.event);
        item.put("notificationNumber", &delivery.notification);
        item.put("event", delivery.kind.as_str());
        if let Some(licensee) = &delivery.licensee {
            item.put("licenseeNumber", licensee);
        }
        item.put("datecreated", format_timestamp(delivery.at));
        item.put("status", delivery.state.as_str());
        item.put("attempts", delivery.attempts.to_string());
        if let Some(at) = delivery.tried_at {
            item.put("lastAttempt", format_timestamp(at));
        }
        if let Some(at) = delivery.next_at {
            item.put("nextAttempt", format_timestamp(at));
        }
        if let Some(status) = delivery.status {
            item.put("httpStatus", status.to_string());
        }
        if let Some(fault) = &delivery.fault {
            item.put("fault", &**fault);
        }
        item
    });
    Ok(items.collect())
}

/// The secret of a stored notification. Fails when another installation's key encrypted it.
pub(crate) fn reveal(
    installation: &InstallationKey,
    stored: &StoredNotification,
) -> Option<Zeroizing<Vec<u8>>> {
    installation.open(SEALED_FOR, &stored.secret).ok()
}

fn fill(notification: &mut Notification, form: &Form) -> Result<(), Problem> {
    input::boolean(form, "active")?.replace(&mut notification.active);
    input::owned(form, "name").replace(&mut notification.name);
    let expected = "LICENSEE_CREATED, LICENSE_CREATED, WARNING_LEVEL_CHANGED, PAYMENT_TRANSACTION_PROCESSED or CHECKOUT_REFUSED, separated by commas";
    input::read(form, "events", expected, events)?.replace(&mut notification.events);
    input::read(form, "protocol", "WEBHOOK", |text| {
        (text == "WEBHOOK").then_some(())
    })?;
    if let Field::Given(endpoint) = input::text(form, "endpoint") {
        if !is_endpoint(endpoint) {
            return Err(Problem::Invalid(
                "Notification endpoint must be a valid URL.".to_owned(),
            ));
        }
        notification.endpoint = endpoint.into();
    }
    input::owned(form, "payload").replace_optional(&mut notification.payload);
    let custom = input::custom(form, names::NOTIFICATION, |_| false)?;
    input::apply(&mut notification.custom, &custom);
    Ok(())
}

fn events(text: &str) -> Option<EventSet> {
    let names = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let events: EventSet = names.map(EventKind::parse).collect::<Option<_>>()?;
    (!events.is_empty()).then_some(events)
}

fn is_endpoint(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none()
    })
}

/// The secret that the request gives. It is not repeated when it cannot be read.
fn secret(form: &Form) -> Result<Field<Zeroizing<Vec<u8>>>, Problem> {
    let text = match input::text(form, "webhookSecret") {
        Field::Absent => return Ok(Field::Absent),
        Field::Empty => return Ok(Field::Empty),
        Field::Given(text) => text,
    };
    let encoded = text.strip_prefix(SECRET_PREFIX);
    let bytes = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
    match bytes {
        Some(bytes) if (24..=64).contains(&bytes.len()) => Ok(Field::Given(Zeroizing::new(bytes))),
        _ => Err(Problem::Malformed(
            "Parameter 'webhookSecret' must be whsec_ and 24 to 64 bytes in base64".to_owned(),
        )),
    }
}

fn draw_secret() -> Zeroizing<Vec<u8>> {
    let mut secret = Zeroizing::new(vec![0; 32]);
    numbers::fill(&mut secret);
    secret
}

enum Secret {
    /// As it is stored.
    Kept(Vec<u8>),
    New(Zeroizing<Vec<u8>>),
}

fn put(
    installation: &InstallationKey,
    former: Option<NotificationNumber>,
    notification: Notification,
    secret: Secret,
) -> Edit<Item> {
    let mut outcome = entity::notification(&notification);
    let secret = match secret {
        Secret::Kept(sealed) => sealed,
        Secret::New(secret) => {
            let text = format!("{SECRET_PREFIX}{}", STANDARD.encode(&*secret));
            outcome.put("webhookSecret", text);
            installation.seal(SEALED_FOR, &secret)
        }
    };
    Edit {
        outcome,
        writes: vec![Write::PutNotification {
            former,
            notification: StoredNotification {
                notification,
                secret,
            },
        }],
    }
}
