//! A running agent: store, listeners and control socket together, from the first signal to the last.

use std::future::pending;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use leasehold_service::clock::Clock;
use leasehold_service::control;
use leasehold_service::rest::serve::{Listener, listen};
use leasehold_service::rest::tls::{Tls, TlsError, TlsOptions};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::cli::RunOffline;
use crate::control::Commanded;
use crate::error::{AgentError, INTERRUPTED, TERMINATED};
use crate::program::print;
use crate::serve::{Agent, Endpoint, metrics_page, serve};

/// Answers until it is told to stop, and gives the exit code.
pub(crate) async fn run_offline(
    work_dir: &Path,
    order: &RunOffline,
    clock: Arc<dyn Clock>,
) -> Result<u8, AgentError> {
    // Signals count from here on: one that comes while the store opens must not be lost.
    let mut signals =
        Signals::listen().map_err(|error| AgentError::internal("listen to signals", error))?;
    let tls = match &order.tls {
        Some(options) => Some(Arc::new(load(options.clone()).await?)),
        None => None,
    };

    let agent = Agent::open(work_dir, order.auth, clock).await?;
    let agent = Arc::new(agent.at(order.edge.clone()));
    let (socket, address) = bind(SocketAddr::new(order.bind, order.port)).await?;
    let endpoint = Endpoint {
        address,
        tls: tls.clone(),
    };
    let url = agent.base_url(&endpoint);
    agent.listens(endpoint);
    let metrics = match order.metrics {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    let commands = control::listen(crate::control::place(work_dir))
        .map_err(|error| AgentError::internal("make the control socket", error))?;
    let mut lines = vec![format!("leasehold-agent listens on {url}")];
    if let Some((_, address)) = &metrics {
        lines.push(format!("Metrics are on http://{address}/metrics"));
    }
    print(lines.iter().map(String::as_str));

    let (stop, stopped) = watch::channel(());
    let listener = Listener {
        socket,
        tls: tls.clone(),
    };
    let serving = serve(Arc::clone(&agent), listener, dropped(stopped.clone()));
    let commands = control::serve(
        Arc::new(Commanded(Arc::clone(&agent))),
        commands,
        dropped(stopped.clone()),
    );
    let metrics = {
        let agent = Arc::clone(&agent);
        async move {
            match metrics {
                Some((socket, _)) => listen(metrics_page(agent), socket, dropped(stopped)).await,
                None => Ok(()),
            }
        }
    };
    let failed = agent.store().clone();
    drop(agent);
    let all = async {
        let (served, (), told) = tokio::join!(serving, commands, metrics);
        served.and(told)
    };
    tokio::pin!(all);
    let failure = async {
        failed.stopped().await;
        // The handle must not keep the store open while the agent closes.
        drop(failed);
    };
    tokio::pin!(failure);
    let mut following = std::pin::pin!(follow(tls.as_ref()));
    let ended =
        |result: io::Result<()>| result.map_err(|error| AgentError::internal("serve", error));
    let store_failed = loop {
        tokio::select! {
            result = &mut all => return ended(result).map(|()| 0),
            asked = signals.next() => match (asked, &tls) {
                (Asked::Stop(_), _) => break false,
                (Asked::Reload, Some(tls)) => tls.renew().await,
                (Asked::Reload, None) => {}
            },
            () = &mut failure => break true,
            () = &mut following => {}
        }
    };
    tracing::info!("stopping");
    drop(stop);
    loop {
        tokio::select! {
            result = &mut all => break ended(result)?,
            asked = signals.next() => if let Asked::Stop(code) = asked {
                return Ok(code);
            },
        }
    }
    if store_failed {
        return Err(leasehold_store::StoreError::Stopped.into());
    }
    Ok(0)
}

pub(crate) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), AgentError> {
    let cannot_listen = |source| AgentError::CannotListen {
        port: address.port(),
        source,
    };
    let socket = TcpListener::bind(address).await.map_err(cannot_listen)?;
    let address = socket.local_addr().map_err(cannot_listen)?;
    Ok((socket, address))
}

/// Reads a certificate and its key; what is wrong is told of the option that named it.
pub(crate) async fn load(options: TlsOptions) -> Result<Tls, AgentError> {
    let loaded = tokio::task::spawn_blocking(move || {
        let named = options.clone();
        Tls::load(options).map_err(|error| refused(&named, error))
    });
    loaded
        .await
        .map_err(|error| AgentError::internal("read the certificate", error))?
}

fn refused(options: &TlsOptions, error: TlsError) -> AgentError {
    let files = &options.files;
    let option = match &error {
        TlsError::Read(file, _) | TlsError::Damaged(file) | TlsError::NoCertificate(file) => {
            match file {
                _ if *file == files.certificate => "--tls.cert",
                _ if *file == files.key => "--tls.key",
                _ => "--tls.client-ca",
            }
        }
        TlsError::NoKey(_) | TlsError::LooseKey { .. } | TlsError::Mismatch(_) => "--tls.key",
        TlsError::Unusable(..) | TlsError::NoExpiry(_) => "--tls.cert",
        TlsError::ClientCa(..) => "--tls.client-ca",
    };
    let text = match &error {
        TlsError::LooseKey { file, mode } => format!(
            "'{}' can be read by others than its owner (mode {mode:o}): chmod 600 it, or add --tls.allow-loose-key",
            file.display()
        ),
        error => match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    };
    AgentError::option(option, text)
}

/// Renews the certificate when its files change; never where there is none.
async fn follow(tls: Option<&Arc<Tls>>) {
    match tls {
        Some(tls) => tls.follow().await,
        None => pending().await,
    }
}

/// Resolves when the sender is dropped, which is the sign to stop.
async fn dropped(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

/// What a signal asks for.
enum Asked {
    /// To stop; with the exit code that it means when it is the second.
    Stop(u8),
    /// To read the certificate again.
    Reload,
}

/// What the process is told from outside.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// `None`: a terminal that hangs up ends the program, as it does any other.
    hangup: Option<Signal>,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        let is_service = !io::stdin().is_terminal();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match is_service {
                true => Some(signal(SignalKind::hangup())?),
                false => None,
            },
        })
    }

    async fn next(&mut self) -> Asked {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Stop(INTERRUPTED),
            _ = self.terminate.recv() => Asked::Stop(TERMINATED),
            _ = hangup => Asked::Reload,
        }
    }
}
