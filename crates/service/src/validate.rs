//! The validate use case: the same on server and agent.

use jiff::Timestamp;
use leasehold_model::number::VendorNumber;
use leasehold_model::validate::{Refusal, Validation, ValidationRequest};
use leasehold_store::{Origin, Store, StoreError};

/// Whether a validation may create the licensee it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoCreate {
    /// As the product says (the server).
    AsProductSays,
    /// Never (the agent, AG-31): an unknown licensee is refused as if no product allowed it.
    Never,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error("the licensee's state cannot be read or written")]
    Store(#[from] StoreError),
}

/// Answers the question about `licensee` (number or alias); what the answer changed is durable
/// when this returns.
pub async fn validate(
    _store: &Store,
    _vendor: &VendorNumber,
    _licensee: &str,
    _request: ValidationRequest,
    _auto_create: AutoCreate,
    _origin: Origin,
    _now: Timestamp,
) -> Result<Validation, ValidateError> {
    todo!()
}
