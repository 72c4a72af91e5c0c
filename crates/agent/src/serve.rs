//! `run-agent-offline`: answers validations from the store (section 8).
//!
//! Only what a client needs to run is here: no write and no list, since the
//! store lies in the customer's hands.

mod sign_in;

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::role::Operation;
use leasehold_service::clock::Clock;
use leasehold_service::rest::auth::Credentials;
use leasehold_service::rest::call::{Method, Principal};
use leasehold_service::rest::cors::Cors;
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::Route;
use leasehold_service::rest::serve::Application;
use leasehold_service::rest::utility;
use leasehold_service::rest::validate::{Asked, about, validate};
use leasehold_service::validate::AutoCreate;
use leasehold_store::Store;

use crate::cli::Auth;
use crate::database::{self, Present};
use crate::error::AgentError;
use sign_in::SignIn;

/// An agent that answers offline.
pub struct Agent {
    store: Store,
    clock: Arc<dyn Clock>,
    sign_in: SignIn,
    routes: Vec<Route<Self>>,
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
        let tokens = store
            .read(&vendor, |view| view.tokens().cloned().collect())
            .await?;
        Ok(Self {
            sign_in: SignIn::new(auth, vendor, tokens),
            store,
            clock,
            routes: routes(),
        })
    }

    /// The store, for whoever must know when it has failed.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

/// Serves until `stop` resolves; the agent is closed then.
pub async fn serve(
    agent: Agent,
    listener: tokio::net::TcpListener,
    stop: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    leasehold_service::rest::serve::serve(Arc::new(agent), listener, stop).await
}

impl Application for Agent {
    const BASES: &'static [&'static str] = &["/core/v2/rest", "/rest"];

    fn routes(&self) -> &[Route<Self>] {
        &self.routes
    }

    fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    async fn authenticate(
        &self,
        credentials: Option<Credentials>,
        source: IpAddr,
        now: Timestamp,
    ) -> Result<Principal, Problem> {
        self.sign_in.judge(credentials, source, now)
    }

    fn store(&self) -> &Store {
        &self.store
    }

    fn cors(&self) -> &Cors {
        // Web pages have no business with a machine on the customer's premises.
        const { &Cors::NONE }
    }

    fn is_ready(&self) -> bool {
        !self.store.has_stopped()
    }
}

fn routes() -> Vec<Route<Agent>> {
    let mut routes = vec![
        Route {
            method: Method::Post,
            path: VALIDATE,
            operation: Operation::Validate,
            about: about(Asked::Post),
            handler: |agent: &Agent, call| {
                Box::pin(validate(&agent.store, AutoCreate::Never, Asked::Post, call))
            },
        },
        Route {
            method: Method::Get,
            path: VALIDATE,
            operation: Operation::Validate,
            about: about(Asked::Get),
            handler: |agent: &Agent, call| {
                Box::pin(validate(&agent.store, AutoCreate::Never, Asked::Get, call))
            },
        },
    ];
    routes.extend(utility::routes());
    routes
}

const VALIDATE: &str = "/licensee/{licenseeNumber}/validate";
