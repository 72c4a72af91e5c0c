//! Tokens of type APIKEY (wire contract, 7.9). There is no update.

use std::sync::Arc;

use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Reply};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::Route;
use leasehold_store::VendorView;

use super::resource::{captured, origin, page, reply};
use crate::App;
use crate::app::{names, token};

const COLLECTION: &str = "/token";
const ITEM: &str = "/token/{tokenNumber}";

pub(super) fn routes() -> Vec<Route<App>> {
    let operation = Operation::ManageTokens;
    vec![
        Route {
            method: Method::Get,
            path: COLLECTION,
            operation,
            handler: |app, call| Box::pin(list(app, call)),
        },
        Route {
            method: Method::Get,
            path: ITEM,
            operation,
            handler: |app, call| Box::pin(read(app, call)),
        },
        Route {
            method: Method::Post,
            path: COLLECTION,
            operation,
            handler: |app, call| Box::pin(create(app, call)),
        },
        Route {
            method: Method::Delete,
            path: ITEM,
            operation,
            handler: |app, call| Box::pin(delete(app, call)),
        },
    ]
}

async fn list(app: &App, call: Call) -> Result<Reply, Problem> {
    let installation = Arc::clone(&app.installation);
    let (form, now) = (call.form, call.now);
    let look = move |view: &VendorView<'_>| {
        let all = token::all(view, &installation, now);
        page(all, &form, names::TOKEN)
    };
    Ok(app.store.read(&call.principal.vendor, look).await?)
}

async fn read(app: &App, call: Call) -> Result<Reply, Problem> {
    let installation = Arc::clone(&app.installation);
    let number = captured(&call);
    let item = app
        .store
        .read(&call.principal.vendor, move |view| {
            token::one(view, &installation, &number, call.now)
        })
        .await??;
    Ok(reply(vec![item]))
}

async fn create(app: &App, call: Call) -> Result<Reply, Problem> {
    let installation = Arc::clone(&app.installation);
    let origin = origin(&call.principal, "token.create");
    let form = call.form;
    let item = app
        .store
        .edit(&call.principal.vendor, origin, call.now, move |view| {
            token::create(view, &installation, &form)
        })
        .await??;
    Ok(reply(vec![item]))
}

async fn delete(app: &App, call: Call) -> Result<Reply, Problem> {
    let installation = Arc::clone(&app.installation);
    let origin = origin(&call.principal, "token.delete");
    let number = captured(&call);
    app.store
        .edit(&call.principal.vendor, origin, call.now, move |view| {
            token::delete(view, &installation, &number)
        })
        .await??;
    Ok(Reply::NoContent)
}
