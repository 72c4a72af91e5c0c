//! Answers and state in the words of the cases.

use jiff::Timestamp;
use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;
use leasehold_model::number::LicenseNumber;
use leasehold_model::property::Properties;
use leasehold_model::snapshot::LicenseeAggregate;
use leasehold_model::timestamp::format_timestamp;
use leasehold_model::validate::{
    ModuleValidation, Notice, OfflineLicensee, PlanInForce, SkuValue, Validation, Verdict,
};
use serde_json::{Map, Value, json};

/// A request that was refused.
pub(crate) fn refusal(status: u16, id: &str) -> Value {
    json!({
        "status": status,
        "ttl": null,
        "infos": [{"id": id, "type": "ERROR"}],
        "items": {},
    })
}

/// An answer. `name` is the case's name of a license.
pub(crate) fn validation(
    validation: &Validation,
    name: impl Fn(&LicenseNumber) -> String,
) -> Value {
    let items: Map<String, Value> = validation
        .modules
        .iter()
        .map(|module| (module.number.as_str().to_owned(), item(module, &name)))
        .collect();
    let mut answer = json!({
        "status": 200,
        "ttl": validation.ttl.map(format_timestamp),
        "infos": validation.notices.iter().map(info).collect::<Vec<_>>(),
        "items": items,
    });
    if let Some(licensee) = &validation.licensee {
        answer["licensee"] = offline(licensee);
    }
    answer
}

/// A licensee with its licenses. `name` is the case's name of a license.
pub(crate) fn licensee(
    aggregate: &LicenseeAggregate,
    name: impl Fn(&LicenseNumber) -> String,
) -> Value {
    let licenses: Map<String, Value> = aggregate
        .licenses
        .iter()
        .map(|entity| (name(&entity.number), license(entity)))
        .collect();
    json!({
        "active": aggregate.licensee.active,
        "properties": licensee_properties(&aggregate.licensee),
        "licenses": licenses,
    })
}

fn info(notice: &Notice) -> Value {
    let kind = match notice {
        Notice::LicenseeSecretMismatch => "ERROR",
        _ => "WARNING",
    };
    json!({"id": notice.id(), "type": kind})
}

fn offline(licensee: &OfflineLicensee) -> Value {
    let mut shown = texts(&licensee.properties);
    put(&mut shown, "number", licensee.number.as_str());
    put(&mut shown, "licenseeNumber", licensee.number.as_str());
    shown.into()
}

fn item(module: &ModuleValidation, name: impl Fn(&LicenseNumber) -> String) -> Value {
    let mut properties = Map::new();
    put(
        &mut properties,
        "productModuleNumber",
        module.number.as_str(),
    );
    put(&mut properties, "productModuleName", &module.name);
    put(
        &mut properties,
        "licensingModel",
        module.verdict.licensing_model().as_str(),
    );
    put(
        &mut properties,
        "warningLevel",
        module.warning_level.as_str(),
    );
    let mut lists = Map::new();
    verdict(&module.verdict, &mut properties, &mut lists, name);
    json!({"properties": properties, "lists": lists})
}

