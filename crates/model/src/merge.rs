//! The three-way merge of one licensee: what a repeated import or a state file
//! that comes back makes of it, with nothing lost and nothing granted twice
//! (licensing models, section 13).
//!
//! `base` is the state that both sides last knew. `theirs` is what has come:
//! at an import the package, on the way back the agent's state file. `ours` is
//! the state it comes to. Configuration is the server's in either direction;
//! what validation writes is merged.

mod pair;
mod state;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::change::LicenseeChange;
use crate::license::License;
use crate::licensee::{Licensee, LicenseeSecret};
use crate::number::LicenseNumber;
use crate::product::{LicenseeSecretMode, LicensingModel};
use crate::snapshot::{LicenseeAggregate, ProductTree};
use crate::template::LicenseType;
use pair::{Trio, trios};

/// Which way a state travels; the server's configuration prevails either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// A package comes to an agent: `theirs` has the configuration.
    Import,
    /// A state file comes to the server: `ours` has the configuration, and nothing but licenses
    /// that are new on the agent comes into being.
    Report,
}

/// The three states of one licensee.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// Its product, as the side with the configuration has it.
    pub product: &'a ProductTree,
    /// What both sides last knew; `None` when they never met.
    pub base: Option<&'a LicenseeAggregate>,
    /// What has come.
    pub theirs: &'a LicenseeAggregate,
    /// What it comes to.
    pub ours: &'a LicenseeAggregate,
}

/// What a merge comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// `ours` with the changes applied.
    pub aggregate: LicenseeAggregate,
    /// What changes, in the order in which it applies. None: `ours` stays as it is.
    pub changes: Vec<LicenseeChange>,
    /// What both sides set differently. The changes hold the way out that the rules name; a caller
    /// may want to be told to take it.
    pub conflicts: Vec<Conflict>,
}

/// What both sides set, and differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// Both dated a license that had no date when they last met. The earlier one stays (MG-2).
    StartDate {
        /// By the number that it has after the merge.
        license: LicenseNumber,
        /// As it is written there.
        theirs: Box<str>,
        /// As it is written here.
        ours: Box<str>,
    },
    /// Clients on both sides showed a first secret. The server's stays. Neither is told.
    LicenseeSecret,
}

impl Conflict {
    /// The license it is about; `None`: the licensee itself.
    pub fn license(&self) -> Option<&LicenseNumber> {
        match self {
            Self::StartDate { license, .. } => Some(license),
            Self::LicenseeSecret => None,
        }
    }

    /// The property's name on the wire.
    pub fn property(&self) -> &'static str {
        match self {
            Self::StartDate { .. } => "startDate",
            Self::LicenseeSecret => "licenseeSecret",
        }
    }

    /// One line for people, who know the two sides by these names ("in the package").
    pub fn describe(&self, theirs_is: &str, ours_is: &str) -> String {
        match self {
            Self::StartDate {
                license,
                theirs,
                ours,
            } => alloc::format!(
                "license '{license}': startDate is {theirs} {theirs_is} and {ours} {ours_is}"
            ),
            Self::LicenseeSecret => {
                alloc::format!("licenseeSecret differs {theirs_is} and {ours_is}")
            }
        }
    }
}

/// Merges one licensee. A licensee that one side does not have needs no merge: see MG-7.
/// Source: licensing models, MG-1 to MG-7.
pub fn merge(direction: Direction, sides: Sides<'_>) -> Merged {
    let mut conflicts = Vec::new();
    let mut changes = Vec::new();
    let licensee = licensee(direction, sides, &mut conflicts);
    if licensee != sides.ours.licensee {
        changes.push(LicenseeChange::Put(licensee));
    }
    let mut puts = Vec::new();
    for trio in trios(sides) {
        match (
            license(direction, sides.product, trio, &mut conflicts),
            trio.ours,
        ) {
            (Some(merged), ours) if ours != Some(&merged) => {
                puts.push(LicenseeChange::PutLicense {
                    former: ours.map(|license| license.number.clone()),
                    license: merged,
                });
            }
            (None, Some(ours)) => changes.push(LicenseeChange::RemoveLicense(ours.number.clone())),
            (Some(_) | None, _) => {}
        }
    }
    changes.append(&mut puts);
    let mut aggregate = sides.ours.clone();
    for change in &changes {
        aggregate.apply(change);
    }
    Merged {
        aggregate,
        changes,
        conflicts,
    }
}

/// What becomes of one license; `None`: it goes, or does not come.
fn license(
    direction: Direction,
    product: &ProductTree,
    trio: Trio<'_>,
    conflicts: &mut Vec<Conflict>,
) -> Option<License> {
    let can_be =
        |license: &&License| trio.base.is_none() && product.template(&license.template).is_some();
    match (direction, trio.theirs, trio.ours) {
        (_, Some(theirs), Some(ours)) => {
            let configured = match direction {
                Direction::Import => theirs,
                Direction::Report => ours,
            };
            Some(state::merge(
                product, configured, trio.base, theirs, ours, conflicts,
            ))
        }
        (Direction::Import, Some(theirs), None) => Some(theirs.clone()),
        (Direction::Import, None, Some(ours)) => Some(ours).filter(can_be).cloned(),
        (Direction::Report, Some(theirs), None) => Some(theirs).filter(can_be).cloned(),
        (Direction::Report, None, Some(ours)) => Some(ours.clone()),
        (_, None, None) => None,
    }
}

/// The licensee's own properties (MG-6), and its secret.
fn licensee(direction: Direction, sides: Sides<'_>, conflicts: &mut Vec<Conflict>) -> Licensee {
    let ours = &sides.ours.licensee;
    let configured = match direction {
        Direction::Import => &sides.theirs.licensee,
        Direction::Report => ours,
    };
    let mode = sides.product.product.licensee_secret_mode;
    let secret = match mode.unwrap_or_default() {
        LicenseeSecretMode::Client => secret(direction, sides, conflicts),
        LicenseeSecretMode::Disabled | LicenseeSecretMode::Predefined => configured.secret.clone(),
    };
    Licensee {
        secret,
        // Seen by a validation here, whatever was seen there.
        warning_levels: ours.warning_levels.clone(),
        ..configured.clone()
    }
}

/// A secret that clients set: the server's if it has one, else the agent's, unless the vendor has
/// removed the very one that both knew.
fn secret(
    direction: Direction,
    sides: Sides<'_>,
    conflicts: &mut Vec<Conflict>,
) -> Option<LicenseeSecret> {
    let base = sides.base.and_then(|base| base.licensee.secret.as_ref());
    let theirs = sides.theirs.licensee.secret.as_ref();
    let ours = sides.ours.licensee.secret.as_ref();
    let (server, agent) = match direction {
        Direction::Import => (theirs, ours),
        Direction::Report => (ours, theirs),
    };
    match (server, agent) {
        (Some(server), Some(agent)) => {
            if server != agent && Some(server) != base && Some(agent) != base {
                conflicts.push(Conflict::LicenseeSecret);
            }
            Some(server.clone())
        }
        (Some(server), None) => Some(server.clone()),
        (None, agent) => agent.filter(|agent| Some(*agent) != base).cloned(),
    }
}

/// True for what a trial is made of: of such a license there is one for each template, whatever
/// its number (MG-1).
fn is_evaluation(product: &ProductTree, license: &License) -> bool {
    product
        .template(&license.template)
        .is_some_and(|(module, template)| {
            module.module.licensing_model == LicensingModel::TryAndBuy
                && template.license_type == LicenseType::TimeVolume
        })
}
