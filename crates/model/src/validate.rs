//! "May I run?": the question, the answer, and how one becomes the other.

use alloc::vec::Vec;
use jiff::Timestamp;

use crate::acquire::automatic_licenses;
use crate::change::{Decision, LicenseeChange};
use crate::licensee::Licensee;
use crate::number::{LicenseNumber, LicenseeNumber, ProductNumber};
use crate::snapshot::{LicenseeAggregate, ProductTree, Snapshot, Subject};
use crate::timestamp::truncate_to_millisecond;
use crate::vendor::TtlMinutes;
use hearing::Hearing;

mod answer;
mod hearing;
mod request;
mod secret;

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
    snapshot: Snapshot<'_>,
    request: &ValidationRequest,
    fresh: &mut dyn FnMut() -> LicenseNumber,
    now: Timestamp,
) -> Result<Verdicts, Refusal> {
    let now = truncate_to_millisecond(now);
    match snapshot.subject {
        Subject::Known {
            product,
            licensee,
            stateful,
        } => {
            let named = named_product(request);
            if named.is_some_and(|number| number != product.product.number.as_str()) {
                return Err(Refusal::ProductMismatch);
            }
            let hearing = Hearing::open(snapshot.ttl, product, licensee, request, now)?;
            let hearing = hearing.with(stateful);
            let (outcome, changes) = hearing.decide(fresh);
            Ok(Verdicts::Known(Decision { outcome, changes }))
        }
        Subject::Unknown { number, product } => {
            named_product(request).ok_or(Refusal::UnknownLicensee)?;
            let product =
                product.filter(|tree| tree.product.active && tree.product.licensee_auto_create);
            let product = product.ok_or(Refusal::NoAutoCreate)?;
            create(snapshot.ttl, product, number, request, fresh, now)
        }
    }
}

/// G-5.2: the answer is that of the licensee as it would be right after its creation.
fn create(
    ttl: TtlMinutes,
    product: &ProductTree,
    number: &LicenseeNumber,
    request: &ValidationRequest,
    fresh: &mut dyn FnMut() -> LicenseNumber,
    now: Timestamp,
) -> Result<Verdicts, Refusal> {
    let mut licenses = automatic_licenses(product, false, fresh);
    licenses.sort_unstable_by(|one, other| one.number.cmp(&other.number));
    let newcomer = LicenseeAggregate {
        licensee: newcomer(number, request),
        licenses,
    };
    let hearing = Hearing::open(ttl, product, &newcomer, request, now)?;
    let creates = !request.dry_run && !hearing.is_mismatch();
    let (outcome, decided) = hearing.decide(fresh);
    let product = product.product.number.clone();
    if !creates {
        return Ok(Verdicts::Created {
            outcome,
            product,
            licensee: None,
            changes: Vec::new(),
        });
    }
    let LicenseeAggregate { licensee, licenses } = newcomer;
    let automatic = licenses
        .into_iter()
        .map(|license| LicenseeChange::PutLicense {
            former: None,
            license,
        });
    Ok(Verdicts::Created {
        outcome,
        product,
        licensee: Some(licensee),
        changes: automatic.chain(decided).collect(),
    })
}

fn newcomer(number: &LicenseeNumber, request: &ValidationRequest) -> Licensee {
    Licensee {
        name: request
            .licensee_name
            .clone()
            .filter(|name| !name.is_empty()),
        custom: request.custom.clone(),
        ..Licensee::new(number.clone())
    }
}

fn named_product(request: &ValidationRequest) -> Option<&str> {
    request
        .product
        .as_deref()
        .filter(|number| !number.is_empty())
}
