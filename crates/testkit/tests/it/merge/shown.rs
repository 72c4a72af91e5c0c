//! States and conflicts in the words of the cases.

use leasehold_model::license::License;
use leasehold_model::merge::Conflict;
use leasehold_model::property::Given;
use leasehold_model::snapshot::LicenseeAggregate;
use leasehold_model::timestamp::{format_timestamp, parse_timestamp};
use serde_json::{Map, Value, json};

/// The licenses, by number.
pub(super) fn licenses(aggregate: &LicenseeAggregate) -> Value {
    let shown: Vec<Value> = aggregate.licenses.iter().map(license).collect();
    normal(&Value::from(shown))
}

fn license(license: &License) -> Value {
    let mut properties = Map::new();
    for (name, value) in license.properties().iter() {
        properties.insert(name.into(), value.into());
    }
    let start = license.start_date.as_ref().map(Given::text);
    let used = license.used_quantity.as_ref().map(Given::text);
    for (name, text) in [("startDate", start), ("usedQuantity", used)] {
        if let Some(text) = text {
            properties.insert(name.into(), text.into());
        }
    }
    for (session, until) in &license.sessions {
        properties.insert(format!("sessionId_{session}"), until.text().into());
    }
    for (slot, secret) in &license.node_secrets {
        properties.insert(format!("nodeSecret{slot}"), (**secret).into());
    }
    json!({
        "number": license.number.as_str(),
        "licenseTemplateNumber": license.template.as_str(),
        "active": license.active,
        "properties": properties,
    })
}

/// Instants written in one way: a case may write them in another.
pub(super) fn normal(licenses: &Value) -> Value {
    let mut licenses = licenses.clone();
    for license in licenses.as_array_mut().unwrap() {
        let properties = license["properties"].as_object_mut().unwrap();
        for (name, value) in properties {
            if name == "startDate" || name.starts_with("sessionId_") {
                let instant = value.as_str().and_then(parse_timestamp);
                if let Some(instant) = instant {
                    *value = format_timestamp(instant).into();
                }
            }
        }
    }
    licenses
}

/// Conflicts as a case lists them: by license, the properties.
pub(super) fn conflicts(conflicts: &[Conflict]) -> Value {
    let mut shown = Map::new();
    for conflict in conflicts {
        let license = conflict.license().map_or("", |number| number.as_str());
        let properties = shown.entry(license).or_insert_with(|| json!([]));
        properties
            .as_array_mut()
            .unwrap()
            .push(conflict.property().into());
    }
    shown.into()
}

/// The same, to be compared.
pub(super) fn named(conflicts: &Value) -> Vec<(String, Value)> {
    let conflicts = conflicts.as_object().unwrap();
    conflicts
        .iter()
        .map(|(license, properties)| (license.clone(), properties.clone()))
        .collect()
}
