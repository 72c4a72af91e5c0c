//! Delivers notifications: a worker beside the listener takes from the store's outbox what is due,
//! and tells it to the endpoints.
//!
//! A message is told at least once: it counts as told when that is durable, so that after a crash
//! the same one, with the same id, may come again. What one licensee brings about reaches an
//! endpoint in order; an endpoint that fails again and again is left alone for a while.

mod address;
mod message;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use leasehold_store::{Attempt, Delivery, DeliveryKey, StoreError, Tried};
use reqwest::{Client, Url};
use tokio::task::JoinSet;

use crate::cli::chain;
use crate::state::App;
use address::PublicOnly;

/// How notifications are delivered.
#[derive(Debug, Clone, Default)]
pub struct WebhookOptions {
    /// Let endpoints lie in private networks and on this machine. Whoever may set a notification
    /// could otherwise reach, through the server, what only the server can reach.
    pub allow_private: bool,
}

/// Attempts under way at most.
const UNDERWAY: usize = 16;

/// How long an endpoint may take to answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How long running attempts get when the program stops.
const DRAIN: Duration = Duration::from_secs(5);

/// How long to wait at most before looking again.
const IDLE: Duration = Duration::from_secs(60);

/// How often what is long past is forgotten.
const HOUSEKEEPING: SignedDuration = SignedDuration::from_hours(1);

/// Attempts at one message: they end after three days.
const ATTEMPTS: u32 = 84;

/// Failures in a row after which an endpoint is left alone for a while.
const PATIENCE: u32 = 5;

/// The longest wait before the next attempt.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// What speaks to endpoints. It follows no redirection and no proxy.
#[derive(Clone)]
pub(crate) struct Endpoints {
    http: Client,
    allow_private: bool,
}

/// Makes what speaks to endpoints.
pub(crate) fn client(options: WebhookOptions) -> Result<Endpoints, reqwest::Error> {
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT)
        .user_agent(concat!("Leasehold/", env!("CARGO_PKG_VERSION")));
    if !options.allow_private {
        builder = builder.dns_resolver(Arc::new(PublicOnly));
    }
    Ok(Endpoints {
        http: builder.build()?,
        allow_private: options.allow_private,
    })
}

/// Delivers until `stop` resolves.
pub(crate) async fn deliver(app: Arc<App>, endpoints: Endpoints, stop: impl Future<Output = ()>) {
    let mut news = app.store.announcements();
    let mut attempts = JoinSet::new();
    let mut underway: HashSet<DeliveryKey> = HashSet::new();
    let mut forgotten_at: Option<Timestamp> = None;
    let mut stop = std::pin::pin!(stop);
    loop {
        let now = app.clock.now();
        if forgotten_at.is_none_or(|at| now.duration_since(at) >= HOUSEKEEPING) {
            forgotten_at = Some(now);
            if let Err(error) = app.store.forget(now).await {
                tracing::warn!(error = chain(&error), "old events were not forgotten");
            }
        }
        // Seen before the look, so that what is announced meanwhile is news.
        news.borrow_and_update();
        let mut wait = IDLE;
        match app.store.due(now, UNDERWAY * 4).await {
            Ok(due) => {
                if let Some(next) = due.next {
                    wait = wait.min(until(next, now));
                }
                for delivery in due.deliveries {
                    if underway.len() < UNDERWAY && underway.insert(delivery.key) {
                        let (app, endpoints) = (Arc::clone(&app), endpoints.clone());
                        attempts.spawn(async move { attempt(&app, &endpoints, delivery).await });
                    }
                }
            }
            Err(StoreError::Stopped) => return,
            Err(error) => {
                tracing::error!(error = chain(&error), "the outbox cannot be read");
            }
        }
        tokio::select! {
            () = &mut stop => break,
            _ = news.changed() => {}
            Some(ended) = attempts.join_next() => match ended {
                Ok(key) => {
                    underway.remove(&key);
                }
                // A panic: nobody knows which one it was, and none is lost by trying again.
                Err(_) => underway.clear(),
            },
            () = tokio::time::sleep(wait) => {}
        }
    }
    let ended = async { while attempts.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, ended).await.is_err() {
        tracing::info!("messages are under way still; they are told again after the next start");
    }
}

fn until(next: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(next.duration_since(now)).unwrap_or_default()
}

/// Tells one message, and records how that ended.
async fn attempt(app: &App, endpoints: &Endpoints, delivery: Delivery) -> DeliveryKey {
    let key = delivery.key;
    let told = tell(app, endpoints, &delivery).await;
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
            failed(&delivery, now)
        }
    };
    let attempt = Attempt {
        key,
        tried,
        status,
        fault: fault.map(|fault| fault.chars().take(300).collect()),
    };
    if let Err(error) = app.store.tried(attempt, now).await {
        tracing::warn!(
            error = chain(&error),
            "an attempt was not recorded; the message is told again"
        );
    }
    key
}

/// What follows from a failure: the next attempt, later each time, or none.
fn failed(delivery: &Delivery, now: Timestamp) -> Tried {
    let attempts = delivery.attempts + 1;
    if attempts >= ATTEMPTS {
        return Tried::GivenUp;
    }
    let failures = delivery.failures + 1;
    let pause = (failures >= PATIENCE).then(|| doubled(2, failures - PATIENCE));
    Tried::Failed {
        retry_at: later(now, doubled(1, attempts - 1)),
        pause_until: pause.map(|pause| later(now, pause)),
    }
}

/// So many seconds, doubled so often, an hour at most.
fn doubled(seconds: i64, times: u32) -> SignedDuration {
    let seconds = seconds.checked_shl(times.min(40)).unwrap_or(i64::MAX);
    SignedDuration::from_secs(seconds).min(LONGEST_WAIT)
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// Sends the message. Gives the status, or what went wrong.
async fn tell(app: &App, endpoints: &Endpoints, delivery: &Delivery) -> Result<u16, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let seconds = |times| doubled(1, times).as_secs();
        assert_eq!([0, 1, 2, 5].map(seconds), [1, 2, 4, 32]);
        assert_eq!([12, 40, u32::MAX].map(seconds), [3600; 3]);
    }
}
