//! What every handler works with.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use leasehold_seal::installation::InstallationKey;
use leasehold_service::clock::Clock;
use leasehold_service::rest::auth::Credentials;
use leasehold_service::rest::call::Principal;
use leasehold_service::rest::cors::Cors;
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::Route;
use leasehold_service::rest::serve::Application;
use leasehold_store::Store;

use crate::app::token::Shown;
use crate::auth::SignIn;
use crate::password::PasswordError;
use crate::rest::{openapi, remembered};

/// What every handler works with: one per running server.
pub struct App {
    /// The state.
    pub store: Store,
    /// Read once per request by the listener; handlers take `Call::now`.
    pub clock: Arc<dyn Clock>,
    /// Finds API keys by their hash, and encrypts what must be told again.
    pub installation: Arc<InstallationKey>,
    /// Below which the shop and the customer portal stand.
    pub(crate) public_url: Arc<str>,
    cors: Cors,
    /// Administration commands run one after the other, so that what one has looked at still
    /// holds when it writes.
    pub(crate) administration: tokio::sync::Mutex<()>,
    routes: Vec<Route<Self>>,
    /// The description of the routes, made once.
    description: Vec<u8>,
    sign_in: SignIn,
    is_ready: AtomicBool,
}

impl App {
    /// The state of a server. Hashes a password once, hence takes a moment.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        installation: Arc<InstallationKey>,
        settings: Settings,
    ) -> Result<Self, PasswordError> {
        let routes = crate::rest::routes();
        let description = openapi::document(Self::BASES[0], &routes);
        Ok(Self {
            store,
            clock,
            installation,
            public_url: settings.public_url.trim_end_matches('/').into(),
            cors: settings.cors,
            administration: tokio::sync::Mutex::new(()),
            description: description.to_string().into_bytes(),
            routes,
            sign_in: SignIn::new(settings.is_demo)?,
            is_ready: AtomicBool::new(true),
        })
    }

    /// What tokens are shown with.
    pub(crate) fn shown_tokens(&self) -> Shown {
        Shown {
            installation: Arc::clone(&self.installation),
            public_url: Arc::clone(&self.public_url),
        }
    }

    /// From now on `/readyz` says that requests had better go elsewhere.
    pub(crate) fn retire(&self) {
        self.is_ready.store(false, Ordering::Relaxed);
    }
}

/// What can be set of a server, beside its store.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Let the demo vendor sign in.
    pub is_demo: bool,
    /// Below which the shop and the customer portal stand, as customers reach them.
    pub public_url: String,
    /// Which web pages may call.
    pub cors: Cors,
}

impl Application for App {
    const BASES: &'static [&'static str] = &["/core/v2/rest"];

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
        let credentials = credentials.ok_or(Problem::Unauthenticated)?;
        self.sign_in
            .principal(&self.store, &self.installation, &credentials, source, now)
            .await
    }

    fn store(&self) -> &Store {
        &self.store
    }

    fn remembered(&self, kept: &str) -> Option<String> {
        remembered::open(&self.installation, kept)
    }

    fn cors(&self) -> &Cors {
        &self.cors
    }

    fn description(&self) -> Option<&[u8]> {
        Some(&self.description)
    }

    fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Relaxed)
            && !self.store.has_stopped()
            && self.store.is_current()
    }
}
