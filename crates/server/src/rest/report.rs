//! The import of an agent's state file (agent specification, 4.6).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Reply};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::{About, Note, Returns, Route};
use leasehold_wire::context::{Context, Items};

use super::change::Change;
use super::parameters;
use crate::App;
use crate::app::{input, report};

pub(super) fn routes() -> Vec<Route<App>> {
    vec![Route {
        method: Method::Post,
        path: "/agent/report",
        operation: Operation::ChangeCatalogue,
        about: About {
            summary: "Merge what an agent reports of its licensees",
            parameters: parameters::REPORT,
            returns: Returns::Items(&["AgentReport"]),
            notes: &[Note::TakesMuch],
        },
        handler: |app, call| Box::pin(take(app, call)),
    }]
}

async fn take(app: &App, call: Call) -> Result<Reply, Problem> {
    let change = Change::of(&call, "agent.report");
    let installation = Arc::clone(&app.installation);
    let encoded = input::required(&call.form, "report", "The report is not provided")?;
    let file = STANDARD.decode(encoded.trim()).map_err(|_| {
        Problem::Malformed("Parameter 'report' is invalid: it is no base64".to_owned())
    })?;
    change
        .commit(app, move |view| {
            Ok(report::take(view, &installation, &file)?.map(|taken| {
                let (item, infos) = report::told(&taken);
                Reply::Context(Context {
                    infos,
                    items: Some(Items {
                        items: vec![item],
                        page: None,
                    }),
                    ttl: None,
                })
            }))
        })
        .await
}