fn verdict(
    verdict: &Verdict,
    properties: &mut Map<String, Value>,
    lists: &mut Map<String, Value>,
    name: impl Fn(&LicenseNumber) -> String,
) {
    match verdict {
        Verdict::TryAndBuy {
            valid,
            evaluation,
            expires,
        } => {
            put(properties, "valid", valid);
            put(properties, "evaluation", evaluation);
            put_instant(properties, "evaluationExpires", *expires);
        }
        Verdict::Subscription {
            valid,
            expires,
            grace,
        } => {
            put(properties, "valid", valid);
            put_instant(properties, "expires", *expires);
            put_grace(properties, *grace);
        }
        Verdict::Rental(features) => {
            for feature in features {
                let mut list = Map::new();
                put(&mut list, "valid", feature.valid);
                put_instant(&mut list, "expires", feature.expires);
                put_grace(&mut list, feature.grace);
                let level = feature.warning_level.as_str().to_ascii_lowercase();
                put(&mut list, "expirationWarningLevel", level);
                lists.insert(name(&feature.license), list.into());
            }
        }
        Verdict::Floating { valid, expiration } => {
            put(properties, "valid", valid);
            put_instant(properties, "expirationTimestamp", *expiration);
        }
        Verdict::MultiFeature(features) => {
            for feature in features {
                let mut list = Map::new();
                put(&mut list, "valid", feature.valid);
                put(&mut list, "featureName", &feature.name);
                lists.insert(feature.id.to_string(), list.into());
            }
        }
        Verdict::PayPerUse { valid, remaining } => {
            put(properties, "valid", valid);
            put(properties, "remainingQuantity", remaining);
        }
        Verdict::Quota { valid, quota } => {
            put(properties, "valid", valid);
            put(properties, "quota", quota);
        }
        Verdict::NodeLocked { valid } => put(properties, "valid", valid),
        Verdict::PricingTable { valid, plan, skus } => {
            put(properties, "valid", valid);
            if let Some(plan) = plan {
                put_plan(properties, plan);
            }
            for sku in skus {
                let mut list = Map::new();
                put(&mut list, "valid", sku.valid);
                put(&mut list, "name", &sku.name);
                match sku.value {
                    SkuValue::Feature => put(&mut list, "type", "FEATURE"),
                    SkuValue::Quota(quota) => {
                        put(&mut list, "type", "QUOTA");
                        put(&mut list, "quota", quota);
                    }
                }
                lists.insert(sku.number.to_string(), list.into());
            }
        }
    }
}

fn put_plan(properties: &mut Map<String, Value>, plan: &PlanInForce) {
    put(properties, "pricingPlanId", &plan.id);
    put(properties, "pricingPlanName", &plan.name);
    put(properties, "pricingPlanType", plan.kind.as_str());
    put(properties, "activePricingPlans", &plan.active_plans);
    put_instant(properties, "expires", plan.expires);
}

fn licensee_properties(licensee: &Licensee) -> Map<String, Value> {
    let mut shown = texts(&licensee.custom);
    if let Some(name) = &licensee.name {
        put(&mut shown, "name", name);
    }
    if let Some(secret) = &licensee.secret {
        put(&mut shown, "licenseeSecret", secret.expose());
    }
    if let Some(marked) = licensee.marked_for_transfer {
        put(&mut shown, "markedForTransfer", marked);
    }
    if !licensee.aliases.is_empty() {
        let aliases: Vec<_> = licensee
            .aliases
            .iter()
            .map(|alias| alias.as_str())
            .collect();
        put(&mut shown, "aliases", json!(aliases));
    }
    shown
}

fn license(license: &License) -> Value {
    let mut shown = texts(license.properties());
    if let Some(start) = &license.start_date {
        put(&mut shown, "startDate", start.text());
    }
    if let Some(used) = &license.used_quantity {
        put(&mut shown, "usedQuantity", used.text());
    }
    for (session, until) in &license.sessions {
        put(&mut shown, &format!("sessionId_{session}"), until.text());
    }
    for (slot, secret) in &license.node_secrets {
        put(&mut shown, &format!("nodeSecret{slot}"), secret);
    }
    json!({
        "licenseTemplateNumber": license.template.as_str(),
        "active": license.active,
        "properties": shown,
    })
}

fn texts(properties: &Properties) -> Map<String, Value> {
    let pairs = properties.iter();
    pairs
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

fn put(properties: &mut Map<String, Value>, name: &str, value: impl ToString) {
    properties.insert(name.to_owned(), value.to_string().into());
}

fn put_instant(properties: &mut Map<String, Value>, name: &str, at: Option<Timestamp>) {
    if let Some(at) = at {
        put(properties, name, format_timestamp(at));
    }
}

fn put_grace(properties: &mut Map<String, Value>, grace: bool) {
    if grace {
        put(properties, "gracePeriod", true);
    }
}
