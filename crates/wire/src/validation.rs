//! The answer of a validation as an envelope (wire contract, section 7.6).

use jiff::Timestamp;
use leasehold_model::licensee::WarningLevel;
use leasehold_model::timestamp::TimestampText;
use leasehold_model::validate::{
    Feature, ModuleValidation, Notice, OfflineLicensee, PlanInForce, RentedFeature, Sku, SkuValue,
    Validation, Verdict,
};

use crate::context::Context;
use crate::envelope::{Envelope, Writer};
use crate::info::Info;

/// Property order within an item: `productModuleNumber`, `valid`, the model's own values,
/// `productModuleName`, `warningLevel`, `licensingModel`.
impl Envelope for Validation {
    fn ttl(&self) -> Option<impl AsRef<str>> {
        self.ttl.map(TimestampText::of)
    }

    fn tell(&self, writer: &mut impl Writer) {
        for notice in &self.notices {
            writer.info(&info(notice));
        }
        writer.items(None);
        if let Some(licensee) = &self.licensee {
            tell_licensee(licensee, writer);
        }
        for module in &self.modules {
            tell_module(module, writer);
        }
    }
}

/// The answer's items, infos and ttl.
pub fn context(validation: &Validation) -> Context {
    Context::of(validation)
}

/// How a notice is told.
pub fn info(notice: &Notice) -> Info {
    match notice {
        Notice::LicenseeDelegated(module) => Info::warning(
            "licenseeDelegated",
            format!(
                "Another installation decides about this licensee's seats, nodes and usage - product module '{module}'"
            ),
        ),
        Notice::AgentAssetsExpired => Info::warning(
            "agentAssetsExpired",
            "The agent's assets have come to their end, therefore nothing is valid: import current ones",
        ),
        Notice::AgentClockBehind => Info::warning(
            "agentClockBehind",
            "The clock of the agent's machine was set back: time goes on from where it had come to",
        ),
        Notice::LicenseeInactive => Info::warning(
            "licenseeInactive",
            "The licensee is inactive, therefore nothing is valid",
        ),
        Notice::LicenseeSecretMismatch => Info::error(
            "licenseeSecretMismatch",
            "The licensee secret is missing or does not match",
        ),
        Notice::MalformedParameter(module) => Info::warning(
            "malformedParameter",
            format!("A parameter of product module '{module}' cannot be read"),
        ),
        Notice::MissingParameter(module) => Info::warning(
            "missingParameter",
            format!("A parameter that product module '{module}' requires is missing"),
        ),
        Notice::ModuleMisconfigured(module) => Info::warning(
            "moduleMisconfigured",
            format!("The settings of product module '{module}' cannot be used"),
        ),
        Notice::UsedQuantityExceedsRemaining(module) => Info::warning(
            "usedQuantityExceedsRemaining",
            format!("usedQuantity exceeds remaining quantity - product module '{module}'"),
        ),
    }
}

/// Both names of its number, since clients read one or the other (G-12).
fn tell_licensee(licensee: &OfflineLicensee, writer: &mut impl Writer) {
    writer.item("Licensee");
    writer.property("licenseeNumber", licensee.number.as_str());
    writer.property("number", licensee.number.as_str());
    for (name, value) in licensee.properties.iter() {
        writer.custom(name, value);
    }
    writer.end_item();
}

fn tell_module(module: &ModuleValidation, writer: &mut impl Writer) {
    writer.item("ProductModuleValidation");
    writer.property("productModuleNumber", module.number.as_str());
    tell_values(&module.verdict, writer);
    writer.property("productModuleName", &module.name);
    writer.word("warningLevel", module.warning_level.as_str());
    let model = module.verdict.licensing_model();
    writer.word("licensingModel", model.as_str());
    tell_lists(&module.verdict, writer);
    writer.end_item();
}

