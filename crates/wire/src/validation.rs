//! The answer of a validation as an envelope (wire contract, section 7.6).

use jiff::Timestamp;
use leasehold_model::licensee::WarningLevel;
use leasehold_model::timestamp::format_timestamp;
use leasehold_model::validate::{
    Feature, ModuleValidation, Notice, OfflineLicensee, PlanInForce, RentedFeature, Sku, SkuValue,
    Validation, Verdict,
};

use crate::context::{Context, Item, Items, List};
use crate::info::Info;

/// Writes the answer's items, infos and ttl. Property order within an item: `productModuleNumber`,
/// `valid`, the model's own values, `productModuleName`, `warningLevel`, `licensingModel`.
pub fn context(validation: &Validation) -> Context {
    let licensee = validation.licensee.iter().map(licensee);
    let modules = validation.modules.iter().map(module);
    Context {
        infos: validation.notices.iter().map(info).collect(),
        items: Some(Items {
            items: licensee.chain(modules).collect(),
            page: None,
        }),
        ttl: validation.ttl.map(format_timestamp),
    }
}

fn info(notice: &Notice) -> Info {
    match notice {
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
fn licensee(licensee: &OfflineLicensee) -> Item {
    let mut item = Item::new("Licensee");
    item.put("licenseeNumber", &licensee.number);
    item.put("number", &licensee.number);
    for (name, value) in licensee.properties.iter() {
        item.put_custom(name, value);
    }
    item
}

fn module(module: &ModuleValidation) -> Item {
    let mut item = Item::new("ProductModuleValidation");
    item.properties.reserve_exact(9);
    item.put("productModuleNumber", &module.number);
    verdict(&mut item, &module.verdict);
    item.put("productModuleName", &*module.name);
    item.put("warningLevel", module.warning_level.as_str());
    let model = module.verdict.licensing_model();
    item.put("licensingModel", model.as_str());
    item
}

fn verdict(item: &mut Item, verdict: &Verdict) {
    match verdict {
        Verdict::TryAndBuy {
            valid,
            evaluation,
            expires,
        } => {
            item.put("valid", truth(*valid));
            item.put("evaluation", truth(*evaluation));
            put_instant(item, "evaluationExpires", *expires);
        }
        Verdict::Subscription {
            valid,
            expires,
            grace,
        } => {
            item.put("valid", truth(*valid));
            put_instant(item, "expires", *expires);
            if *grace {
                item.put("gracePeriod", "true");
            }
        }
        Verdict::Rental(features) => item.lists.extend(features.iter().map(rented)),
        Verdict::Floating { valid, expiration } => {
            item.put("valid", truth(*valid));
            put_instant(item, "expirationTimestamp", *expiration);
        }
        Verdict::MultiFeature(features) => item.lists.extend(features.iter().map(feature)),
        Verdict::PayPerUse { valid, remaining } => {
            item.put("valid", truth(*valid));
            item.put("remainingQuantity", remaining.to_string());
        }
        Verdict::Quota { valid, quota } => {
            item.put("valid", truth(*valid));
            item.put("quota", quota.to_string());
        }
        Verdict::NodeLocked { valid } => {
            item.put("valid", truth(*valid));
        }
        Verdict::PricingTable { valid, plan, skus } => {
            item.put("valid", truth(*valid));
            if let Some(plan) = plan {
                put_plan(item, plan);
            }
            item.lists.extend(skus.iter().map(sku));
        }
    }
}

fn put_plan(item: &mut Item, plan: &PlanInForce) {
    item.put("pricingPlanId", &*plan.id);
    item.put("pricingPlanName", &*plan.name);
    item.put("pricingPlanType", plan.kind.as_str());
    item.put("activePricingPlans", &*plan.active_plans);
    put_instant(item, "expires", plan.expires);
}

fn rented(feature: &RentedFeature) -> List {
    let mut list = List::new(feature.license.as_str());
    list.put("valid", truth(feature.valid));
    if let Some(expires) = feature.expires {
        list.put("expires", format_timestamp(expires));
    }
    if feature.grace {
        list.put("gracePeriod", "true");
    }
    // Lower case here, and upper case everywhere else, as the original shows it (RENT-2).
    let level = match feature.warning_level {
        WarningLevel::Green => "green",
        WarningLevel::Yellow => "yellow",
        WarningLevel::Red => "red",
    };
    list.put("expirationWarningLevel", level);
    list
}

fn feature(feature: &Feature) -> List {
    let mut list = List::new(&feature.id);
    list.put("valid", truth(feature.valid));
    list.put("featureName", &*feature.name);
    list
}

fn sku(sku: &Sku) -> List {
    let mut list = List::new(&sku.number);
    list.put("valid", truth(sku.valid));
    let kind = match sku.value {
        SkuValue::Feature => "FEATURE",
        SkuValue::Quota(quota) => {
            list.put("quota", quota.to_string());
            "QUOTA"
        }
    };
    list.put("name", &*sku.name);
    list.put("type", kind);
    list
}

fn put_instant(item: &mut Item, name: &'static str, at: Option<Timestamp>) {
    if let Some(at) = at {
        item.put(name, format_timestamp(at));
    }
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
