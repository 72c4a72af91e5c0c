//! What a running agent can be told, by the control socket in its working directory.

mod hand_over;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use leasehold_service::control::{self, ControlError, Controlled, Place};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncRead;

use crate::error::AgentError;
use crate::import::{Arrived, Imported};
use crate::report::Made;
use crate::serve::Agent;
use crate::status::Status;
use hand_over::HandedOver;

/// A command.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Command {
    /// Tell of itself.
    Status,
    /// Copy the database to this new file.
    Backup(PathBuf),
    /// Make reports; `true`: final ones.
    Report(bool),
    /// Take in packages, whose bytes are attached.
    Import(HandedOver),
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// The agent as it is.
    Status(Box<Status>),
    /// Reports are made.
    Reported(Vec<Made>),
    /// The copy is made.
    BackedUp,
    /// Packages were taken in.
    Imported(Imported),
}

/// Why nothing came of it: what the program would have ended with.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Refusal {
    code: u8,
    line: String,
}

impl From<AgentError> for Refusal {
    fn from(error: AgentError) -> Self {
        Self {
            code: error.exit_code(),
            line: error.line(),
        }
    }
}

/// An agent, as commands reach it.
pub(crate) struct Commanded(pub(crate) Arc<Agent>);

impl Controlled for Commanded {
    type Command = Command;
    type Outcome = Outcome;
    type Refusal = Refusal;

    async fn execute(
        &self,
        command: Command,
        attached: &mut (impl AsyncRead + Send + Unpin),
    ) -> Result<Outcome, Refusal> {
        Ok(match command {
            Command::Status => Outcome::Status(Box::new(self.0.status(None, None).await?)),
            Command::Backup(to) => {
                self.0.store().backup(&to).await.map_err(AgentError::from)?;
                Outcome::BackedUp
            }
            Command::Report(is_final) => Outcome::Reported(self.0.report(is_final).await?),
            Command::Import(handed_over) => {
                let arrived = handed_over.receive(attached).await?;
                Outcome::Imported(self.0.import(arrived).await?)
            }
        })
    }

    fn unreadable(why: String) -> Refusal {
        AgentError::internal("carry out a command", why).into()
    }
}

/// Asks the agent that runs in `work_dir` for its status; `None` when none runs there.
pub(crate) async fn status(work_dir: &Path) -> Result<Option<Status>, AgentError> {
    match call(work_dir, &Command::Status, &[]).await? {
        Some(Outcome::Status(status)) => Ok(Some(*status)),
        Some(_) => Err(strange()),
        None => Ok(None),
    }
}

/// Has the agent that runs in `work_dir` copy its database to `to`; false when none runs there.
pub(crate) async fn backup(work_dir: &Path, to: &Path) -> Result<bool, AgentError> {
    match call(work_dir, &Command::Backup(to.to_owned()), &[]).await? {
        Some(Outcome::BackedUp) => Ok(true),
        Some(_) => Err(strange()),
        None => Ok(false),
    }
}

/// Has the agent that runs in `work_dir` make reports; `None` when none runs there.
pub(crate) async fn report(
    work_dir: &Path,
    is_final: bool,
) -> Result<Option<Vec<Made>>, AgentError> {
    match call(work_dir, &Command::Report(is_final), &[]).await? {
        Some(Outcome::Reported(made)) => Ok(Some(made)),
        Some(_) => Err(strange()),
        None => Ok(None),
    }
}

/// Hands packages to the agent that runs in `work_dir`; `None` when none runs there.
pub(crate) async fn import(
    work_dir: &Path,
    arrived: &Arrived,
) -> Result<Option<Imported>, AgentError> {
    let (handed_over, attached) = HandedOver::of(arrived);
    match call(work_dir, &Command::Import(handed_over), &attached).await? {
        Some(Outcome::Imported(imported)) => Ok(Some(imported)),
        Some(_) => Err(strange()),
        None => Ok(None),
    }
}

async fn call(
    work_dir: &Path,
    command: &Command,
    attached: &[&[u8]],
) -> Result<Option<Outcome>, AgentError> {
    match control::call(place(work_dir), command, attached).await {
        Ok(Ok(outcome)) => Ok(Some(outcome)),
        Ok(Err(Refusal { code, line })) => Err(AgentError::Told { code, line }),
        Err(ControlError::NotRunning) => Ok(None),
        Err(error) => Err(AgentError::internal("tell the running agent", error)),
    }
}

fn strange() -> AgentError {
    let what = "it is of another version: stop it, and start the one that is installed";
    AgentError::internal("understand the running agent", what)
}

/// Where the control socket is.
pub(crate) fn place(work_dir: &Path) -> Place<'_> {
    Place {
        directory: work_dir,
        name: "leasehold-agent.sock",
    }
}
