//! The way back: an agent's state file is merged into what the server knows of its licensees
//! (licensing models, MG-0 to MG-7; agent specification, 4.6), once and as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leasehold_model::change::Change;
use leasehold_model::merge::{Direction, Sides, merge};
use leasehold_model::number::LicenseeNumber;
use leasehold_model::snapshot::{LicenseeAggregate, StatefulRights};
use leasehold_seal::deflate::{deflate, inflate};
use leasehold_seal::digest::sha256;
use leasehold_seal::installation::InstallationKey;
use leasehold_seal::report::{self, ReportError, ReportHeader};
use leasehold_service::rest::problem::Problem;
use leasehold_store::{Binding, Document, Edit, MergedReport, VendorView, Write};
use leasehold_wire::assets::{self, Assets};
use leasehold_wire::context::Item;
use leasehold_wire::info::Info;

/// What became of a state file.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    header: ReportHeader,
    /// Of how many licensees it tells.
    licensees: usize,
    /// How many of them it changed.
    changed: usize,
    /// What both sides had set differently.
    conflicts: Vec<String>,
    /// It was merged before; nothing has changed.
    is_known: bool,
}

/// The name of the document that holds what server and agent last knew of the licensees of a package.
fn known_name(package: &str) -> Box<str> {
    format!("exported {package}").into()
}

/// Keeps what a package holds, for the merge of what comes back, and forgets packages that no licensee
/// travelled by last any more.
pub(super) fn remember(view: &VendorView<'_>, package: &Assets) -> Vec<Write> {
    let before = package.licensees.iter().map(number_of);
    let mut left: BTreeMap<&str, i64> = BTreeMap::new();
    for binding in before.filter_map(|number| view.binding(number)) {
        *left.entry(&binding.package).or_default() += 1;
    }
    if !left.is_empty() {
        for binding in view.bindings() {
            if let Some(count) = left.get_mut(&*binding.package) {
                *count -= 1;
            }
        }
    }
    // Below zero: others have travelled by it, who do not leave it.
    let forgotten = left.into_iter().filter(|(_, count)| *count == 0);
    let forgotten = forgotten.map(|(package, _)| Write::RemoveDocument(known_name(package)));
    let mut writes: Vec<Write> = forgotten.collect();
    writes.push(keep(package));
    writes
}

fn keep(known: &Assets) -> Write {
    Write::PutDocument(Document {
        name: known_name(&known.package.id),
        content: deflate(&assets::write_without_keys(known)),
    })
}

fn number_of(aggregate: &LicenseeAggregate) -> &LicenseeNumber {
    &aggregate.licensee.number
}

