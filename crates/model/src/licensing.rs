//! The nine licensing models: each judges one module from what the licensee
//! owns of it, and says what that changes. None of them sees another module.

use alloc::vec::Vec;
use jiff::Timestamp;

use crate::change::LicenseeChange;
use crate::license::License;
use crate::licensee::WarningLevel;
use crate::number::{LicenseNumber, ProductModuleNumber};
use crate::product::LicensingModel;
use crate::snapshot::{ModuleTree, StatefulRights};
use crate::template::{LicenseTemplate, LicenseType};
use crate::validate::{ModuleParameters, Notice, Verdict};

mod chain;
mod floating;
mod level;
mod multi_feature;
mod node_locked;
mod pay_per_use;
mod pricing_table;
mod quota;
mod rental;
mod sku;
mod subscription;
mod try_and_buy;

pub(crate) use pricing_table::plan_skus;

/// All that a model looks at.
#[derive(Clone, Copy)]
pub(crate) struct ModuleView<'a> {
    /// The module and its templates.
    pub(crate) tree: &'a ModuleTree,
    /// The licensee's licenses of this module, inactive ones included, sorted by number.
    pub(crate) owned: &'a [Owned<'a>],
    /// The request's group for this module.
    pub(crate) parameters: Option<&'a ModuleParameters>,
    /// New licenses may be made: product, module and licensee are active (G-6).
    pub(crate) acquirable: bool,
    /// Who gives seats, nodes and credits away.
    pub(crate) stateful: StatefulRights,
    /// The instant of the call.
    pub(crate) now: Timestamp,
}

/// A license in the place where it counts.
#[derive(Clone, Copy)]
pub(crate) struct Owned<'a> {
    /// The place of its module in the product.
    pub(crate) module: usize,
    /// The place of its template in the module.
    pub(crate) template: usize,
    /// It counts: itself and its licensee are active (G-6).
    pub(crate) active: bool,
    /// The license.
    pub(crate) license: &'a License,
}

/// What a model says about a module.
pub(crate) struct Judgment {
    /// Its part of the answer.
    pub(crate) verdict: Verdict,
    /// Its level after the call.
    pub(crate) level: WarningLevel,
    /// What the caller should know.
    pub(crate) notice: Option<Notice>,
    /// The earliest moment known now at which the verdict can change (G-9).
    pub(crate) holds_until: Option<Timestamp>,
    /// A session was checked in, so that the answer must not be cached (G-9).
    pub(crate) is_check_in: bool,
    /// What it changes.
    pub(crate) changes: Vec<LicenseeChange>,
}

impl Judgment {
    fn new(verdict: Verdict, level: WarningLevel) -> Self {
        Self {
            verdict,
            level,
            notice: None,
            holds_until: None,
            is_check_in: false,
            changes: Vec::new(),
        }
    }
}

/// Why a module is not judged by its rules (G-7). In this order the first that holds decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Defect {
    Misconfigured,
    Missing,
    Malformed,
}

impl Defect {
    fn notice(self, module: &ProductModuleNumber) -> Notice {
        let module = module.clone();
        match self {
            Self::Misconfigured => Notice::ModuleMisconfigured(module),
            Self::Missing => Notice::MissingParameter(module),
            Self::Malformed => Notice::MalformedParameter(module),
        }
    }
}

impl<'a> ModuleView<'a> {
    /// Judges the module by its model; `None` for the one that is never validated (G-10).
    pub(crate) fn judge(self, fresh: &mut dyn FnMut() -> LicenseNumber) -> Option<Judgment> {
        Some(match self.tree.module.licensing_model {
            LicensingModel::TryAndBuy => try_and_buy::judge(self, fresh),
            LicensingModel::Subscription => subscription::judge(self),
            LicensingModel::Rental => rental::judge(self),
            LicensingModel::Floating => floating::judge(self),
            LicensingModel::MultiFeature => multi_feature::judge(self),
            LicensingModel::PayPerUse => pay_per_use::judge(self),
            LicensingModel::PricingTable => pricing_table::judge(self),
            LicensingModel::Quota => quota::judge(self),
            LicensingModel::NodeLocked => node_locked::judge(self),
            LicensingModel::Discount => return None,
        })
    }

    fn number(self) -> &'a ProductModuleNumber {
        &self.tree.module.number
    }

    /// What is told where somebody else decides (D16).
    fn delegated(self) -> Option<Notice> {
        (self.stateful == StatefulRights::Delegated)
            .then(|| Notice::LicenseeDelegated(self.number().clone()))
    }

    fn setting(self, name: &str) -> Option<&'a str> {
        self.tree.module.properties.get(name)
    }

    fn template(self, owned: &Owned<'a>) -> &'a LicenseTemplate {
        &self.tree.templates[owned.template]
    }

    /// Every license of this type, by number. Those of other types are ignored.
    fn all(self, kind: LicenseType) -> impl Iterator<Item = &'a Owned<'a>> {
        self.owned
            .iter()
            .filter(move |owned| self.template(owned).license_type == kind)
    }

    /// The licenses of this type that count, by number.
    fn active(self, kind: LicenseType) -> impl Iterator<Item = &'a License> {
        self.all(kind)
            .filter(|owned| owned.active)
            .map(|owned| owned.license)
    }
}

/// A parameter's value; one given as empty counts as absent (G-7).
fn given(value: Option<&str>) -> Option<&str> {
    value.filter(|text| !text.is_empty())
}

/// A session id or node secret: 1 to 1000 characters (G-7).
fn identifier(text: &str) -> Result<&str, Defect> {
    const LIMIT: usize = 1000;
    if text.chars().nth(LIMIT).is_some() {
        Err(Defect::Malformed)
    } else {
        Ok(text)
    }
}

/// The earliest of some moments.
fn earliest<const N: usize>(moments: [Option<Timestamp>; N]) -> Option<Timestamp> {
    moments.into_iter().flatten().min()
}

/// Sums counts; what is too large to count stays the largest count.
fn sum(counts: impl Iterator<Item = i64>) -> i64 {
    counts.fold(0, i64::saturating_add)
}
