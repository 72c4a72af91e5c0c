//! Licenses (wire contract, 7.5).

use leasehold_service::rest::route::Route;

use crate::App;

pub(super) fn routes() -> Vec<Route<App>> {
    Vec::new()
}