/// The state files merged last into these licensees: a package names them.
pub(super) fn merged<'a>(
    view: &VendorView<'_>,
    licensees: impl Iterator<Item = &'a LicenseeNumber>,
) -> Vec<[u8; 32]> {
    let digests = licensees.filter_map(|number| Some(view.binding(number)?.report?.digest));
    digests.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Merges a state file. Fails with nothing changed when it is damaged, when it is not based on the
/// newest package of each of its licensees, and when it does not follow from the one merged before.
pub(crate) fn take(
    view: &VendorView<'_>,
    installation: &InstallationKey,
    file: &[u8],
) -> Result<Edit<Taken>, Problem> {
    let (header, theirs) = open(view, installation, file)?;
    let digest = sha256(&[file]);
    let known = known(view, &header)?;
    let bases: BTreeMap<_, _> = known
        .licensees
        .iter()
        .map(|base| (number_of(base), base))
        .collect();
    let mut taken = Taken {
        licensees: theirs.licensees.len(),
        changed: 0,
        conflicts: Vec::new(),
        is_known: false,
        header,
    };
    let mut writes = Vec::new();
    let mut bound: Vec<(Arc<Binding>, Arc<Binding>)> = Vec::new();
    for state in &theirs.licensees {
        let number = number_of(state);
        // Whoever was removed here stays so (MG-7), and who was never exported is nobody.
        let (Some(base), Some(before)) = (bases.get(number), view.binding(number)) else {
            continue;
        };
        let seen = view.licensee_of_many(number.as_str(), |product, ours| {
            merge(
                Direction::Report,
                Sides {
                    product,
                    base: Some(base),
                    theirs: state,
                    ours,
                },
            )
        });
        let Some(merged) = seen else { continue };
        match follows(&taken.header, &theirs, &known, before, &digest)? {
            Follows::Known => {
                taken.is_known = true;
                return Ok(Edit {
                    outcome: taken,
                    writes: Vec::new(),
                });
            }
            Follows::Next => {}
        }
        taken.changed += usize::from(!merged.changes.is_empty());
        let conflicts = merged.conflicts.iter().map(|conflict| {
            let told = conflict.describe("in the report", "here");
            format!("licensee '{number}', {told}")
        });
        taken.conflicts.extend(conflicts);
        writes.extend(merged.changes.into_iter().map(|change| {
            Write::Model(Change::Licensee {
                licensee: number.clone(),
                change,
            })
        }));
        let after = after(&mut bound, before, &taken.header, digest);
        writes.push(Write::PutBinding(number.clone(), after));
    }
    if bound.is_empty() {
        return Err(outdated(&taken.header));
    }
    writes.push(keep(&Assets {
        licensees: theirs.licensees,
        ..known
    }));
    Ok(Edit {
        outcome: taken,
        writes,
    })
}

/// Opens a state file, and holds what is sealed against what stands outside.
fn open(
    view: &VendorView<'_>,
    installation: &InstallationKey,
    file: &[u8],
) -> Result<(ReportHeader, Assets), Problem> {
    let sealed = report::read(file).map_err(damaged)?;
    let key = installation.report_key(&sealed.header.package);
    let document = sealed.open(&key).map_err(damaged)?;
    let theirs = assets::read(&document).map_err(|_| damaged(ReportError::Damaged))?;
    let header = sealed.header;
    let is_same = theirs.package.id == header.package
        && theirs.vendor.number.as_str() == header.vendor
        && theirs.product.product.number.as_str() == header.product;
    if !is_same {
        return Err(damaged(ReportError::Damaged));
    }
    if header.vendor != view.account().vendor.number.as_str() {
        return Err(Problem::Malformed(format!(
            "The report is of vendor '{}'",
            header.vendor
        )));
    }
    Ok((header, theirs))
}

/// What server and agent last knew. There is none of a package that every licensee has left.
fn known(view: &VendorView<'_>, header: &ReportHeader) -> Result<Assets, Problem> {
    let document = view.document(&known_name(&header.package));
    let document = document.ok_or_else(|| outdated(header))?;
    let document = inflate(&document).ok_or_else(|| unreadable("it does not inflate"))?;
    assets::read(&document).map_err(unreadable)
}

enum Follows {
    /// It was merged before.
    Known,
    /// It comes after what was merged before.
    Next,
}

/// MG-0: no crossing merges, none twice, and none that a store wrote which has lost what it reported.
fn follows(
    header: &ReportHeader,
    theirs: &Assets,
    known: &Assets,
    before: &Binding,
    digest: &[u8; 32],
) -> Result<Follows, Problem> {
    if *before.package != *header.package {
        return Err(outdated(header));
    }
    let Some(last) = before.report else {
        return Ok(Follows::Next);
    };
    if last.digest == *digest {
        return Ok(Follows::Known);
    }
    // The package named it: whatever the agent says now comes after it.
    if known.report.known.contains(&last.digest) {
        return Ok(Follows::Next);
    }
    if theirs.report.known.contains(&last.digest) {
        return Ok(Follows::Next);
    }
    if header.sequence < last.sequence {
        return Err(outdated(header));
    }
    Err(Problem::Conflict {
        id: "journalGap",
        text: format!(
            "Report {} of product '{}' does not follow from report {}, which was merged: the agent's \
             database is older than what it reported. Export anew.",
            header.sequence, header.product, last.sequence
        ),
    })
}

/// The binding of a licensee once its state is merged; the same for all that had the same.
fn after(
    bound: &mut Vec<(Arc<Binding>, Arc<Binding>)>,
    before: &Arc<Binding>,
    header: &ReportHeader,
    digest: [u8; 32],
) -> Arc<Binding> {
    if let Some((_, after)) = bound.iter().find(|(known, _)| known == before) {
        return Arc::clone(after);
    }
    let after = Arc::new(Binding {
        report: Some(MergedReport {
            sequence: header.sequence,
            digest,
        }),
        stateful: match header.is_final {
            true => StatefulRights::Held,
            false => before.stateful,
        },
        ..Binding::clone(before)
    });
    bound.push((Arc::clone(before), Arc::clone(&after)));
    after
}

fn damaged(error: ReportError) -> Problem {
    Problem::Malformed(format!(
        "Parameter 'report' is invalid: {error}; nothing of it was taken"
    ))
}

fn outdated(header: &ReportHeader) -> Problem {
    Problem::Conflict {
        id: "reportOutdated",
        text: format!(
            "Report {} of product '{}' is not based on the newest export of its licensees, or is older \
             than the report that was merged last. Import the newest package at the agent, and report \
             again.",
            header.sequence, header.product
        ),
    }
}

fn unreadable(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Problem {
    Problem::Internal(why.into())
}

/// As an item, and what should be known besides.
pub(crate) fn told(taken: &Taken) -> (Item, Vec<Info>) {
    let header = &taken.header;
    let mut item = Item::new("AgentReport");
    item.put("packageId", &header.package)
        .put("productNumber", &header.product)
        .put("sequence", header.sequence.to_string())
        .put("licensees", taken.licensees.to_string())
        .put("changed", taken.changed.to_string())
        .put("final", header.is_final.to_string());
    let mut infos = Vec::new();
    if taken.is_known {
        infos.push(Info {
            id: "reportAlreadyMerged".to_owned(),
            kind: leasehold_wire::info::InfoKind::Info,
            text: "The report was merged before; nothing has changed".to_owned(),
        });
    }
    let conflicts = taken.conflicts.iter();
    infos.extend(conflicts.map(|conflict| Info::warning("reportConflict", conflict.clone())));
    (item, infos)
}

/// One line for people.
pub(crate) fn sentence(taken: &Taken) -> String {
    let header = &taken.header;
    let what = format!("Report {} of product '{}'", header.sequence, header.product);
    if taken.is_known {
        return format!("{what} was merged before; nothing has changed.");
    }
    let rights = match header.is_final {
        true => " The server decides again about their seats, nodes and credits.",
        false => "",
    };
    let conflicts = match taken.conflicts.as_slice() {
        [] => String::new(),
        conflicts => format!(" Set on both sides: {}.", conflicts.join("; ")),
    };
    format!(
        "{what} is merged: {} licensees, {} of them changed.{rights}{conflicts}",
        taken.licensees, taken.changed
    )
}
