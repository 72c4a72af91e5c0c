//! Delivers notifications: a worker beside the listener takes from the store's outbox what is due,
//! and tells it to the endpoints.
//!
//! A message is told at least once: it counts as told when that is durable, so that after a crash
//! the same one, with the same id, may come again. What one licensee brings about reaches an
//! endpoint in order; an endpoint that fails again and again is left alone for a while.

mod address;
mod attempt;
mod message;
mod underway;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use leasehold_store::StoreError;
use reqwest::Client;

use crate::cli::chain;
use crate::state::App;
use address::PublicOnly;
use underway::{EACH, Underway};

/// How notifications are delivered.
#[derive(Debug, Clone, Default)]
pub struct WebhookOptions {
    /// Let endpoints lie in private networks and on this machine. Whoever may set a notification
    /// could otherwise reach, through the server, what only the server can reach.
    pub allow_private: bool,
}

/// How long an endpoint may take to answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How long running attempts get when the program stops.
const DRAIN: Duration = Duration::from_secs(5);

/// How long to wait at most before looking again.
const IDLE: Duration = Duration::from_secs(60);

/// How often what is long past is forgotten.
const HOUSEKEEPING: SignedDuration = SignedDuration::from_hours(1);

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
    let mut underway = Underway::new(Arc::clone(&app), endpoints);
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
        let begun = Instant::now();
        let mut wait = IDLE;
        match app.store.due(now, Underway::LIMIT, EACH).await {
            Ok(due) => {
                if let Some(next) = due.next {
                    wait = wait.min(until(next, now));
                }
                for delivery in due.deliveries {
                    underway.begin(delivery);
                }
            }
            Err(StoreError::Stopped) => break,
            Err(error) => {
                tracing::error!(error = chain(&error), "the outbox cannot be read");
            }
        }
        // A look at a long queue takes its time: as long again is left to others.
        let rest = begun.elapsed();
        tokio::select! {
            () = &mut stop => break,
            // Without room, news would only be looked at in vain.
            _ = news.changed(), if underway.has_room() => {}
            () = underway.ended() => {}
            () = tokio::time::sleep(wait) => {}
        }
        tokio::select! {
            () = &mut stop => break,
            () = tokio::time::sleep(rest) => {}
        }
    }
    if !underway.drain(DRAIN).await {
        tracing::info!("messages are under way still; they are told again after the next start");
    }
}

fn until(next: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(next.duration_since(now)).unwrap_or_default()
}
