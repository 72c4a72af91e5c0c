//! Licensees and what they own, running state included: starts, use,
//! sessions, bindings, all with their texts as given.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use leasehold_model::license::{Configuration, License};
use leasehold_model::licensee::{Licensee, LicenseeSecret, WarningLevel, WarningLevels};
use leasehold_model::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber, ProductNumber,
};
use leasehold_model::property::{Given, boolean, integer};
use leasehold_model::timestamp::parse_timestamp;

use super::AssetsError;
use super::record::{Draft, Record, exact};
use crate::context::Item;

pub(super) fn write_licensee(licensee: &Licensee, product: &ProductNumber) -> Item {
    let mut draft = Draft::new("Licensee");
    draft.put("number", licensee.number.as_str());
    draft.put("productNumber", product.as_str());
    draft.put_truth("active", licensee.active);
    draft.put_some("name", licensee.name.as_deref());
    let secret = licensee.secret.as_ref().map(LicenseeSecret::expose);
    draft.put_some("licenseeSecret", secret);
    if let Some(marked) = licensee.marked_for_transfer {
        draft.put_truth("markedForTransfer", marked);
    }
    let aliases = licensee.aliases.iter();
    draft.put_list("aliases", aliases.map(|alias| ("alias", alias.as_str())));
    if let Some(WarningLevels(levels)) = &licensee.warning_levels {
        let levels = levels
            .iter()
            .map(|(module, level)| (module.as_str(), level.as_str()));
        draft.put_list_always("warningLevels", levels);
    }
    draft.put_properties(&licensee.custom);
    draft.into_item()
}

pub(super) fn read_licensee(
    mut record: Record,
    product: &ProductNumber,
) -> Result<Licensee, AssetsError> {
    record.refer("productNumber", product.as_str())?;
    let licensee = Licensee {
        number: record.read("number", |text| LicenseeNumber::parse(text).ok())?,
        active: record.truth("active")?,
        name: record.text_if_any("name").map(Into::into),
        secret: record
            .text_if_any("licenseeSecret")
            .map(|text| LicenseeSecret::new(&text)),
        marked_for_transfer: record.read_if_any("markedForTransfer", boolean)?,
        aliases: read_aliases(&mut record)?,
        warning_levels: read_warning_levels(&mut record)?,
        custom: record.properties()?,
    };
    record.close()?;
    Ok(licensee)
}

fn read_aliases(record: &mut Record) -> Result<Vec<LicenseeNumber>, AssetsError> {
    let pairs = record.list("aliases").into_iter();
    pairs
        .map(|(name, text)| {
            let alias = (name == "alias").then(|| LicenseeNumber::parse(&text).ok());
            alias
                .flatten()
                .ok_or_else(|| record.lacks("aliases", "cannot be read"))
        })
        .collect()
}

fn read_warning_levels(record: &mut Record) -> Result<Option<WarningLevels>, AssetsError> {
    let Some(pairs) = record.list_if_any("warningLevels") else {
        return Ok(None);
    };
    let levels = pairs.into_iter().map(|(module, level)| {
        let module = ProductModuleNumber::parse(&module).ok();
        module.zip(WarningLevel::parse(&level))
    });
    match levels.collect() {
        Some(levels) => Ok(Some(WarningLevels(levels))),
        None => Err(record.lacks("warningLevels", "cannot be read")),
    }
}

pub(super) fn write_license(license: &License, licensee: &LicenseeNumber) -> Item {
    let mut draft = Draft::new("License");
    draft.put("number", license.number.as_str());
    draft.put("licenseeNumber", licensee.as_str());
    draft.put("licenseTemplateNumber", license.template.as_str());
    draft.put_truth("active", license.active);
    draft.put_some("name", license.name.as_deref());
    draft.put_price(license.price);
    draft.put_truth("hidden", license.hidden);
    draft.put_some("startDate", license.start_date.as_ref().map(Given::text));
    let used = license.used_quantity.as_ref().map(Given::text);
    draft.put_some("usedQuantity", used);
    draft.put_properties(license.properties());
    let sessions = license.sessions.iter();
    draft.put_list(
        "sessions",
        sessions.map(|(id, until)| (&**id, until.text())),
    );
    let slots: Vec<(String, &str)> = license
        .node_secrets
        .iter()
        .map(|(slot, secret)| (slot.to_string(), &**secret))
        .collect();
    let slots = slots.iter().map(|(slot, secret)| (slot.as_str(), *secret));
    draft.put_list("nodeSecrets", slots);
    draft.into_item()
}

/// The configuration that a license of a template had last: most have the same, and share it.
pub(super) type Configurations = HashMap<LicenseTemplateNumber, Arc<Configuration>>;

pub(super) fn read_license(
    mut record: Record,
    licensee: &LicenseeNumber,
    last: &mut Configurations,
) -> Result<License, AssetsError> {
    record.refer("licenseeNumber", licensee.as_str())?;
    let number = record.read("number", |text| LicenseNumber::parse(text).ok())?;
    let template = record.read("licenseTemplateNumber", |text| {
        LicenseTemplateNumber::parse(text).ok()
    })?;
    let properties = record.properties()?;
    let shared = last.get(&template);
    let shared = shared.filter(|last| *last.properties() == properties);
    let mut license = match shared {
        Some(last) => License::configured(number, template, Arc::clone(last)),
        None => {
            let license = License::new(number, template, properties.clone());
            last.insert(
                license.template.clone(),
                Arc::clone(license.configuration()),
            );
            license
        }
    };
    license.active = record.truth("active")?;
    license.name = record.text_if_any("name").map(Into::into);
    license.price = record.price()?;
    license.hidden = record.truth("hidden")?;
    license.start_date = record
        .text_if_any("startDate")
        .map(|text| Given::read(&text, parse_timestamp));
    license.used_quantity = record
        .text_if_any("usedQuantity")
        .map(|text| Given::read(&text, integer));
    license.sessions = read_map(&mut record, "sessions", |id, until| {
        Some((id.into(), Given::read(until, parse_timestamp)))
    })?;
    license.node_secrets = read_map(&mut record, "nodeSecrets", |slot, secret| {
        Some((exact(slot)?, secret.into()))
    })?;
    // A state's name among the properties would have been moved away.
    if *license.properties() != properties {
        return Err(record.lacks("properties", "hold the name of a state"));
    }
    record.close()?;
    Ok(license)
}

fn read_map<K: Ord, V>(
    record: &mut Record,
    name: &str,
    parse: impl Fn(&str, &str) -> Option<(K, V)>,
) -> Result<BTreeMap<K, V>, AssetsError> {
    let pairs = record.list(name);
    let map: Option<BTreeMap<K, V>> = pairs.iter().map(|(id, text)| parse(id, text)).collect();
    map.filter(|map| map.len() == pairs.len())
        .ok_or_else(|| record.lacks(name, "cannot be read"))
}
