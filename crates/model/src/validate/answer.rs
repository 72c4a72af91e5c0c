//! The answer: what a validate call learns, model by model.

use alloc::boxed::Box;
use alloc::vec::Vec;
use jiff::Timestamp;

use crate::licensee::WarningLevel;
use crate::number::{LicenseNumber, LicenseeNumber, ProductModuleNumber};
use crate::product::LicensingModel;
use crate::property::Properties;
use crate::template::LicenseType;

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
    /// The package that the agent answers from has come to its end (AG-19).
    AgentAssetsExpired,
    /// The system's clock is behind trusted time, which the answer counts by (AG-54).
    AgentClockBehind,
    /// Somebody else decides about the module's seats, nodes or credits (D16): an agent in the
    /// server's place, or the server again after an agent has given them back.
    LicenseeDelegated(ProductModuleNumber),
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
        /// A plan runs (and the licensee's secret is right, G-11).
        valid: bool,
        /// The plan in force.
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
    pub kind: LicenseType,
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
    /// The plan in force grants it.
    pub valid: bool,
    /// Its kind, and how much of it there is.
    pub value: SkuValue,
}

/// A SKU's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkuValue {
    /// On or off, which `valid` tells.
    Feature,
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

    /// Nothing of it is valid; all else stays as it is (G-11).
    pub(crate) fn invalidate(&mut self) {
        match self {
            Self::TryAndBuy { valid, .. }
            | Self::Subscription { valid, .. }
            | Self::Floating { valid, .. }
            | Self::PayPerUse { valid, .. }
            | Self::Quota { valid, .. }
            | Self::NodeLocked { valid } => *valid = false,
            Self::Rental(features) => {
                for feature in features {
                    feature.valid = false;
                }
            }
            Self::MultiFeature(features) => {
                for feature in features {
                    feature.valid = false;
                }
            }
            Self::PricingTable { valid, skus, .. } => {
                *valid = false;
                for sku in skus {
                    sku.valid = false;
                }
            }
        }
    }
}

impl Notice {
    /// Its `id` on the wire.
    pub fn id(&self) -> &'static str {
        match self {
            Self::AgentAssetsExpired => "agentAssetsExpired",
            Self::AgentClockBehind => "agentClockBehind",
            Self::LicenseeDelegated(_) => "licenseeDelegated",
            Self::LicenseeInactive => "licenseeInactive",
            Self::LicenseeSecretMismatch => "licenseeSecretMismatch",
            Self::MalformedParameter(_) => "malformedParameter",
            Self::MissingParameter(_) => "missingParameter",
            Self::ModuleMisconfigured(_) => "moduleMisconfigured",
            Self::UsedQuantityExceedsRemaining(_) => "usedQuantityExceedsRemaining",
        }
    }
}
