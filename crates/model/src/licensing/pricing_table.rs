//! Pricing Table: plans with SKUs (section 10).

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;
use jiff::Timestamp;

use super::chain::{Block, Grace, stand};
use super::sku::{Grants, definitions};
use super::{Defect, Judgment, ModuleView, Owned, earliest};
use crate::change::LicenseeChange;
use crate::license::License;
use crate::licensee::WarningLevel;
use crate::product::ProductModule;
use crate::property::integer;
use crate::template::{LicenseTemplate, LicenseType};
use crate::validate::{PlanInForce, Sku, Verdict};

/// Judges a Pricing Table module (PT-1 to PT-8).
pub(super) fn judge(view: ModuleView<'_>) -> Judgment {
    let definitions = match view.setting("skudef") {
        None => Some(Vec::new()),
        Some(text) => definitions(text),
    };
    let Some(definitions) = definitions else {
        return misconfigured(view);
    };
    let Plans {
        mut running,
        next_segment,
        changes,
    } = plans(view);
    running.sort_unstable_by_key(Plan::precedence);

    let ends = running
        .iter()
        .filter_map(|plan| plan.block)
        .map(|block| block.end);
    let holds_until = earliest([ends.min(), next_segment]);
    let effective = running.first();
    let level = match effective {
        None => WarningLevel::Red,
        Some(plan) => plan
            .block
            .map_or(WarningLevel::Green, |block| block.level(view.now)),
    };
    let grants = effective.map(Plan::grants).unwrap_or_default();
    let verdict = Verdict::PricingTable {
        valid: effective.is_some(),
        plan: effective.map(|plan| plan.in_force(&running)),
        skus: definitions
            .into_iter()
            .map(|definition| definition.granted(&grants))
            .collect(),
    };
    Judgment {
        holds_until,
        changes,
        ..Judgment::new(verdict, level)
    }
}

/// What a plan grants of each SKU that the module defines (PT-2, PT-3); `None` when what the
/// module defines cannot be read.
pub(crate) fn plan_skus(module: &ProductModule, plan: &LicenseTemplate) -> Option<Vec<Sku>> {
    let definitions = match module.properties.get("skudef") {
        None => Vec::new(),
        Some(text) => definitions(text)?,
    };
    let grants = Grants::read(plan.properties.get("skus"));
    let granted = definitions.into_iter();
    Some(granted.map(|sku| sku.granted(&grants)).collect())
}

/// PT-8
fn misconfigured(view: ModuleView<'_>) -> Judgment {
    let verdict = Verdict::PricingTable {
        valid: false,
        plan: None,
        skus: Vec::new(),
    };
    Judgment {
        notice: Some(Defect::Misconfigured.notice(view.number())),
        ..Judgment::new(verdict, WarningLevel::Red)
    }
}

/// A plan that is running.
#[derive(Clone, Copy)]
struct Plan<'a> {
    template: &'a LicenseTemplate,
    /// The license whose own SKUs replace the plan's (PT-6).
    license: &'a License,
    /// When it is a TIMEVOLUME plan.
    block: Option<Block>,
}

struct Plans<'a> {
    running: Vec<Plan<'a>>,
    /// The first begin of a later segment of any plan, running or not (G-9).
    next_segment: Option<Timestamp>,
    changes: Vec<LicenseeChange>,
}

/// PT-4: which plans are running. Grace licenses have no part in it.
fn plans(view: ModuleView<'_>) -> Plans<'_> {
    let mut plans = Plans {
        running: Vec::new(),
        next_segment: None,
        changes: Vec::new(),
    };
    let mut owned: Vec<&Owned<'_>> = view
        .owned
        .iter()
        .filter(|owned| owned.active && !owned.license.terms().grace)
        .collect();
    owned.sort_by_key(|owned| owned.template);
    for licenses in owned.chunk_by(|one, other| one.template == other.template) {
        let [first, ..] = licenses else { continue };
        let template = view.template(first);
        match template.license_type {
            LicenseType::Feature => plans.running.push(Plan {
                template,
                license: first.license,
                block: None,
            }),
            LicenseType::TimeVolume => {
                let licenses = licenses.iter().map(|owned| owned.license);
                let standing = stand(licenses, Grace::default(), &mut plans.changes, view.now);
                plans.next_segment = earliest([plans.next_segment, standing.next_segment]);
                if let Some((block, license)) = standing.running.zip(standing.in_force) {
                    plans.running.push(Plan {
                        template,
                        license,
                        block: Some(block),
                    });
                }
            }
            LicenseType::Floating | LicenseType::Quantity => {}
        }
    }
    plans
}

impl<'a> Plan<'a> {
    /// PT-7: the heavier first, then those that are not handed out to everybody, then by number.
    fn precedence(&self) -> (Reverse<i64>, bool, &'a str) {
        let weight = self.template.properties.get("weight").and_then(integer);
        (
            Reverse(weight.unwrap_or(0)),
            self.template.automatic,
            self.template.number.as_str(),
        )
    }

    /// PT-6
    fn grants(&self) -> Grants {
        Grants::read(self.template.properties.get("skus"))
            .overlaid(Grants::read(self.license.properties().get("skus")))
    }

    fn in_force(&self, running: &[Self]) -> PlanInForce {
        PlanInForce {
            id: self.template.number.as_str().into(),
            name: self.template.name.clone(),
            kind: self.template.license_type,
            active_plans: joined(running),
            expires: self.block.map(|block| block.end),
        }
    }
}

fn joined(plans: &[Plan<'_>]) -> Box<str> {
    let mut numbers = String::new();
    for (at, plan) in plans.iter().enumerate() {
        if at > 0 {
            numbers.push(',');
        }
        numbers.push_str(plan.template.number.as_str());
    }
    numbers.into()
}
