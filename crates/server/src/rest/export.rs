//! The export of assets to an agent.

use leasehold_service::rest::route::Route;

use crate::App;

pub(super) fn routes() -> Vec<Route<App>> {
    Vec::new()
}
