//! What a running agent can be told, by the control socket in its working directory.

use std::path::Path;
use std::sync::Arc;

use leasehold_service::control::{self, ControlError, Controlled, Place};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncRead;

use crate::error::AgentError;
use crate::serve::Agent;
use crate::status::Status;

/// A command.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Command {
    /// Tell of itself.
    Status,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// The agent as it is.
    Status(Box<Status>),
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
        _attached: &mut (impl AsyncRead + Send + Unpin),
    ) -> Result<Outcome, Refusal> {
        Ok(match command {
            Command::Status => Outcome::Status(Box::new(self.0.status(None, None).await?)),
        })
    }

    fn unreadable(why: String) -> Refusal {
        AgentError::internal("carry out a command", why).into()
    }
}

/// Has the agent that runs in `work_dir` carry out a command; `None` when none runs there.
pub(crate) async fn call(
    work_dir: &Path,
    command: &Command,
    attached: &[&[u8]],
) -> Result<Option<Outcome>, AgentError> {
    match control::call(place(work_dir), command, attached).await {
        Ok(Ok(outcome)) => Ok(Some(outcome)),
        Ok(Err(Refusal { code, line })) => Err(AgentError::Told { code, line }),
        Err(ControlError::NotRunning) => Ok(None),
        Err(error) => Err(AgentError::internal("ask the running agent", error)),
    }
}

/// Where the control socket is.
pub(crate) fn place(work_dir: &Path) -> Place<'_> {
    Place {
        directory: work_dir,
        name: "leasehold-agent.sock",
    }
}
