//! "May I run?": the question, the answer, and how one becomes the other.

use alloc::boxed::Box;
use alloc::vec::Vec;
use jiff::Timestamp;

use crate::change::{Decision, LicenseeChange};
use crate::licensee::{Licensee, WarningLevel};
use crate::number::{LicenseNumber, LicenseeNumber, ProductModuleNumber, ProductNumber};
use crate::product::LicensingModel;
use crate::property::Properties;
use crate::snapshot::Snapshot;

/// The question. Values of module parameters are as given: whether they are well-formed depends
/// on the module's model and is judged there (G-7).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValidationRequest {
    /// `productNumber`: needed to create a licensee, must match one that exists. As given; it may name nothing.
    pub product: Option<Box<str>>,
    /// `licenseeName`: the name of a licensee created by this call.
    pub licensee_name: Option<Box<str>>,
    /// `licenseeSecret` (G-11).
    pub licensee_secret: Option<Box<str>>,
    /// Compute without any change (G-8).
    pub dry_run: bool,
    /// Add the licensee to the answer (G-12).
    pub for_offline_use: bool,
    /// The groups, in the order of their opening keys. They may name unknown modules.
    pub modules: Vec<ModuleParameters>,
    /// What is neither reserved nor consumed: properties of a licensee created by this call.
    pub custom: Properties,
}

/// One parameter group (G-7). An empty value is given as `Some("")`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModuleParameters {
    /// `productModuleNumber`, as given.
    pub module: Box<str>,
    /// `sessionId`
    pub session_id: Option<Box<str>>,
    /// `action`
    pub action: Option<Box<str>>,
    /// `maxCheckoutValidity`, seconds.
    pub max_checkout_validity: Option<Box<str>>,
    /// `nodeSecret`
    pub node_secret: Option<Box<str>>,
    /// `usedQuantity`
    pub used_quantity: Option<Box<str>>,
    /// `reserveQuantity`
    pub reserve_quantity: Option<Box<str>>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    /// Until when it may be cached (G-9); `None` after a check-in.
    pub ttl: Option<Timestamp>,
    /// At most one per kind, sorted by id.
    pub notices: Vec<Notice>,
    /// With `forOfflineUse`: the licensee as it is after the call.
    pub licensee: Option<OfflineLicensee>,
    /// One per validated module of the product, in creation order.
    pub modules: Vec<ModuleValidation>,
}

/// The licensee of an offline answer (G-12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfflineLicensee {
    /// Its number.
    pub number: LicenseeNumber,
    /// Its name and custom properties, reserved ones left out.
    pub properties: Properties,
}

/// Something a caller should know. `LicenseeSecretMismatch` is of type error, the rest are warnings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// The licensee is inactive (G-6).
    LicenseeInactive,
    /// The licensee's secret is wrong or missing (G-11).
    LicenseeSecretMismatch,
    /// A parameter cannot be read; the module that it was for.
    MalformedParameter(ProductModuleNumber),
    /// A required parameter is missing; the module that needs it.
    MissingParameter(ProductModuleNumber),
    /// A module's own settings are unusable.
    ModuleMisconfigured(ProductModuleNumber),
    /// More was used than remained (PPU-2).
    UsedQuantityExceedsRemaining(ProductModuleNumber),
}

/// One module's part of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleValidation {
    /// Which module.
    pub number: ProductModuleNumber,
    /// Its name.
    pub name: Box<str>,
    /// Its level after the call.
    pub warning_level: WarningLevel,
    /// What its model says.
    pub verdict: Verdict,
}

/// What a licensing model says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Section 2.
    TryAndBuy {
        /// May it run.
        valid: bool,
        /// True unless bought.
        evaluation: bool,
        /// The end of the evaluation, past ones included.
        expires: Option<Timestamp>,
    },
    /// Section 3.
    Subscription {
        /// May it run.
        valid: bool,
        /// The end of the block, or of grace.
        expires: Option<Timestamp>,
        /// It runs in grace only.
        grace: bool,
    },
    /// Section 4: one per feature.
    Rental(Vec<RentedFeature>),
    /// Section 5.
    Floating {
        /// The session has a seat.
        valid: bool,
        /// Until when.
        expiration: Option<Timestamp>,
    },
    /// Section 6: one per template.
    MultiFeature(Vec<Feature>),
    /// Section 7.
    PayPerUse {
        /// May it run.
        valid: bool,
        /// Credits left, negative when overdrawn.
        remaining: i64,
    },
    /// Section 8.
    Quota {
        /// There is any.
        valid: bool,
        /// The number to compare with; -1 is unlimited.
        quota: i64,
    },
    /// Section 9.
    NodeLocked {
        /// The node is bound.
        valid: bool,
    },
    /// Section 10.
    PricingTable {
        /// The plan in force; `None` means not valid.
        plan: Option<PlanInForce>,
        /// One per entry of the module's `skudef`.
        skus: Vec<Sku>,
    },
}

/// A feature of a Rental module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RentedFeature {
    /// The FEATURE license.
    pub license: LicenseNumber,
    /// May it run.
    pub valid: bool,
    /// Only when valid.
    pub expires: Option<Timestamp>,
    /// It runs in grace only.
    pub grace: bool,
    /// Its own level.
    pub warning_level: WarningLevel,
}

/// A feature of a MultiFeature module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// The template's number.
    pub id: Box<str>,
    /// The template's name.
    pub name: Box<str>,
    /// Owned.
    pub valid: bool,
}

/// The plan in force of a PricingTable module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanInForce {
    /// The template's number.
    pub id: Box<str>,
    /// The template's name.
    pub name: Box<str>,
    /// FEATURE or TIMEVOLUME.
    pub kind: crate::template::LicenseType,
    /// All running plans in order of precedence, joined by commas.
    pub active_plans: Box<str>,
    /// The end of its block, when it is a TIMEVOLUME plan.
    pub expires: Option<Timestamp>,
}

/// One SKU of a PricingTable module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sku {
    /// Its number in `skudef`.
    pub number: Box<str>,
    /// Its name in `skudef`.
    pub name: Box<str>,
    /// Its value.
    pub value: SkuValue,
}

/// A SKU's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkuValue {
    /// On or off.
    Feature(bool),
    /// A number; -1 is unlimited, 0 is off.
    Quota(i64),
}

impl Verdict {
    /// The model whose verdict it is.
    pub fn licensing_model(&self) -> LicensingModel {
        match self {
            Self::TryAndBuy { .. } => LicensingModel::TryAndBuy,
            Self::Subscription { .. } => LicensingModel::Subscription,
            Self::Rental(_) => LicensingModel::Rental,
            Self::Floating { .. } => LicensingModel::Floating,
            Self::MultiFeature(_) => LicensingModel::MultiFeature,
            Self::PayPerUse { .. } => LicensingModel::PayPerUse,
            Self::Quota { .. } => LicensingModel::Quota,
            Self::NodeLocked { .. } => LicensingModel::NodeLocked,
            Self::PricingTable { .. } => LicensingModel::PricingTable,
        }
    }
}

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
