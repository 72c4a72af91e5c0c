//! `run-agent-offline`: answers validations from the store (section 8).
//!
//! Only what a client needs to run is here: no write and no list, since the
//! store lies in the customer's hands.

mod counted;
mod edge;
mod pages;
mod sign_in;

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use leasehold_model::number::VendorNumber;
use leasehold_model::role::Operation;
use leasehold_model::trusted_time::ClockState;
use leasehold_service::clock::Clock;
use leasehold_service::rest::auth::Credentials;
use leasehold_service::rest::call::{Method, Principal};
use leasehold_service::rest::cors::Cors;
use leasehold_service::rest::forwarded::{HeaderMap, Seen};
use leasehold_service::rest::page::Page;
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::Route;
use leasehold_service::rest::serve::{Application, Listener};
use leasehold_service::rest::utility;
use leasehold_service::rest::validate::{Asked, about};
use leasehold_store::Store;

use crate::cli::{Auth, Edge};
use crate::database::{self, Present};
use crate::error::AgentError;
use crate::guard::{self, Guard, Uptime};
use crate::import::{Arrived, Imported, import_running};
use crate::metrics::Counters;
use crate::report;
use crate::term::Terms;
use sign_in::SignIn;

pub(crate) use edge::{Endpoint, metrics_page};

/// An agent that answers offline.
pub struct Agent {
    store: Store,
    vendor: VendorNumber,
    clock: Arc<dyn Clock>,
    /// Where the clock is not to be believed.
    guard: Option<Arc<Guard>>,
    sign_in: SignIn,
    terms: Terms,
    routes: Vec<Route<Self>>,
    pages: [Page<Self>; 1],
    edge: Edge,
    counters: Counters,
    /// Known once it listens.
    endpoint: OnceLock<Endpoint>,
    since: Timestamp,
    importing: tokio::sync::Mutex<()>,
}

