//! The rendering of a pricing table (wire contract, 7.14).

use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Reply};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::{About, Returns, Route};

use super::parameters;
use crate::App;
use crate::app::pricing_table;

pub(super) fn routes() -> Vec<Route<App>> {
    vec![Route {
        method: Method::Get,
        path: "/licensingmodel/PricingTable/render",
        operation: Operation::Read,
        about: About {
            summary: "Render the plans of a PricingTable module as HTML",
            parameters: parameters::RENDER,
            returns: Returns::Document("text/html"),
            notes: &[],
        },
        handler: |app, call| Box::pin(render(app, call)),
    }]
}

async fn render(app: &App, call: Call) -> Result<Reply, Problem> {
    let form = call.form;
    let vendor = &call.principal.vendor;
    let html = app
        .store
        .read(vendor, move |view| pricing_table::render(view, &form))
        .await??;
    Ok(Reply::Document(
        "text/html;charset=UTF-8",
        html.into_bytes(),
    ))
}
