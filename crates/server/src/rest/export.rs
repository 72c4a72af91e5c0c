//! The export of assets to an agent (agent specification, 5.4).

use std::sync::Arc;

use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Reply};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::{About, Note, Returns, Route};
use leasehold_store::Origin;

use tokio::sync::Semaphore;

use super::parameters;
use super::resource::reply;
use crate::App;
use crate::app::export::{self, Request};

/// How many exports are sealed at once: each may take 128 MiB.
static SEALING: Semaphore = Semaphore::const_new(2);

pub(super) fn routes() -> Vec<Route<App>> {
    vec![Route {
        method: Method::Post,
        path: "/agent/export",
        operation: Operation::ChangeCatalogue,
        about: About {
            summary: "Export licensees to an agent, in a sealed package",
            parameters: parameters::EXPORT,
            returns: Returns::Items(&["AgentExport"]),
            notes: &[Note::NeedsPlan, Note::FindsByParameter, Note::TakesMuch],
        },
        handler: |app, call| Box::pin(export(app, call)),
    }]
}

async fn export(app: &App, call: Call) -> Result<Reply, Problem> {
    let request = Arc::new(Request::read(&call.form)?);
    let installation = Arc::clone(&app.installation);
    // Its reply is not remembered under an Idempotency-Key: an export that is asked for again
    // makes another package of the same assets, which supersedes the one before it.
    let origin = Origin {
        actor: call.principal.actor.clone(),
        action: "agent.export",
    };
    let now = call.now;
    let asked = Arc::clone(&request);
    let wanted = Arc::clone(&request);
    let is_new = app
        .store
        .read(&call.principal.vendor, move |view| {
            export::needs_agent_key(view, &wanted)
        })
        .await?;
    let spare = match is_new {
        true => Some(
            tokio::task::spawn_blocking(export::agent_key::spare)
                .await
                .map_err(internal)??,
        ),
        false => None,
    };
    let plan = app
        .store
        .edit(&call.principal.vendor, origin, now, move |view| {
            export::plan(view, &installation, &asked, spare.as_ref(), now)
        })
        .await??;
    let turn = SEALING.acquire().await.map_err(internal)?;
    let items = tokio::task::spawn_blocking(move || export::seal(&plan, &request))
        .await
        .map_err(internal)??;
    drop(turn);
    Ok(reply(items))
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Problem {
    Problem::Internal(Box::new(error))
}
