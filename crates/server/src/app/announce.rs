//! Events that an edit brings about, written up when somebody listens.

use leasehold_model::event::EventKind;
use leasehold_model::license::License;
use leasehold_model::number::{LicenseeNumber, ProductModuleNumber};
use leasehold_service::record::announcement;
use leasehold_store::{VendorView, Write};
use leasehold_wire::context::Item;
use leasehold_wire::entity;

/// A licensee was created; `item` shows it.
pub(super) fn licensee_created(
    view: &VendorView<'_>,
    licensee: &LicenseeNumber,
    item: &Item,
) -> Option<Write> {
    listened(view, EventKind::LicenseeCreated, licensee, || item.clone())
}

/// A license was created.
pub(super) fn license_created(
    view: &VendorView<'_>,
    licensee: &LicenseeNumber,
    module: &ProductModuleNumber,
    license: &License,
) -> Option<Write> {
    listened(view, EventKind::LicenseCreated, licensee, || {
        entity::license(license, licensee, module)
    })
}

fn listened(
    view: &VendorView<'_>,
    kind: EventKind,
    licensee: &LicenseeNumber,
    item: impl FnOnce() -> Item,
) -> Option<Write> {
    view.awaited_events()
        .has(kind)
        .then(|| Write::Record(announcement(kind, Some(licensee), &[item()])))
}
