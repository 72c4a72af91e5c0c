//! Validation (wire contract, 7.6): the shared handler over this server's store.

use leasehold_model::role::Operation;
use leasehold_service::rest::call::Method;
use leasehold_service::rest::route::Route;
use leasehold_service::rest::validate::{Asked, about, validate};
use leasehold_service::validate::AutoCreate;

use crate::App;

const PATH: &str = "/licensee/{licenseeNumber}/validate";

pub(super) fn routes() -> Vec<Route<App>> {
    let post = Route {
        method: Method::Post,
        path: PATH,
        operation: Operation::Validate,
        about: about(Asked::Post),
        handler: |app: &App, call| {
            Box::pin(validate(
                &app.store,
                AutoCreate::AsProductSays,
                Asked::Post,
                None,
                call,
            ))
        },
    };
    let get = Route {
        method: Method::Get,
        path: PATH,
        operation: Operation::Validate,
        about: about(Asked::Get),
        handler: |app: &App, call| {
            Box::pin(validate(
                &app.store,
                AutoCreate::AsProductSays,
                Asked::Get,
                None,
                call,
            ))
        },
    };
    vec![post, get]
}
