//! The REST resources: one file each, with its rows of the route table and its handlers.

use leasehold_service::rest::route::Route;

use crate::App;

mod bundle;
mod change;
mod delegation;
mod export;
mod license;
mod license_template;
mod licensee;
mod notification;
pub(crate) mod openapi;
mod parameters;
mod payment_method;
mod pricing_table;
mod product;
mod product_module;
pub(crate) mod remembered;
mod report;
mod resource;
mod token;
mod transaction;
mod transfer;
mod validate;

/// Every endpoint of the server.
pub fn routes() -> Vec<Route<App>> {
    [
        product::routes(),
        product_module::routes(),
        license_template::routes(),
        licensee::routes(),
        license::routes(),
        transaction::routes(),
        token::routes(),
        payment_method::routes(),
        bundle::routes(),
        notification::routes(),
        pricing_table::routes(),
        export::routes(),
        delegation::routes(),
        report::routes(),
        transfer::routes(),
        validate::routes(),
        leasehold_service::rest::utility::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
