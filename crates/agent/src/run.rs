//! A running agent: store, listeners and control socket together, from the first signal to the last.

mod certificate;
mod signals;
mod sockets;

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use leasehold_service::clock::Clock;
use leasehold_service::notify::{Condition, notify};
use leasehold_service::rest::tls::Tls;
use leasehold_store::StoreError;
use tokio::sync::watch;

use crate::cli::RunOffline;
use crate::error::AgentError;
use crate::guard::BootClock;
use crate::program::print;
use crate::serve::Agent;
use signals::{Asked, Signals};
use sockets::Sockets;

pub(crate) use certificate::load;
pub(crate) use sockets::bind;

/// Answers until it is told to stop, and gives the exit code.
pub(crate) async fn run_offline(
    work_dir: &Path,
    order: &RunOffline,
    clock: Arc<dyn Clock>,
) -> Result<u8, AgentError> {
    // Signals count from here on: one that comes while the store opens must not be lost.
    let signals =
        Signals::listen().map_err(|error| AgentError::internal("listen to signals", error))?;
    let tls = match &order.tls {
        Some(options) => Some(Arc::new(load(options.clone()).await?)),
        None => None,
    };
    let agent = Agent::open(work_dir, order.auth, clock).await?;
    let agent = agent.at(order.edge.clone());
    let agent = Arc::new(agent.guarded(Box::new(BootClock)).await?);
    let sockets = Sockets::open(work_dir, order, tls.as_ref(), &agent).await?;
    print(sockets.lines.iter().map(String::as_str));
    notify(Condition::Ready);

    let (stop, stopped) = watch::channel(());
    let store = agent.store().clone();
    let failure = async {
        store.stopped().await;
        // The handle must not keep the store open while the agent closes.
        drop(store);
    };
    let serving = sockets.serve(Arc::clone(&agent), stopped);
    let serving = async {
        tokio::select! {
            result = serving => result,
            never = noting_time(agent) => match never {},
        }
    };
    let until_told = Told {
        signals,
        tls: tls.as_ref(),
        stop,
    };
    until_told.wait(serving, failure).await
}

/// Writes down, now and then, how far time has come.
async fn noting_time(agent: Arc<Agent>) -> Infallible {
    const EVERY: Duration = Duration::from_secs(60);
    loop {
        if let Err(error) = agent.note_time().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "how far time has come could not be written down"
            );
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// What happens to an agent from outside while it answers.
struct Told<'a> {
    signals: Signals,
    tls: Option<&'a Arc<Tls>>,
    /// Dropped when it is time to stop.
    stop: watch::Sender<()>,
}

impl Told<'_> {
    /// Waits for `serving` to end, by itself, by a signal, or because the store has failed.
    async fn wait(
        mut self,
        serving: impl Future<Output = io::Result<()>>,
        failure: impl Future<Output = ()>,
    ) -> Result<u8, AgentError> {
        let (mut serving, mut failure) = (pin!(serving), pin!(failure));
        let mut following = pin!(certificate::follow(self.tls));
        let ended =
            |result: io::Result<()>| result.map_err(|error| AgentError::internal("serve", error));
        let has_failed = loop {
            tokio::select! {
                result = &mut serving => return ended(result).map(|()| 0),
                asked = self.signals.next() => match asked {
                    Asked::Stop(_) => break false,
                    Asked::Reload => certificate::renew(self.tls),
                },
                () = &mut failure => break true,
                () = &mut following => {}
            }
        };
        tracing::info!("stopping");
        notify(Condition::Stopping);
        drop(self.stop);
        loop {
            tokio::select! {
                result = &mut serving => break ended(result)?,
                asked = self.signals.next() => if let Asked::Stop(code) = asked {
                    return Ok(code);
                },
            }
        }
        match has_failed {
            true => Err(StoreError::Stopped.into()),
            false => Ok(0),
        }
    }
}
