//! The vendor's server: the REST resources over the store, and what runs
//! around them.
//!
//! `rest` turns calls into use cases, `app` holds the use cases.

use std::sync::Arc;

use leasehold_seal::installation::InstallationKey;
use leasehold_service::clock::Clock;
use leasehold_store::Store;

pub mod app;
pub mod rest;

/// What every handler works with: one per running server.
pub struct App {
    /// The state.
    pub store: Store,
    /// Read once per request by the listener; handlers take `Call::now`.
    pub clock: Arc<dyn Clock>,
    /// Finds API keys by their hash, and encrypts what must be told again.
    pub installation: Arc<InstallationKey>,
}
