//! Payment methods (wire contract, 7.10): listed, read and updated.

use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Reply};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::{About, FILTER, Returns, Route};
use leasehold_store::VendorView;

use super::change::Change;
use super::parameters;
use super::resource::{captured, one_item, page, reply};
use crate::App;
use crate::app::{names, payment_method};

const ITEM: &str = "/paymentmethod/{paymentMethodNumber}";

pub(super) fn routes() -> Vec<Route<App>> {
    let operation = Operation::ManagePaymentMethods;
    vec![
        Route {
            method: Method::Get,
            path: "/paymentmethod",
            operation,
            about: About {
                summary: "List the payment methods",
                parameters: &[FILTER],
                returns: Returns::Page("PaymentMethod"),
                notes: &[],
            },
            handler: |app, call| Box::pin(list(app, call)),
        },
        Route {
            method: Method::Get,
            path: ITEM,
            operation,
            about: About {
                summary: "Read a payment method",
                parameters: &[],
                returns: Returns::Item("PaymentMethod"),
                notes: &[],
            },
            handler: |app, call| Box::pin(read(app, call)),
        },
        Route {
            method: Method::Post,
            path: ITEM,
            operation,
            about: About {
                summary: "Update a payment method",
                parameters: parameters::PAYMENT_METHOD,
                returns: Returns::Item("PaymentMethod"),
                notes: &[],
            },
            handler: |app, call| Box::pin(update(app, call)),
        },
    ]
}

async fn list(app: &App, call: Call) -> Result<Reply, Problem> {
    let form = call.form;
    let vendor = &call.principal.vendor;
    let look =
        move |view: &VendorView<'_>| page(payment_method::all(view), &form, names::PAYMENT_METHOD);
    Ok(app.store.read(vendor, look).await?)
}

async fn read(app: &App, call: Call) -> Result<Reply, Problem> {
    let number = captured(&call);
    let vendor = &call.principal.vendor;
    let item = app
        .store
        .read(vendor, move |view| payment_method::one(view, &number))
        .await??;
    Ok(reply(vec![item]))
}

async fn update(app: &App, call: Call) -> Result<Reply, Problem> {
    let change = Change::of(&call, "paymentmethod.update");
    let number = captured(&call);
    let form = call.form;
    change
        .commit(app, move |view| {
            Ok(payment_method::update(view, &number, &form)?.map(one_item))
        })
        .await
}
