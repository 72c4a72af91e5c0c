//! Transfer (wire contract, 7.7).

use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Reply};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::Route;

use super::resource::{captured, origin};
use crate::App;
use crate::app::transfer;

pub(super) fn routes() -> Vec<Route<App>> {
    vec![Route {
        method: Method::Post,
        path: "/licensee/{licenseeNumber}/transfer",
        operation: Operation::Validate,
        handler: |app, call| Box::pin(to(app, call)),
    }]
}

async fn to(app: &App, call: Call) -> Result<Reply, Problem> {
    let origin = origin(&call.principal, "licensee.transfer");
    let target = captured(&call);
    let (principal, form) = (call.principal, call.form);
    let vendor = principal.vendor.clone();
    app.store
        .edit(&vendor, origin, call.now, move |view| {
            transfer::to(view, &principal.access, &target, &form)
        })
        .await??;
    Ok(Reply::NoContent)
}
