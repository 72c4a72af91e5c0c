//! Transfer (wire contract, 7.7).

use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Reply};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::{About, Returns, Route};

use super::change::Change;
use super::parameters;
use super::resource::{captured, nothing};
use crate::App;
use crate::app::transfer;

pub(super) fn routes() -> Vec<Route<App>> {
    vec![Route {
        method: Method::Post,
        path: "/licensee/{licenseeNumber}/transfer",
        operation: Operation::Validate,
        about: About {
            summary: "Transfer the licenses of another licensee to this one",
            parameters: parameters::TRANSFER,
            returns: Returns::Nothing,
            notes: &[],
        },
        handler: |app, call| Box::pin(to(app, call)),
    }]
}

async fn to(app: &App, call: Call) -> Result<Reply, Problem> {
    let change = Change::of(&call, "licensee.transfer");
    let target = captured(&call);
    let (access, form) = (call.principal.access, call.form);
    change
        .commit(app, move |view| {
            Ok(transfer::to(view, &access, &target, &form)?.map(nothing))
        })
        .await
}
