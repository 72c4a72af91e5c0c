//! One attempt: the message is sent, and how that ended is booked.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use leasehold_store::{Attempt, Delivery, StoreError, Tried};
use reqwest::Url;

use super::{Endpoints, address, message};
use crate::cli::chain;
use crate::state::App;

/// Attempts at one message: they end after three days.
const ATTEMPTS: u32 = 84;

/// The longest wait before the next attempt at one message.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// Failures in a row after which an endpoint is left alone for a while.
const PATIENCE: u32 = 5;

/// The longest while. Shorter than the wait for one message: a single attempt in five minutes
/// burdens nobody, and what waits behind a mended endpoint should not wait for long.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// How long to wait for a store that takes nothing just now.
const BUSY: Duration = Duration::from_millis(100);

/// What the endpoint answered, or what went wrong.
type Told = Result<u16, String>;

/// Tells one message, and books how that ended. True when it was taken.
pub(super) async fn attempt(app: &App, endpoints: &Endpoints, mut delivery: Delivery) -> bool {
    // It may have been looked up a while ago: told is the notification as it is now.
    let Some((_, notification)) = app.store.listener(delivery.key).await else {
        return false;
    };
    delivery.notification = notification;
    let told = tell(app, endpoints, &delivery).await;
    book(app, &delivery, told).await
}

/// Sends the message.
async fn tell(app: &App, endpoints: &Endpoints, delivery: &Delivery) -> Told {
    let notification = &delivery.notification.notification;
    let url = Url::parse(&notification.endpoint).map_err(|error| error.to_string())?;
    if !endpoints.allow_private && address::is_private_literal(&url) {
        return Err(address::REFUSED.to_owned());
    }
    let now = app.clock.now();
    let message = message::of(&app.installation, delivery, now)?;
    let request = endpoints
        .http
        .post(url)
        .header("content-type", "application/json")
        .header("webhook-id", &*delivery.event.id)
        .header("webhook-timestamp", message.timestamp)
        .header("webhook-signature", message.signature)
        .body(message.body);
    match request.send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) => Err(chain(&error.without_url())),
    }
}

/// Books how an attempt ended; durable when this returns, unless the store has stopped. True when
/// the message was taken.
pub(super) async fn book(app: &App, delivery: &Delivery, told: Told) -> bool {
    let now = app.clock.now();
    let (status, fault) = match told {
        Ok(status) if (200..300).contains(&status) => (Some(status), None),
        Ok(status) => (
            Some(status),
            Some(format!("the endpoint answered with status {status}")),
        ),
        Err(fault) => (None, Some(fault)),
    };
    let tried = match &fault {
        None => Tried::Delivered,
        Some(fault) => {
            tracing::info!(
                vendor = delivery.vendor.as_str(),
                notification = delivery.notification.notification.number.as_str(),
                event.id = &*delivery.event.id,
                attempts = delivery.attempts + 1,
                fault,
                "a message was not taken"
            );
            failed(delivery, status, now)
        }
    };
    let is_taken = fault.is_none();
    let attempt = Attempt {
        key: delivery.key,
        tried,
        status,
        fault: fault.map(|fault| fault.chars().take(300).collect()),
    };
    loop {
        match app.store.tried(attempt.clone(), now).await {
            Ok(()) => return is_taken,
            // Were it left at that, the message would be told again at once.
            Err(StoreError::Busy) => tokio::time::sleep(BUSY).await,
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "an attempt was not recorded; the message is told again"
                );
                return false;
            }
        }
    }
}

/// What follows from a failure: the next attempt, later each time, or none.
fn failed(delivery: &Delivery, status: Option<u16>, now: Timestamp) -> Tried {
    let attempts = delivery.attempts + 1;
    if attempts >= ATTEMPTS {
        return Tried::GivenUp;
    }
    let failures = delivery.failures + 1;
    let failing = delivery.failing + u32::from(delivery.attempts == 0);
    // An endpoint that answers, but does not take what one licensee brings about, may well take
    // what others do: that one message waits longer and longer, and nobody else.
    let is_endpoint = status.is_none() || failing > 1;
    let pauses = is_endpoint && failures >= PATIENCE;
    let pause = pauses.then(|| doubled(2, failures - PATIENCE).min(LONGEST_PAUSE));
    Tried::Failed {
        retry_at: later(now, doubled(1, attempts - 1).min(LONGEST_WAIT)),
        pause_until: pause.map(|pause| later(now, pause)),
    }
}

/// So many seconds, doubled so often.
fn doubled(seconds: i64, times: u32) -> SignedDuration {
    SignedDuration::from_secs(seconds << times.min(40))
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let seconds = |times| doubled(1, times).min(LONGEST_WAIT).as_secs();
        assert_eq!([0, 1, 2, 5].map(seconds), [1, 2, 4, 32]);
        assert_eq!([12, 40, u32::MAX].map(seconds), [3600; 3]);
    }

    #[test]
    fn attempts_end_after_three_days() {
        let waits = (0..ATTEMPTS - 1).map(|times| doubled(1, times).min(LONGEST_WAIT));
        let hours = waits.sum::<SignedDuration>().as_hours();
        assert_eq!(hours, 72);
    }
}
