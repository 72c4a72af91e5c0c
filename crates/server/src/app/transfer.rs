//! Transfer of licenses from one licensee to another (wire contract, 7.7).

use std::sync::Arc;

use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::number::LicenseNumber;
use leasehold_model::snapshot::{LicenseeAggregate, ProductTree};
use leasehold_model::transaction::TransactionSource;
use leasehold_model::transfer::{Party, transfer};
use leasehold_service::record;
use leasehold_service::rest::call::Access;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, VendorView, Write};
use leasehold_wire::form::Form;

use super::input;

/// Moves the licenses of the licensee that `sourceLicenseeNumber` names to `target`, by number or
/// alias. A key that is for one licensee may only transfer to that one.
pub(crate) fn to(
    view: &VendorView<'_>,
    access: &Access,
    target: &str,
    form: &Form,
) -> Result<Edit<()>, Problem> {
    let target = owned(view, target);
    if let Access::ApiKey {
        licensee: Some(own),
        ..
    } = access
    {
        let is_own = target
            .as_ref()
            .is_some_and(|(_, aggregate)| aggregate.licensee.number == *own);
        if !is_own {
            return Err(Problem::Denied("The API key is for another licensee only"));
        }
    }
    let not_found = || Problem::NotFound(Entity::Licensee);
    let target = target.ok_or_else(not_found)?;
    let source = input::required(
        form,
        "sourceLicenseeNumber",
        "Source licensee number is not provided",
    )?;
    let source = owned(view, source).ok_or_else(not_found)?;
    let changes = transfer(party(&source), party(&target))
        .map_err(|refusal| Problem::Illegal(refusal.to_string()))?;
    let moved: Vec<_> = changes.iter().filter_map(moved).cloned().collect();
    let mut writes: Vec<_> = changes.into_iter().map(Write::Model).collect();
    if !moved.is_empty() {
        let target = &target.1.licensee.number;
        let source = TransactionSource::LicensesTransfer;
        writes.push(Write::Record(record::transaction(
            source,
            Some(target),
            moved,
        )));
    }
    Ok(Edit {
        outcome: (),
        writes,
    })
}

fn moved(change: &Change) -> Option<&LicenseNumber> {
    match change {
        Change::Licensee {
            change: LicenseeChange::PutLicense { license, .. },
            ..
        } => Some(&license.number),
        _ => None,
    }
}

/// A copy, since only one licensee can be looked at at a time.
fn owned(view: &VendorView<'_>, number: &str) -> Option<(Arc<ProductTree>, LicenseeAggregate)> {
    view.licensee(number, |product, aggregate| {
        (Arc::clone(product), aggregate.clone())
    })
}

fn party((product, licensee): &(Arc<ProductTree>, LicenseeAggregate)) -> Party<'_> {
    Party { product, licensee }
}
