//! Whose licenses they are, and what they own.

use jiff::Timestamp;
use leasehold_model::license::License;
use leasehold_model::licensee::{Licensee, LicenseeSecret, WarningLevel, WarningLevels};
use leasehold_model::number::{LicenseeNumber, ProductModuleNumber, ProductNumber};
use leasehold_model::property::Given;
use leasehold_model::timestamp::format_timestamp;

use super::{put_custom, put_price, put_standard, put_text, put_truth};
use crate::context::Item;
use crate::json;

/// A licensee (7.4).
pub fn licensee(licensee: &Licensee, product: &ProductNumber, in_use: bool) -> Item {
    let mut item = Item::new("Licensee");
    item.put("number", &licensee.number);
    put_truth(&mut item, "active", licensee.active);
    item.put("productNumber", product);
    let secret = licensee.secret.as_ref().map(LicenseeSecret::expose);
    put_text(&mut item, "licenseeSecret", secret);
    put_text(&mut item, "name", licensee.name.as_deref());
    if let Some(marked) = licensee.marked_for_transfer {
        put_truth(&mut item, "markedForTransfer", marked);
    }
    if !licensee.aliases.is_empty() {
        let aliases = licensee.aliases.iter().map(LicenseeNumber::as_str);
        let mut text = Vec::new();
        array(&mut text, aliases);
        item.put("aliases", into_text(text));
    }
    put_truth(&mut item, "inUse", in_use);
    if let Some(levels) = &licensee.warning_levels {
        item.put("warningLevelSummary", warning_level_summary(levels));
    }
    put_custom(&mut item, &licensee.custom, &[]);
    item
}

/// `warningLevelSummary`: JSON text of module numbers by level (7.4). All three levels are there,
/// the gravest first; numbers stay in the order of `levels`.
pub fn warning_level_summary(levels: &WarningLevels) -> String {
    let mut text = Vec::new();
    let mut separator = b'{';
    for level in [WarningLevel::Red, WarningLevel::Yellow, WarningLevel::Green] {
        text.push(separator);
        separator = b',';
        json::string(&mut text, "\"", level.as_str(), "\":");
        let modules = levels.0.iter().filter(|(_, have)| *have == level);
        array(&mut text, modules.map(|(number, _)| number.as_str()));
    }
    text.push(b'}');
    into_text(text)
}

/// Terms that every reply shows first.
const TIME: &[&str] = &["gracePeriod", "timeVolumePeriod", "timeVolume"];
/// Counted terms.
const COUNTS: &[&str] = &["maxSessions", "quantity", "quota"];

/// A license (7.5), its state included: start, use, sessions and node secrets. An instant is
/// printed in its canonical form, a text that is no instant as it stands.
pub fn license(license: &License, licensee: &LicenseeNumber, module: &ProductModuleNumber) -> Item {
    let properties = license.properties();
    let mut item = Item::new("License");
    item.put("number", &license.number);
    put_truth(&mut item, "active", license.active);
    put_text(&mut item, "name", license.name.as_deref());
    put_price(&mut item, license.price);
    put_truth(&mut item, "hidden", license.hidden);
    item.put("licenseeNumber", licensee);
    item.put("licenseTemplateNumber", &license.template);
    item.put("productModuleNumber", module);
    put_standard(&mut item, properties, TIME);
    if let Some(start) = &license.start_date {
        item.put("startDate", instant(start));
    }
    put_standard(&mut item, properties, COUNTS);
    // Either spelling is stored, one is emitted (7.5).
    put_text(
        &mut item,
        "parentfeature",
        license.terms().parent_feature.as_deref(),
    );
    put_standard(&mut item, properties, &["skus"]);
    let used = license.used_quantity.as_ref().map(Given::text);
    put_text(&mut item, "usedQuantity", used);
    for (slot, secret) in &license.node_secrets {
        item.put_custom(&format!("nodeSecret{slot}"), &**secret);
    }
    for (session, until) in &license.sessions {
        item.put_custom(&format!("sessionId_{session}"), instant(until));
    }
    let shown = [TIME, COUNTS, &["parentfeature", "parentFeature", "skus"]].concat();
    put_custom(&mut item, properties, &shown);
    item
}

fn instant(given: &Given<Timestamp>) -> String {
    match given.value() {
        Some(at) => format_timestamp(*at),
        None => given.text().to_owned(),
    }
}

fn array<'a>(out: &mut Vec<u8>, texts: impl Iterator<Item = &'a str>) {
    out.push(b'[');
    for (at, text) in texts.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        json::string(out, "\"", text, "\"");
    }
    out.push(b']');
}

fn into_text(bytes: Vec<u8>) -> String {
    // Only whole texts and ASCII were appended, so nothing is ever replaced here.
    String::from_utf8_lossy(&bytes).into_owned()
}
