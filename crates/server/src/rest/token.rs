//! Tokens (wire contract, 7.9). There is no update.

use std::sync::Arc;

use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Reply};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::route::{About, FILTER, Note, Returns, Route};
use leasehold_store::VendorView;

use super::change::Change;
use super::parameters;
use super::resource::{captured, nothing, one_item, page, reply};
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
            about: About {
                summary: "List the tokens",
                parameters: &[FILTER],
                returns: Returns::Page("Token"),
                notes: &[],
            },
            handler: |app, call| Box::pin(list(app, call)),
        },
        Route {
            method: Method::Get,
            path: ITEM,
            operation,
            about: About {
                summary: "Read a token",
                parameters: &[],
                returns: Returns::Item("Token"),
                notes: &[],
            },
            handler: |app, call| Box::pin(read(app, call)),
        },
        Route {
            method: Method::Post,
            path: COLLECTION,
            operation: Operation::CreateToken,
            about: About {
                summary: "Create a token",
                parameters: parameters::TOKEN,
                returns: Returns::Item("Token"),
                notes: &[Note::NeedsPlan],
            },
            handler: |app, call| Box::pin(create(app, call)),
        },
        Route {
            method: Method::Delete,
            path: ITEM,
            operation,
            about: About {
                summary: "Revoke a token",
                parameters: &[],
                returns: Returns::Nothing,
                notes: &[],
            },
            handler: |app, call| Box::pin(delete(app, call)),
        },
    ]
}

async fn list(app: &App, call: Call) -> Result<Reply, Problem> {
    let shown = app.shown_tokens();
    let (form, now) = (call.form, call.now);
    let look = move |view: &VendorView<'_>| {
        let all = token::all(view, &shown, now);
        page(all, &form, names::TOKEN)
    };
    Ok(app.store.read(&call.principal.vendor, look).await?)
}

async fn read(app: &App, call: Call) -> Result<Reply, Problem> {
    let shown = app.shown_tokens();
    let number = captured(&call);
    let item = app
        .store
        .read(&call.principal.vendor, move |view| {
            token::one(view, &shown, &number, call.now)
        })
        .await??;
    Ok(reply(vec![item]))
}

async fn create(app: &App, call: Call) -> Result<Reply, Problem> {
    let shown = app.shown_tokens();
    let change = Change::of(&call, "token.create");
    let (access, form, now) = (call.principal.access, call.form, call.now);
    change
        .commit(app, move |view| {
            Ok(token::create(view, &shown, &access, &form, now)?.map(one_item))
        })
        .await
}

async fn delete(app: &App, call: Call) -> Result<Reply, Problem> {
    let installation = Arc::clone(&app.installation);
    let change = Change::of(&call, "token.delete");
    let number = captured(&call);
    change
        .commit(app, move |view| {
            Ok(token::delete(view, &installation, &number)?.map(nothing))
        })
        .await
}
