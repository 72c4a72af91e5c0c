//! License templates (wire contract, 7.3).

use leasehold_service::rest::route::Route;

use crate::App;

pub(super) fn routes() -> Vec<Route<App>> {
    Vec::new()
}
