//! Product modules (wire contract, 7.2).

use leasehold_service::rest::route::Route;

use crate::App;

pub(super) fn routes() -> Vec<Route<App>> {
    Vec::new()
}