fn tell_values(verdict: &Verdict, writer: &mut impl Writer) {
    match verdict {
        Verdict::TryAndBuy {
            valid,
            evaluation,
            expires,
        } => {
            tell_truth("valid", *valid, writer);
            tell_truth("evaluation", *evaluation, writer);
            tell_instant("evaluationExpires", *expires, writer);
        }
        Verdict::Subscription {
            valid,
            expires,
            grace,
        } => {
            tell_truth("valid", *valid, writer);
            tell_instant("expires", *expires, writer);
            tell_grace(*grace, writer);
        }
        Verdict::Rental(_) | Verdict::MultiFeature(_) => {}
        Verdict::Floating { valid, expiration } => {
            tell_truth("valid", *valid, writer);
            tell_instant("expirationTimestamp", *expiration, writer);
        }
        Verdict::PayPerUse { valid, remaining } => {
            tell_truth("valid", *valid, writer);
            writer.word("remainingQuantity", &remaining.to_string());
        }
        Verdict::Quota { valid, quota } => {
            tell_truth("valid", *valid, writer);
            writer.word("quota", &quota.to_string());
        }
        Verdict::NodeLocked { valid } => tell_truth("valid", *valid, writer),
        Verdict::PricingTable { valid, plan, .. } => {
            tell_truth("valid", *valid, writer);
            if let Some(plan) = plan {
                tell_plan(plan, writer);
            }
        }
    }
}

fn tell_lists(verdict: &Verdict, writer: &mut impl Writer) {
    match verdict {
        Verdict::Rental(features) => {
            for feature in features {
                tell_rented(feature, writer);
            }
        }
        Verdict::MultiFeature(features) => {
            for feature in features {
                tell_feature(feature, writer);
            }
        }
        Verdict::PricingTable { skus, .. } => {
            for sku in skus {
                tell_sku(sku, writer);
            }
        }
        Verdict::TryAndBuy { .. }
        | Verdict::Subscription { .. }
        | Verdict::Floating { .. }
        | Verdict::PayPerUse { .. }
        | Verdict::Quota { .. }
        | Verdict::NodeLocked { .. } => {}
    }
}

fn tell_plan(plan: &PlanInForce, writer: &mut impl Writer) {
    writer.property("pricingPlanId", &plan.id);
    writer.property("pricingPlanName", &plan.name);
    writer.word("pricingPlanType", plan.kind.as_str());
    writer.property("activePricingPlans", &plan.active_plans);
    tell_instant("expires", plan.expires, writer);
}

fn tell_rented(feature: &RentedFeature, writer: &mut impl Writer) {
    writer.list(feature.license.as_str());
    tell_truth("valid", feature.valid, writer);
    tell_instant("expires", feature.expires, writer);
    tell_grace(feature.grace, writer);
    // Lower case here, and upper case everywhere else, as the original shows it (RENT-2).
    let level = match feature.warning_level {
        WarningLevel::Green => "green",
        WarningLevel::Yellow => "yellow",
        WarningLevel::Red => "red",
    };
    writer.word("expirationWarningLevel", level);
    writer.end_list();
}

fn tell_feature(feature: &Feature, writer: &mut impl Writer) {
    writer.list(&feature.id);
    tell_truth("valid", feature.valid, writer);
    writer.property("featureName", &feature.name);
    writer.end_list();
}

fn tell_sku(sku: &Sku, writer: &mut impl Writer) {
    writer.list(&sku.number);
    tell_truth("valid", sku.valid, writer);
    let kind = match sku.value {
        SkuValue::Feature => "FEATURE",
        SkuValue::Quota(quota) => {
            writer.word("quota", &quota.to_string());
            "QUOTA"
        }
    };
    writer.property("name", &sku.name);
    writer.word("type", kind);
    writer.end_list();
}

fn tell_instant(name: &'static str, at: Option<Timestamp>, writer: &mut impl Writer) {
    if let Some(at) = at {
        writer.word(name, TimestampText::of(at).as_str());
    }
}

fn tell_truth(name: &'static str, value: bool, writer: &mut impl Writer) {
    writer.word(name, if value { "true" } else { "false" });
}

/// Told only when it is so.
fn tell_grace(runs_in_grace: bool, writer: &mut impl Writer) {
    if runs_in_grace {
        tell_truth("gracePeriod", true, writer);
    }
}
