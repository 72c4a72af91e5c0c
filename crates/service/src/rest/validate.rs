//! The validate endpoint: the same on server and agent.

use leasehold_store::Store;

use crate::rest::call::{Call, Reply};
use crate::rest::problem::Problem;
use crate::validate::AutoCreate;

/// Which method asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// POST: everything.
    Post,
    /// GET: deprecated; without `dryRun` and `forOfflineUse`, and with a warning (7.6).
    Get,
}

/// Answers `POST` or `GET /licensee/{licenseeNumber}/validate`.
pub async fn validate(
    _store: &Store,
    _auto_create: AutoCreate,
    _asked: Asked,
    _call: Call,
) -> Result<Reply, Problem> {
    todo!()
}
