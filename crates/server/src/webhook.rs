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
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use leasehold_store::{StoreError, Turn};
use reqwest::Client;
use tokio::time::Instant;

use crate::cli::chain;
use crate::state::App;
use address::PublicOnly;
use underway::{READY, Underway};

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

/// Of several nodes one delivers, and claims it for so long from each look on.
const CLAIM: SignedDuration = SignedDuration::from_secs(20);

/// How soon a node that has the claim renews it, and one that has not tries to get it.
const RENEWAL: Duration = Duration::from_secs(5);

/// How often what is long past is forgotten.
const HOUSEKEEPING: SignedDuration = SignedDuration::from_hours(1);

/// What speaks to endpoints. It follows no redirection and no proxy.
#[derive(Clone)]
pub(crate) struct Endpoints {
    http: Client,
    allow_private: bool,
}

/// Makes what speaks to endpoints. On a machine that trusts no certificate authority the server
/// starts all the same: endpoints by https then fail, and the log of deliveries says so.
pub(crate) fn client(options: WebhookOptions) -> Result<Endpoints, reqwest::Error> {
    let builder = || {
        let builder = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("Leasehold/", env!("CARGO_PKG_VERSION")));
        match options.allow_private {
            true => builder,
            false => builder.dns_resolver(Arc::new(PublicOnly)),
        }
    };
    let http = builder().build().or_else(|error| {
        tracing::warn!(
            error = chain(&error),
            "this machine trusts no certificate authority: notifications by https will fail \
             until its package of CA certificates is installed and the server started again"
        );
        builder().tls_certs_only([]).build()
    })?;
    Ok(Endpoints {
        http,
        allow_private: options.allow_private,
    })
}

/// Delivers until `stop` resolves.
pub(crate) async fn deliver(app: Arc<App>, endpoints: Endpoints, stop: impl Future<Output = ()>) {
    let mut news = app.store.announcements();
    let mut underway = Underway::new(Arc::clone(&app), endpoints);
    let mut forgotten_at: Option<Timestamp> = None;
    let mut look_at = Instant::now();
    let mut earliest = look_at;
    let mut stop = std::pin::pin!(stop);
    loop {
        if look_at <= Instant::now() {
            let now = app.clock.now();
            let turn = turn(&app, now).await;
            if turn != Turn::Others
                && forgotten_at.is_none_or(|at| now.duration_since(at) >= HOUSEKEEPING)
            {
                forgotten_at = Some(now);
                if let Err(error) = app.store.forget(now).await {
                    tracing::warn!(error = chain(&error), "old events were not forgotten");
                }
            }
            let begun = Instant::now();
            // Seen before the look, so that what is announced meanwhile is news.
            news.borrow_and_update();
            let Some(wait) = look(&app, &mut underway, turn, now).await else {
                break;
            };
            // A look at a long queue takes its time: as long again is left to others.
            let ended = Instant::now();
            earliest = ended + (ended - begun);
            look_at = earliest.max(begun + wait);
        }
        tokio::select! {
            () = &mut stop => break,
            // Without room, news would only be looked at in vain.
            _ = news.changed(), if underway.has_room() => look_at = earliest,
            goes_on = underway.ended() => if !goes_on { look_at = earliest },
            () = tokio::time::sleep_until(look_at) => {}
        }
    }
    if !underway.drain(DRAIN).await {
        tracing::info!("messages are under way still; they are told again after the next start");
    }
}

/// Whether this node delivers. What cannot be claimed is left to the others.
async fn turn(app: &App, now: Timestamp) -> Turn {
    match app.store.claim("webhooks", now, CLAIM).await {
        Ok(turn) => turn,
        Err(error) => {
            tracing::warn!(error = chain(&error), "the outbox cannot be claimed");
            Turn::Others
        }
    }
}

/// Looks for what is due, and begins with it. Gives how long to wait for more; `None` when the
/// store has stopped.
async fn look(app: &App, underway: &mut Underway, turn: Turn, now: Timestamp) -> Option<Duration> {
    let longest = match turn {
        Turn::Always => IDLE,
        Turn::Ours => RENEWAL,
        Turn::Others => {
            // What is under way ends; nothing follows it.
            underway.begin(Vec::new());
            return (!app.store.has_stopped()).then_some(RENEWAL);
        }
    };
    match app.store.due(now, Underway::LIMIT, READY).await {
        Ok(due) => {
            underway.begin(due.deliveries);
            let until = |next: Timestamp| Duration::try_from(next.duration_since(now));
            let next = due.next.map(|next| until(next).unwrap_or_default());
            Some(next.map_or(longest, |next| next.min(longest)))
        }
        Err(StoreError::Stopped) => None,
        Err(error) => {
            tracing::error!(error = chain(&error), "the outbox cannot be read");
            Some(longest)
        }
    }
}
