//! A message and its signature, by the Standard Webhooks scheme: HMAC-SHA-256 over id, timestamp
//! and body, joined by dots.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use leasehold_seal::installation::InstallationKey;
use leasehold_seal::mac::hmac_sha256;
use leasehold_store::Delivery;
use leasehold_wire::event;

use crate::app::notification;

/// What is sent.
pub(super) struct Message {
    pub(super) body: String,
    /// Seconds since 1970 at the time of the attempt, so that a receiver can refuse old messages.
    pub(super) timestamp: String,
    pub(super) signature: String,
}

/// The message of a delivery. Fails, in words for people, when its secret cannot be told.
pub(super) fn of(
    installation: &InstallationKey,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Message, String> {
    let secret = notification::reveal(installation, &delivery.notification).ok_or(
        "the notification's secret was encrypted under another installation's key: set a new webhookSecret",
    )?;
    let event = &delivery.event;
    let template = delivery.notification.notification.payload.as_deref();
    let body = event::message(template, &event.entities, event.at);
    let timestamp = now.as_second().to_string();
    let signed = format!("{}.{timestamp}.{body}", event.id);
    let signature = hmac_sha256(&secret, signed.as_bytes());
    Ok(Message {
        body,
        timestamp,
        signature: format!("v1,{}", STANDARD.encode(signature)),
    })
}
