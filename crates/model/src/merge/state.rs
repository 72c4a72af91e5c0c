//! What validation writes on a license, merged.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;
use jiff::Timestamp;

use super::Conflict;
use crate::license::License;
use crate::product::LicensingModel;
use crate::property::{Given, LARGEST_INTEGER, integer};
use crate::snapshot::ProductTree;

/// A license as `configured` says, with the state of both sides.
pub(super) fn merge(
    product: &ProductTree,
    configured: &License,
    base: Option<&License>,
    theirs: &License,
    ours: &License,
    conflicts: &mut Vec<Conflict>,
) -> License {
    let node_secrets = if binds_clients(product, configured) {
        node_secrets(base, theirs, ours)
    } else {
        configured.node_secrets.clone()
    };
    let mut merged = configured.clone();
    merged.start_date = start_date(configured, base, theirs, ours, conflicts);
    merged.used_quantity = used_quantity(base, theirs, ours);
    merged.sessions = sessions(base, theirs, ours);
    merged.node_secrets = node_secrets;
    merged
}

/// MG-2. A text that is no instant grants nothing, hence counts as the earliest.
fn start_date(
    configured: &License,
    base: Option<&License>,
    theirs: &License,
    ours: &License,
    conflicts: &mut Vec<Conflict>,
) -> Option<Given<Timestamp>> {
    let base = base.and_then(|base| base.start_date.as_ref());
    let (theirs, ours) = (theirs.start_date.as_ref(), ours.start_date.as_ref());
    if base.is_some() {
        let is_changed = !is_same(theirs, base);
        return if is_changed { theirs } else { ours }.cloned();
    }
    match (theirs, ours) {
        (Some(theirs), Some(ours)) => {
            if !is_same(Some(theirs), Some(ours)) {
                conflicts.push(Conflict::StartDate {
                    license: configured.number.clone(),
                    theirs: theirs.text().into(),
                    ours: ours.text().into(),
                });
            }
            let is_earlier = theirs.value() < ours.value();
            Some(if is_earlier { theirs } else { ours }.clone())
        }
        (theirs, ours) => theirs.or(ours).cloned(),
    }
}

/// Texts are the same when they mean the same instant.
fn is_same(one: Option<&Given<Timestamp>>, other: Option<&Given<Timestamp>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => match (one.value(), other.value()) {
            (Some(one), Some(other)) => one == other,
            _ => one.text() == other.text(),
        },
        (None, None) => true,
        _ => false,
    }
}

/// MG-3. A text that is no instant has lapsed, hence counts as the earliest.
fn sessions(
    base: Option<&License>,
    theirs: &License,
    ours: &License,
) -> BTreeMap<Box<str>, Given<Timestamp>> {
    let known = |id: &str| base.and_then(|base| base.sessions.get(id));
    // One that only one side has was ended by the other, unless it is new or goes on for longer.
    let goes_on = |id: &str, until: &Given<Timestamp>| {
        known(id).is_none_or(|known| until.value() > known.value())
    };
    let mut merged = BTreeMap::new();
    for (id, until) in &theirs.sessions {
        let later = match ours.sessions.get(id) {
            Some(ours) if until.value() > ours.value() => until,
            Some(ours) => ours,
            None if goes_on(id, until) => until,
            None => continue,
        };
        merged.insert(id.clone(), later.clone());
    }
    for (id, until) in &ours.sessions {
        if !theirs.sessions.contains_key(id) && goes_on(id, until) {
            merged.insert(id.clone(), until.clone());
        }
    }
    merged
}

/// MG-4: what either side has used since they last met.
fn used_quantity(base: Option<&License>, theirs: &License, ours: &License) -> Option<Given<i64>> {
    let base = base.map_or(0, License::used);
    let merged = theirs
        .used()
        .saturating_add(ours.used())
        .saturating_sub(base)
        .clamp(0, LARGEST_INTEGER);
    // A text that says so already stays as it is.
    for side in [ours, theirs] {
        if side.used_quantity.is_some() && side.used() == merged {
            return side.used_quantity.clone();
        }
    }
    let is_absent = theirs.used_quantity.is_none() && ours.used_quantity.is_none();
    (!is_absent).then(|| Given::read(&format!("{merged}"), integer))
}

/// MG-5: the secrets by value, then their slots.
fn node_secrets(
    base: Option<&License>,
    theirs: &License,
    ours: &License,
) -> BTreeMap<u32, Box<str>> {
    let values = |license: &License| -> BTreeSet<Box<str>> {
        license.node_secrets.values().cloned().collect()
    };
    let base = base.map(values).unwrap_or_default();
    let (in_theirs, in_ours) = (values(theirs), values(ours));
    let stays = |secret: &str| {
        (in_theirs.contains(secret) && in_ours.contains(secret)) || !base.contains(secret)
    };
    let mut merged: BTreeMap<u32, Box<str>> = theirs
        .node_secrets
        .iter()
        .filter(|(_, secret)| stays(secret))
        .map(|(slot, secret)| (*slot, secret.clone()))
        .collect();
    let mut homeless: Vec<&Box<str>> = Vec::new();
    for (slot, secret) in &ours.node_secrets {
        if in_theirs.contains(secret) || !stays(secret) {
            continue;
        }
        if merged.contains_key(slot) {
            homeless.push(secret);
        } else {
            merged.insert(*slot, secret.clone());
        }
    }
    let mut free = 0;
    for secret in homeless {
        while merged.contains_key(&free) {
            free += 1;
        }
        merged.insert(free, secret.clone());
    }
    merged
}

/// True where clients bind themselves (NL-1); elsewhere the secrets are configuration.
fn binds_clients(product: &ProductTree, license: &License) -> bool {
    product
        .template(&license.template)
        .is_some_and(|(module, _)| {
            let properties = &module.module.properties;
            let mode = ["nodeSecretMode", "licenseeSecretMode"]
                .into_iter()
                .find_map(|name| properties.get(name));
            module.module.licensing_model == LicensingModel::NodeLocked && mode == Some("CLIENT")
        })
}
