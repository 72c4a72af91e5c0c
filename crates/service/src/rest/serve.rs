//! The listener: accepts connections, reads requests within limits, routes
//! them and writes replies.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::rest::auth::Credentials;
use crate::rest::call::Principal;
use crate::rest::problem::Problem;
use crate::rest::route::Route;

/// What is served: the server's vendor API, or an agent's small part of it.
pub trait Application: Send + Sync + Sized + 'static {
    /// The base paths that all routes stand below, for example `/core/v2/rest`.
    const BASES: &'static [&'static str];

    /// Every endpoint.
    fn routes(&self) -> &[Route<Self>];

    /// The clock that is read once per request.
    fn clock(&self) -> &dyn Clock;

    /// Tells who asks. `None`: the request shows no credentials.
    fn authenticate(
        &self,
        credentials: Option<Credentials>,
        source: IpAddr,
        now: Timestamp,
    ) -> impl Future<Output = Result<Principal, Problem>> + Send;

    /// True while requests can be answered (`/readyz`).
    fn is_ready(&self) -> bool;
}

/// Serves until `stop` resolves; then takes no new connection and lets running requests end,
/// for at most ten seconds.
pub async fn serve<A: Application>(
    _application: Arc<A>,
    _listener: tokio::net::TcpListener,
    _stop: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    todo!()
}
