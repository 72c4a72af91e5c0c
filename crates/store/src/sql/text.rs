//! Columns that hold more than one value: canonical JSON.

use std::collections::BTreeMap;

use leasehold_model::event::{EventKind, EventSet};
use leasehold_model::licensee::{WarningLevel, WarningLevels};
use leasehold_model::money::Currency;
use leasehold_model::number::{LicenseTemplateNumber, ProductModuleNumber};
use leasehold_model::product::{Discount, DiscountAmount};
use leasehold_model::property::Properties;
use serde_json::{Map, Value, json};

/// Names sorted by bytes, no white space.
pub(crate) fn write_properties(properties: &Properties) -> String {
    if properties.is_empty() {
        return "{}".into();
    }
    properties_value(properties).to_string()
}

/// The same as a value.
pub(crate) fn properties_value(properties: &Properties) -> Value {
    let pairs = properties
        .iter()
        .map(|(name, value)| (name.into(), value.into()));
    Value::Object(pairs.collect::<Map<_, _>>())
}

pub(crate) fn read_properties(text: &str) -> Option<Properties> {
    if text == "{}" {
        return Some(Properties::new());
    }
    // Most texts hold no escape, and so are pieces of what is read.
    if let Ok(pairs) = serde_json::from_str::<BTreeMap<&str, &str>>(text) {
        return Some(pairs.into_iter().collect());
    }
    let pairs: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
    let pairs = pairs.iter();
    Some(pairs.map(|(name, value)| (&**name, &**value)).collect())
}

/// Pairs of module and level, in order.
pub(crate) fn write_warning_levels(levels: &WarningLevels) -> String {
    let pairs = levels.0.iter();
    Value::Array(
        pairs
            .map(|(module, level)| json!([module.as_str(), level.as_str()]))
            .collect(),
    )
    .to_string()
}

pub(crate) fn read_warning_levels(text: &str) -> Option<WarningLevels> {
    let level = |module: &str, level: &str| {
        let module = ProductModuleNumber::parse(module).ok()?;
        Some((module, WarningLevel::parse(level)?))
    };
    // As with properties.
    let levels: Option<_> = match serde_json::from_str::<Vec<(&str, &str)>>(text) {
        Ok(pairs) => pairs.iter().map(|pair| level(pair.0, pair.1)).collect(),
        Err(_) => {
            let pairs: Vec<(String, String)> = serde_json::from_str(text).ok()?;
            pairs.iter().map(|pair| level(&pair.0, &pair.1)).collect()
        }
    };
    levels.map(WarningLevels)
}

pub(crate) fn write_discounts(discounts: &[Discount]) -> String {
    let discount = |discount: &Discount| {
        let (kind, amount) = match &discount.amount {
            DiscountAmount::Fixed(hundredths) => ("fixed", json!(hundredths)),
            DiscountAmount::Percent(percent) => ("percent", json!(percent)),
        };
        json!({
            "currency": discount.currency.as_str(),
            kind: amount,
            "total": discount.total_hundredths,
        })
    };
    Value::Array(discounts.iter().map(discount).collect()).to_string()
}

pub(crate) fn read_discounts(text: &str) -> Option<Vec<Discount>> {
    let values: Vec<Value> = serde_json::from_str(text).ok()?;
    let discount = |value: &Value| {
        let amount = match (value.get("fixed"), value.get("percent")) {
            (Some(fixed), None) => DiscountAmount::Fixed(fixed.as_i64()?),
            (None, Some(percent)) => DiscountAmount::Percent(percent.as_str()?.into()),
            _ => return None,
        };
        Some(Discount {
            total_hundredths: value.get("total")?.as_i64()?,
            currency: Currency::parse(value.get("currency")?.as_str()?)?,
            amount,
        })
    };
    values.iter().map(discount).collect()
}

/// Numbers, in order.
pub(crate) fn write_templates(templates: &[LicenseTemplateNumber]) -> String {
    let numbers = templates.iter().map(|number| number.as_str().into());
    Value::Array(numbers.collect()).to_string()
}

pub(crate) fn read_templates(text: &str) -> Option<Vec<LicenseTemplateNumber>> {
    let numbers: Vec<String> = serde_json::from_str(text).ok()?;
    let numbers = numbers.iter();
    numbers
        .map(|number| LicenseTemplateNumber::parse(number).ok())
        .collect()
}

/// Their names, joined by commas.
pub(crate) fn write_events(events: EventSet) -> String {
    let names: Vec<_> = events.iter().map(EventKind::as_str).collect();
    names.join(",")
}

pub(crate) fn read_events(text: &str) -> Option<EventSet> {
    text.split(',').map(EventKind::parse).collect()
}
