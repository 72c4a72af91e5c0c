//! Products (wire contract, 7.1).

use leasehold_service::rest::route::Route;

use crate::App;

pub(super) fn routes() -> Vec<Route<App>> {
    Vec::new()
}
