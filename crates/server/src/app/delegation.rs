//! By which package a licensee travelled last, whose seats, nodes and credits an agent gives away in the
//! server's place since, and taking that back (decision D16).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::number::LicenseeNumber;
use leasehold_model::snapshot::StatefulRights;
use leasehold_model::timestamp::format_timestamp;
use leasehold_service::rest::problem::Problem;
use leasehold_store::{Binding, Edit, VendorView, Write};
use leasehold_wire::assets::PackageIdentity;
use leasehold_wire::context::Item;

use super::export::found;

/// A licensee, and the package that delegates its rights.
pub(crate) type Delegated = (LicenseeNumber, Arc<Binding>);

/// What the licensees' bindings become. What an agent was told to decide stays with it until it or
/// the vendor gives it back: a shared export does not take it away.
pub(super) fn bind<'a>(
    view: &VendorView<'_>,
    package: &PackageIdentity,
    licensees: impl Iterator<Item = &'a LicenseeNumber>,
    shared: bool,
    now: Timestamp,
) -> Vec<Write> {
    // One for all that come from the same state, so that a large package costs little memory.
    let mut made: Vec<Arc<Binding>> = Vec::new();
    let mut bind = |number: &LicenseeNumber| {
        let stateful = match shared {
            true => view.stateful_rights(number),
            false => StatefulRights::Delegated,
        };
        let binding = Binding {
            package: package.id.as_str().into(),
            recipient: package.recipient.as_str().into(),
            generation: package.generation,
            since: now,
            stateful,
            report: view.binding(number).and_then(|before| before.report),
        };
        let known = made.iter().find(|known| ***known == binding).cloned();
        let binding = known.unwrap_or_else(|| {
            let binding = Arc::new(binding);
            made.push(Arc::clone(&binding));
            binding
        });
        Write::PutBinding(number.clone(), binding)
    };
    licensees.map(&mut bind).collect()
}

/// All of them, by number.
pub(crate) fn list(view: &VendorView<'_>) -> Vec<Delegated> {
    let delegated = view.delegations();
    let delegated = delegated.map(|(number, binding)| (number, Arc::clone(binding)));
    delegated.collect::<BTreeMap<_, _>>().into_iter().collect()
}

/// Lets the server decide again about licensees of these numbers or aliases. Of those about which
/// it decides already nothing changes. Fails with all that do not exist.
pub(crate) fn release(
    view: &VendorView<'_>,
    asked: &[String],
) -> Result<Edit<Vec<Delegated>>, Problem> {
    let mut released = Vec::new();
    for number in found(view, asked)? {
        let binding = view.binding(&number);
        let delegated = binding.filter(|binding| binding.stateful == StatefulRights::Delegated);
        if let Some(binding) = delegated {
            let held = Binding {
                stateful: StatefulRights::Held,
                ..Binding::clone(binding)
            };
            released.push((number, Arc::new(held)));
        }
    }
    Ok(Edit {
        writes: released
            .iter()
            .map(|(number, binding)| Write::PutBinding(number.clone(), Arc::clone(binding)))
            .collect(),
        outcome: released,
    })
}

/// As an item.
pub(crate) fn item((licensee, binding): &Delegated) -> Item {
    let mut item = Item::new("AgentDelegation");
    item.put("licenseeNumber", licensee.as_str())
        .put("packageId", &*binding.package)
        .put("recipient", &*binding.recipient)
        .put("generation", binding.generation.to_string())
        .put("since", format_timestamp(binding.since))
        .put(
            "delegated",
            (binding.stateful == StatefulRights::Delegated).to_string(),
        );
    item
}
