//! Which licenses of the three states are one and the same.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Sides, is_evaluation};
use crate::license::License;
use crate::number::LicenseNumber;

/// One license, as each state has it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trio<'a> {
    pub(super) base: Option<&'a License>,
    pub(super) theirs: Option<&'a License>,
    pub(super) ours: Option<&'a License>,
}

/// All licenses of the three states, by number, evaluation licenses by template where their
/// numbers do not tell (MG-1).
pub(super) fn trios(sides: Sides<'_>) -> Vec<Trio<'_>> {
    let mut found: BTreeMap<&LicenseNumber, Trio<'_>> = BTreeMap::new();
    for license in sides.base.into_iter().flat_map(|base| &base.licenses) {
        found.entry(&license.number).or_default().base = Some(license);
    }
    for license in &sides.theirs.licenses {
        found.entry(&license.number).or_default().theirs = Some(license);
    }
    for license in &sides.ours.licenses {
        found.entry(&license.number).or_default().ours = Some(license);
    }
    let mut all: Vec<Trio<'_>> = found.into_values().collect();
    join_evaluations(sides, &mut all);
    all
}

/// A trial that only one side has under this number joins the other's of the same template.
fn join_evaluations<'a>(sides: Sides<'a>, all: &mut Vec<Trio<'a>>) {
    let lone = |license: &Option<&'a License>, other: &Option<&'a License>| {
        let alone = license.filter(|license| is_evaluation(sides.product, license))?;
        other.is_none().then_some(&alone.template)
    };
    for at in 0..all.len() {
        let Some(template) = all.get(at).and_then(|trio| lone(&trio.theirs, &trio.ours)) else {
            continue;
        };
        let is_other = |trio: &Trio<'a>| lone(&trio.ours, &trio.theirs) == Some(template);
        let is_former = |trio: &Trio<'a>| {
            let licenses = (trio.base, trio.theirs, trio.ours);
            matches!(licenses, (Some(base), None, None) if base.template == *template)
        };
        // What both knew last, under a number that neither has any more.
        let former = all
            .iter()
            .find(|trio| is_former(trio))
            .and_then(|trio| trio.base);
        let other = all
            .iter()
            .position(is_other)
            .map(|other| (other, all[other]));
        let Some((other, joined)) = other else {
            continue;
        };
        let trio = &mut all[at];
        trio.ours = joined.ours;
        trio.base = trio.base.or(joined.base).or(former);
        all[other] = Trio::default();
    }
    all.retain(|trio| trio.base.is_some() || trio.theirs.is_some() || trio.ours.is_some());
}