impl Agent {
    /// Opens the store in `work_dir`, which an import must have made: nothing is created (AG-7).
    pub async fn open(
        work_dir: &Path,
        auth: Auth,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AgentError> {
        let no_assets = || AgentError::NoAssets(database::directory(work_dir));
        if !database::exists(work_dir) {
            return Err(no_assets());
        }
        let store = database::open(work_dir).await?;
        let present = Present::look(&store).await?.ok_or_else(no_assets)?;
        if present.imports.is_empty() {
            return Err(no_assets());
        }
        let vendor = present.account.vendor.number;
        let sign_in = SignIn::new(auth, vendor.clone());
        sign_in.renew(&store).await?;
        let terms = Terms::default();
        terms.renew(&store, &vendor).await?;
        Ok(Self {
            sign_in,
            terms,
            store,
            vendor,
            since: clock.now(),
            clock,
            guard: None,
            routes: routes(),
            pages: pages::pages(),
            edge: Edge::default(),
            counters: Counters::default(),
            endpoint: OnceLock::new(),
            importing: tokio::sync::Mutex::default(),
        })
    }

    /// The same agent behind these proxies, below this path, and for these web pages.
    #[must_use]
    pub fn at(self, edge: Edge) -> Self {
        Self { edge, ..self }
    }

    /// The same agent, which takes for the present what trusted time says (section 11).
    pub async fn guarded(self, boot: Box<dyn Uptime>) -> Result<Self, AgentError> {
        let mark = self.store.read(&self.vendor, guard::mark).await??;
        let guard = Arc::new(Guard::new(Arc::clone(&self.clock), boot, mark));
        Ok(Self {
            clock: Arc::clone(&guard) as Arc<dyn Clock>,
            guard: Some(guard),
            ..self
        })
    }

    /// Writes down how far time has come.
    pub async fn note_time(&self) -> Result<(), AgentError> {
        match &self.guard {
            Some(guard) => guard::note(guard, &self.store, &self.vendor).await,
            None => Ok(()),
        }
    }

    /// True when the system's clock was set back too far to grant anything.
    fn is_clock_tampered(&self) -> bool {
        self.judged() == ClockState::Tampered
    }

    /// What is thought of the system's clock, which a mere test believes.
    fn judged(&self) -> ClockState {
        let judged = self.guard.as_ref().map(|guard| guard.judge().clock);
        judged.unwrap_or(ClockState::Good)
    }

    /// Takes packages in while it answers: from one request to the next, all of it is there.
    pub(crate) async fn import(&self, arrived: Arrived) -> Result<Imported, AgentError> {
        let _one_at_a_time = self.importing.lock().await;
        let clock = self.judged();
        let imported = import_running(&self.store, clock, arrived, self.clock.now()).await?;
        self.sign_in.renew(&self.store).await?;
        self.terms.renew(&self.store, &self.vendor).await?;
        if let Some(guard) = &self.guard {
            guard::begin(guard, &self.store, &self.vendor).await?;
        }
        for line in imported.lines.iter().chain(&imported.warnings) {
            tracing::info!(import = line, "packages were taken in");
        }
        Ok(imported)
    }

    /// Makes reports while it answers.
    pub(crate) async fn report(&self, is_final: bool) -> Result<Vec<report::Made>, AgentError> {
        report::make(&self.store, &self.vendor, is_final, self.clock.now()).await
    }

    /// The store, for whoever must know when it has failed.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

/// Serves until `stop` resolves; the agent is closed then, unless somebody else holds it.
pub async fn serve(
    agent: impl Into<Arc<Agent>>,
    listener: impl Into<Listener>,
    stop: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    leasehold_service::rest::serve::serve(agent.into(), listener, stop).await
}

impl Application for Agent {
    const BASES: &'static [&'static str] = &["/core/v2/rest", "/rest"];

    const METHODS: &'static str = "GET, HEAD, POST, OPTIONS";

    fn base_path(&self) -> &str {
        &self.edge.base_path
    }

    fn routes(&self) -> &[Route<Self>] {
        &self.routes
    }

    fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    fn seen(&self, peer: IpAddr, headers: &HeaderMap) -> Seen {
        self.edge.proxies.seen(peer, headers)
    }

    /// Where nobody signs in, a browser would let any web page use up what a licensee has.
    fn admit(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if self.sign_in.demands_a_key() || self.edge.cors.admits(headers) {
            return Ok(());
        }
        Err(Problem::Denied(
            "Web pages of this origin may not call the agent: --cors.origins names those that may",
        ))
    }

    fn pages(&self) -> &[Page<Self>] {
        &self.pages
    }

    async fn authenticate(
        &self,
        credentials: Option<Credentials>,
        source: IpAddr,
        now: Timestamp,
    ) -> Result<Principal, Problem> {
        let is_shown = credentials.is_some();
        let judged = self.sign_in.judge(credentials, source, now);
        if judged.is_err() && is_shown {
            self.counters.sign_in_refused();
        }
        judged
    }

    fn store(&self) -> &Store {
        &self.store
    }

    fn cors(&self) -> &Cors {
        &self.edge.cors
    }

    fn is_ready(&self) -> bool {
        !self.store.has_stopped() && !self.is_clock_tampered()
    }
}

fn routes() -> Vec<Route<Agent>> {
    let mut routes = vec![
        Route {
            method: Method::Post,
            path: VALIDATE,
            operation: Operation::Validate,
            about: about(Asked::Post),
            handler: |agent: &Agent, call| Box::pin(agent.validate(Asked::Post, call)),
        },
        Route {
            method: Method::Get,
            path: VALIDATE,
            operation: Operation::Validate,
            about: about(Asked::Get),
            handler: |agent: &Agent, call| Box::pin(agent.validate(Asked::Get, call)),
        },
    ];
    routes.extend(utility::routes());
    routes
}

const VALIDATE: &str = "/licensee/{licenseeNumber}/validate";
