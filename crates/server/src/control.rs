//! The control socket of a running server: administration commands.

use std::io;
use std::path::Path;
use std::sync::Arc;

use leasehold_service::control::{self, Controlled, Listener, Place};
use tokio::io::AsyncRead;

use crate::admin::{self, Command, Outcome};
use crate::state::App;

const SOCKET: &str = "control.sock";

/// Why a running server did not carry out a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// Nobody listens.
    #[error("no server answers on the control socket")]
    NotRunning,
    /// The conversation broke off.
    #[error("the conversation with the running server broke off")]
    Broken(#[source] io::Error),
    /// The server refused.
    #[error("{0}")]
    Failed(String),
}

/// A server, as commands reach it.
struct Administered(Arc<App>);

impl Controlled for Administered {
    type Command = Command;
    type Outcome = Outcome;
    type Refusal = String;

    async fn execute(
        &self,
        command: Command,
        attached: &mut (impl AsyncRead + Send + Unpin),
    ) -> Result<Outcome, String> {
        let command = command.receive(attached).await;
        let command = command.map_err(|error| format!("what belongs to the command: {error}"))?;
        let done = admin::execute(&self.0, command).await;
        done.map_err(|error| crate::cli::chain(&error))
    }

    fn unreadable(why: String) -> String {
        why
    }
}

/// Makes the control socket in the data directory, whose lock the caller holds.
pub(crate) fn listen(data: &Path) -> io::Result<Listener> {
    control::listen(place(data))
}

/// Carries out callers' commands until `stop` resolves.
pub(crate) async fn serve(app: Arc<App>, socket: Listener, stop: impl Future<Output = ()>) {
    control::serve(Arc::new(Administered(app)), socket, stop).await;
}

/// Has the server that runs on `data` carry out `command`.
pub(crate) async fn call(data: &Path, command: &Command) -> Result<Outcome, ControlError> {
    match control::call(place(data), command, &[command.attached()]).await {
        Ok(done) => done.map_err(ControlError::Failed),
        Err(control::ControlError::NotRunning) => Err(ControlError::NotRunning),
        Err(control::ControlError::Broken(error)) => Err(ControlError::Broken(error)),
    }
}

fn place(data: &Path) -> Place<'_> {
    Place {
        directory: data,
        name: SOCKET,
    }
}
