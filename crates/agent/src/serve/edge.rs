//! Where an agent stands: its address with TLS or without, and the listener of `/metrics`.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_service::rest::page::Alone;
use leasehold_service::rest::serve::Answer;
use leasehold_service::rest::tls::{self, Tls};

use super::Agent;

/// Where an agent listens.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// The address and port.
    pub(crate) address: SocketAddr,
    /// `None`: plain HTTP.
    pub(crate) tls: Option<Arc<Tls>>,
}

impl Endpoint {
    pub(crate) fn scheme(&self) -> &'static str {
        match self.tls {
            Some(_) => "https",
            None => "http",
        }
    }

    /// How callers on this machine begin a URL.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.scheme(), self.address)
    }

    /// When the certificate expires that new connections see.
    pub(crate) async fn certificate_expires(&self) -> Option<Timestamp> {
        let file = self.tls.as_ref()?.options().files.certificate.clone();
        let read = tokio::task::spawn_blocking(move || tls::expiry(&file).ok());
        read.await.ok()?
    }
}

impl Agent {
    /// Says once where it listens, which it tells others.
    pub(crate) fn listens(&self, endpoint: Endpoint) {
        // It listens in one place only.
        let _ = self.endpoint.set(endpoint);
    }

    /// What clients on this machine set as their base URL.
    pub(crate) fn base_url(&self, endpoint: &Endpoint) -> String {
        format!("{}{}/rest", endpoint.origin(), self.edge.base_path)
    }

    /// When the certificate expires, where there is one.
    pub(super) async fn certificate_expires(&self) -> Option<Timestamp> {
        self.endpoint.get()?.certificate_expires().await
    }
}

/// What answers `/metrics`, and nothing else.
pub(crate) fn metrics_page(agent: Arc<Agent>) -> Arc<impl Answer> {
    let text = move || {
        let agent = Arc::clone(&agent);
        async move {
            let told = agent.exposition().await;
            told.inspect_err(|error| tracing::error!(error = error.line(), "no metrics"))
                .ok()
        }
    };
    Arc::new(Alone {
        path: "/metrics",
        kind: "text/plain; version=0.0.4; charset=utf-8",
        text,
    })
}
