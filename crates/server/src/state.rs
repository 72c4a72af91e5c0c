//! What every handler works with.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use leasehold_seal::installation::InstallationKey;
use leasehold_service::clock::Clock;
use leasehold_service::rest::auth::Credentials;
use leasehold_service::rest::call::Principal;
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::Route;
use leasehold_service::rest::serve::Application;
use leasehold_store::Store;

use crate::auth::SignIn;
use crate::password::PasswordError;

/// What every handler works with: one per running server.
pub struct App {
    /// The state.
    pub store: Store,
    /// Read once per request by the listener; handlers take `Call::now`.
    pub clock: Arc<dyn Clock>,
    /// Finds API keys by their hash, and encrypts what must be told again.
    pub installation: Arc<InstallationKey>,
    /// Administration commands run one after the other, so that what one has looked at still
    /// holds when it writes.
    pub(crate) administration: tokio::sync::Mutex<()>,
    routes: Vec<Route<Self>>,
    sign_in: SignIn,
    is_ready: AtomicBool,
}

impl App {
    /// The state of a server; `is_demo` lets the demo vendor sign in. Hashes a password once,
    /// hence takes a moment.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        installation: Arc<InstallationKey>,
        is_demo: bool,
    ) -> Result<Self, PasswordError> {
        Ok(Self {
            store,
            clock,
            installation,
            administration: tokio::sync::Mutex::new(()),
            routes: crate::rest::routes(),
            sign_in: SignIn::new(is_demo)?,
            is_ready: AtomicBool::new(true),
        })
    }

    /// From now on `/readyz` says that requests had better go elsewhere.
    pub(crate) fn retire(&self) {
        self.is_ready.store(false, Ordering::Relaxed);
    }
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

    fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Relaxed) && !self.store.has_stopped()
    }
}
