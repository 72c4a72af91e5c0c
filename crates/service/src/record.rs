//! What a validation leaves behind besides its changes: an entry in the books for licenses that it
//! created, and events for whoever listens.

use leasehold_model::change::LicenseeChange;
use leasehold_model::event::{EventKind, EventSet, changes_warning_level, refuses_checkout};
use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;
use leasehold_model::number::{LicenseNumber, LicenseeNumber};
use leasehold_model::snapshot::ProductTree;
use leasehold_model::transaction::TransactionSource;
use leasehold_model::validate::{Validation, ValidationRequest};
use leasehold_store::{Announcement, AutoTransaction, Record};
use leasehold_wire::context::Item;
use leasehold_wire::{entity, event};

use crate::numbers;

/// A validation, as those see it who write about it.
pub(crate) struct Seen<'a> {
    /// What somebody listens to.
    pub(crate) awaited: EventSet,
    pub(crate) request: &'a ValidationRequest,
    pub(crate) product: &'a ProductTree,
    /// As it was before, or as it is created.
    pub(crate) licensee: &'a Licensee,
    pub(crate) is_new: bool,
    pub(crate) validation: &'a Validation,
    pub(crate) changes: &'a [LicenseeChange],
}

/// The records of a validation. Those of a dry run are none, except that levels may have changed.
pub(crate) fn records(seen: Seen<'_>) -> Vec<Record> {
    let number = &seen.licensee.number;
    let licensee = Some(number);
    let created: Vec<&License> = seen.changes.iter().filter_map(created).collect();
    let mut records = Vec::new();
    if !created.is_empty() || seen.is_new {
        let licenses = created.iter().map(|license| license.number.clone());
        records.push(transaction(
            TransactionSource::LicenseeValidate,
            licensee,
            licenses.collect(),
        ));
    }
    if seen.awaited.is_empty() {
        return records;
    }
    if seen.is_new && seen.awaited.has(EventKind::LicenseeCreated) {
        let in_use = !created.is_empty();
        let item = entity::licensee(seen.licensee, &seen.product.product.number, in_use);
        records.push(announcement(EventKind::LicenseeCreated, licensee, &[item]));
    }
    if seen.awaited.has(EventKind::LicenseCreated) {
        records.extend(created.iter().filter_map(|license| {
            let (module, _) = seen.product.template(&license.template)?;
            let item = entity::license(license, number, &module.module.number);
            Some(announcement(EventKind::LicenseCreated, licensee, &[item]))
        }));
    }
    let before = seen.licensee.warning_levels.as_ref();
    if seen.awaited.has(EventKind::WarningLevelChanged)
        && changes_warning_level(before, seen.changes)
    {
        records.push(validated(EventKind::WarningLevelChanged, &seen));
    }
    if seen.awaited.has(EventKind::CheckoutRefused)
        && refuses_checkout(seen.request, seen.validation)
    {
        records.push(validated(EventKind::CheckoutRefused, &seen));
    }
    records
}

/// An event that carries the answer that it comes from.
fn validated(kind: EventKind, seen: &Seen<'_>) -> Record {
    let mut licensee = Item::new("Licensee");
    licensee.put("number", &seen.licensee.number);
    let answer = leasehold_wire::validation::context(seen.validation);
    let modules = answer.items.unwrap_or_default().items;
    let modules = modules
        .into_iter()
        .filter(|item| item.kind == "ProductModuleValidation");
    let items: Vec<_> = std::iter::once(licensee).chain(modules).collect();
    announcement(kind, Some(&seen.licensee.number), &items)
}

fn created(change: &LicenseeChange) -> Option<&License> {
    match change {
        LicenseeChange::PutLicense {
            former: None,
            license,
        } => Some(license),
        _ => None,
    }
}

/// A transaction that comes about by itself.
pub fn transaction(
    source: TransactionSource,
    licensee: Option<&LicenseeNumber>,
    licenses: Vec<LicenseNumber>,
) -> Record {
    Record::Transaction(AutoTransaction {
        source,
        licensee: licensee.cloned(),
        licenses,
        number: numbers::draw_transaction(),
    })
}

/// An event, the licensee whose events it is in line with, if any, and the items it tells of.
pub fn announcement(kind: EventKind, licensee: Option<&LicenseeNumber>, items: &[Item]) -> Record {
    Record::Announcement(Announcement {
        id: numbers::draw_event_id().into(),
        kind,
        licensee: licensee.cloned(),
        entities: event::entities(kind, items).into(),
    })
}
