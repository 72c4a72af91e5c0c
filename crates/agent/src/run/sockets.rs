//! Where an agent is reached: the API, the metrics, the control socket.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use leasehold_service::control;
use leasehold_service::rest::serve::{Listener, listen};
use leasehold_service::rest::tls::Tls;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::cli::RunOffline;
use crate::control::Commanded;
use crate::error::AgentError;
use crate::serve::{Agent, Endpoint, metrics_page, serve};

/// All of them, open.
pub(super) struct Sockets {
    api: Listener,
    metrics: Option<TcpListener>,
    commands: control::Listener,
    /// Where they are, for people.
    pub(super) lines: Vec<String>,
}

impl Sockets {
    /// Opens them for an agent whose store is open; it is told where it listens.
    pub(super) async fn open(
        work_dir: &Path,
        order: &RunOffline,
        tls: Option<&Arc<Tls>>,
        agent: &Agent,
    ) -> Result<Self, AgentError> {
        let (socket, address) = bind(SocketAddr::new(order.bind, order.port)).await?;
        let endpoint = Endpoint {
            address,
            tls: tls.cloned(),
        };
        let mut lines = vec![format!(
            "leasehold-agent listens on {}",
            agent.base_url(&endpoint)
        )];
        agent.listens(endpoint);
        let metrics = match order.metrics {
            None => None,
            Some(address) => {
                let (socket, address) = bind(address).await?;
                lines.push(format!("Metrics are on http://{address}/metrics"));
                Some(socket)
            }
        };
        let commands = control::listen(crate::control::place(work_dir))
            .map_err(|error| AgentError::internal("make the control socket", error))?;
        Ok(Self {
            api: Listener {
                socket,
                tls: tls.cloned(),
            },
            metrics,
            commands,
            lines,
        })
    }

    /// Answers on all of them until the sender of `stopped` is dropped, and lets what is underway end.
    pub(super) async fn serve(
        self,
        agent: Arc<Agent>,
        stopped: watch::Receiver<()>,
    ) -> io::Result<()> {
        let commanded = Arc::new(Commanded(Arc::clone(&agent)));
        let commands = control::serve(commanded, self.commands, dropped(stopped.clone()));
        let metrics = async {
            match self.metrics {
                Some(socket) => {
                    let page = metrics_page(Arc::clone(&agent));
                    listen(page, socket, dropped(stopped.clone())).await
                }
                None => Ok(()),
            }
        };
        let api = serve(Arc::clone(&agent), self.api, dropped(stopped.clone()));
        let (api, (), metrics) = tokio::join!(api, commands, metrics);
        api.and(metrics)
    }
}

/// Listens, and tells on which address and port.
pub(crate) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), AgentError> {
    let cannot_listen = |source| AgentError::CannotListen {
        port: address.port(),
        source,
    };
    let socket = TcpListener::bind(address).await.map_err(cannot_listen)?;
    let address = socket.local_addr().map_err(cannot_listen)?;
    Ok((socket, address))
}

/// Resolves when the sender is dropped, which is the sign to stop.
async fn dropped(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}
