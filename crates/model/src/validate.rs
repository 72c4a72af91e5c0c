//! "May I run?": the question, the answer, and how one becomes the other.

use alloc::vec::Vec;
use jiff::Timestamp;

use crate::change::{Decision, LicenseeChange};
use crate::licensee::Licensee;
use crate::number::{LicenseNumber, ProductNumber};
use crate::snapshot::Snapshot;

mod answer;
mod request;

pub use answer::{
    Feature, ModuleValidation, Notice, OfflineLicensee, PlanInForce, RentedFeature, Sku, SkuValue,
    Validation, Verdict,
};
pub use request::{ModuleParameters, ValidationRequest};

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody of that number, and the request names no product.
    #[error("Requested licensee does not exist and the productNumber is not provided")]
    UnknownLicensee,
    /// Nobody of that number, and the named product does not create licensees (or does not exist).
    #[error("Requested licensee does not exist")]
    NoAutoCreate,
    /// The licensee exists, in another product than the request names.
    #[error("The licensee does not belong to the product that productNumber names")]
    ProductMismatch,
    /// Two groups name one module.
    #[error("A product module is named by more than one productModuleNumber parameter")]
    ModuleNamedTwice,
}

/// What validating comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdicts {
    /// The licensee was known: the answer, and changes of it.
    Known(Decision<Validation>),
    /// The licensee is created by this call, unless it is a dry run.
    Created {
        /// The answer.
        outcome: Validation,
        /// The product it is created in.
        product: ProductNumber,
        /// The licensee; `None` in a dry run or after a secret mismatch, which create nothing.
        licensee: Option<Licensee>,
        /// Its automatic licenses, and what the validation changed of them.
        changes: Vec<LicenseeChange>,
    },
}

/// Answers `request` at `now`.
///
/// `fresh` gives numbers for licenses that the call creates; each must be unused within the vendor.
/// Fails with a [`Refusal`] that changes nothing. Source: licensing models, sections 1 to 12.
pub fn validate(
    _snapshot: Snapshot<'_>,
    _request: &ValidationRequest,
    _fresh: &mut dyn FnMut() -> LicenseNumber,
    _now: Timestamp,
) -> Result<Verdicts, Refusal> {
    todo!("the licensing models")
}
