//! Tokens, bundles, notifications and payment methods.

use crate::sql::{Database, values};
use leasehold_model::bundle::Bundle;
use leasehold_model::money::Currency;
use leasehold_model::payment_method::{PaymentMethod, PaymentMethodKind};
use leasehold_model::token::Token;

use super::{At, Outcome, execute};
use crate::ids::{BundleId, NotificationId, TokenId};
use crate::sql::text::{write_events, write_properties, write_templates};
use crate::write::{StoredNotification, StoredToken};

pub(super) fn put_token(db: &dyn Database, at: &At, id: TokenId, stored: &StoredToken) -> Outcome {
    let (kind, active, role, name, properties) = match &stored.token {
        Token::ApiKey(key) => (
            "APIKEY",
            key.active,
            Some(key.role.as_str()),
            key.name.as_deref(),
            &key.custom,
        ),
        Token::Ticket(ticket) => (
            ticket.kind.as_str(),
            ticket.active,
            None,
            None,
            &ticket.properties,
        ),
    };
    execute(
        db,
        "INSERT INTO token
            (vendor_id, id, lookup, sealed, kind, active, role, licensee, expires_at_ms, name,
             response_key, properties)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        values![
            at.vendor.0,
            id.0,
            stored.lookup,
            stored.sealed,
            kind,
            active,
            role,
            stored.token.licensee().map(|number| number.as_str()),
            stored.token.expires().map(|end| end.as_millisecond()),
            name,
            stored.response_key,
            write_properties(properties),
        ],
    )
}

pub(super) fn put_bundle(db: &dyn Database, at: &At, id: BundleId, bundle: &Bundle) -> Outcome {
    execute(
        db,
        "INSERT INTO bundle
            (vendor_id, id, number, active, name, description, price_hundredths, currency,
             templates, properties)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (vendor_id, id) DO UPDATE SET
            number = excluded.number, active = excluded.active, name = excluded.name,
            description = excluded.description, price_hundredths = excluded.price_hundredths,
            currency = excluded.currency, templates = excluded.templates,
            properties = excluded.properties",
        values![
            at.vendor.0,
            id.0,
            bundle.number.as_str(),
            bundle.active,
            bundle.name,
            bundle.description,
            bundle.price.map(|price| price.hundredths),
            bundle
                .price
                .as_ref()
                .map(|price| Currency::as_str(&price.currency)),
            write_templates(&bundle.templates),
            write_properties(&bundle.custom),
        ],
    )
}

/// Whoever sets a notification anew has mended something: its endpoint is told at once again.
pub(super) fn put_notification(
    db: &dyn Database,
    at: &At,
    id: NotificationId,
    stored: &StoredNotification,
) -> Outcome {
    let notification = &stored.notification;
    execute(
        db,
        "INSERT INTO notification
            (vendor_id, id, number, active, name, events, endpoint, payload, secret, properties)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (vendor_id, id) DO UPDATE SET
            number = excluded.number, active = excluded.active, name = excluded.name,
            events = excluded.events, endpoint = excluded.endpoint, payload = excluded.payload,
            secret = excluded.secret, properties = excluded.properties,
            failures = 0, paused_until_ms = NULL",
        values![
            at.vendor.0,
            id.0,
            notification.number.as_str(),
            notification.active,
            notification.name,
            write_events(notification.events),
            notification.endpoint,
            notification.payload,
            stored.secret,
            write_properties(&notification.custom),
        ],
    )?;
    execute(
        db,
        "UPDATE delivery SET next_at_ms = ?3
         WHERE vendor_id = ?1 AND notification_id = ?2 AND state = 'WAITING'",
        values![at.vendor.0, id.0, at.at_ms],
    )
}

pub(super) fn put_payment_method(
    db: &dyn Database,
    at: &At,
    kind: PaymentMethodKind,
    method: &PaymentMethod,
) -> Outcome {
    execute(
        db,
        "INSERT INTO payment_method (vendor_id, number, active, properties)
         VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (vendor_id, number) DO UPDATE SET
            active = excluded.active, properties = excluded.properties",
        values![
            at.vendor.0,
            kind.as_str(),
            method.active,
            write_properties(&method.custom),
        ],
    )
}
