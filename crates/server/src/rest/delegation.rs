//! What agents decide in the server's place, and taking it back (decision D16).

use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Reply};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::{About, FILTER, Note, Returns, Route};
use leasehold_store::VendorView;

use super::change::Change;
use super::parameters;
use super::resource::{page, reply};
use crate::App;
use crate::app::{delegation, export, names};

pub(super) fn routes() -> Vec<Route<App>> {
    let operation = Operation::ChangeCatalogue;
    vec![
        Route {
            method: Method::Get,
            path: "/agent/delegation",
            operation,
            about: About {
                summary: "List the licensees whose seats, nodes and credits an agent gives away",
                parameters: &[FILTER],
                returns: Returns::Page("AgentDelegation"),
                notes: &[],
            },
            handler: |app, call| Box::pin(list(app, call)),
        },
        Route {
            method: Method::Post,
            path: "/agent/release",
            operation,
            about: About {
                summary: "Let the server decide again about licensees that were exported",
                parameters: parameters::RELEASE,
                returns: Returns::Items(&["AgentDelegation"]),
                notes: &[Note::FindsByParameter, Note::TakesMuch],
            },
            handler: |app, call| Box::pin(release(app, call)),
        },
    ]
}

async fn list(app: &App, call: Call) -> Result<Reply, Problem> {
    let form = call.form;
    let look = move |view: &VendorView<'_>| {
        let all = delegation::list(view);
        page(
            all.iter().map(delegation::item).collect(),
            &form,
            names::DELEGATION,
        )
    };
    Ok(app.store.read(&call.principal.vendor, look).await?)
}

async fn release(app: &App, call: Call) -> Result<Reply, Problem> {
    let change = Change::of(&call, "agent.release");
    let asked = export::licensees(&call.form)?;
    change
        .commit(app, move |view| {
            let edit = delegation::release(view, &asked)?;
            Ok(edit.map(|released| reply(released.iter().map(delegation::item).collect())))
        })
        .await
}
