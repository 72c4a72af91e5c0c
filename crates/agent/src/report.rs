//! `report`: the way back to the server (4.6). What has happened here is written to a file that the
//! server merges; what was written is kept until a package names it, and is then what both sides know
//! (MG-0, AG-25).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use leasehold_model::number::{LicenseeNumber, ProductNumber, VendorNumber};
use leasehold_model::snapshot::{LicenseeAggregate, ProductTree, StatefulRights};
use leasehold_model::timestamp::format_timestamp;
use leasehold_seal::deflate::{deflate, inflate};
use leasehold_seal::digest::sha256;
use leasehold_seal::report::{ReportHeader, seal};
use leasehold_store::{Binding, Document, Edit, Origin, Store, VendorView, Write};
use leasehold_wire::assets::{self, Assets, ReportTerms};
use serde::{Deserialize, Serialize};

use crate::cli::Report;
use crate::control;
use crate::database::{self, Present};
use crate::error::AgentError;
use crate::import;
use crate::packages::{self, REPORT};

/// A report that is made.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Made {
    product: String,
    sequence: u64,
    licensees: usize,
    /// The file, in base64.
    file: String,
}

/// Which reports on the package that was taken in last have been written, and how many ever.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Ledger {
    written: u64,
    kept: Vec<Kept>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    sequence: u64,
    digest: [u8; 32],
}

/// Writes a report of each product; all or none. Returns a line for each.
pub(crate) async fn run(
    work_dir: &Path,
    order: &Report,
    now: Timestamp,
) -> Result<Vec<String>, AgentError> {
    if !order.output.is_dir() {
        let text = format!("'{}' is no directory", order.output.display());
        return Err(AgentError::option("--output", text));
    }
    let made = match control::report(work_dir, order.is_final).await? {
        Some(made) => made,
        None => stopped(work_dir, order.is_final, now).await?,
    };
    let files: Result<Vec<_>, _> = made
        .iter()
        .map(|made| STANDARD.decode(&made.file))
        .collect();
    let files = files.map_err(|error| AgentError::internal("read the report", error))?;
    let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let paths = packages::write_all(&order.output, REPORT, &files)?;
    let lines = paths.iter().zip(&made).map(|(path, made)| {
        format!(
            "{}: report {} of product {}, licensees {}{}",
            packages::name_of(path),
            made.sequence,
            made.product,
            made.licensees,
            match order.is_final {
                true => ", final",
                false => "",
            },
        )
    });
    Ok(lines.collect())
}

async fn stopped(work_dir: &Path, is_final: bool, now: Timestamp) -> Result<Vec<Made>, AgentError> {
    let no_assets = || AgentError::NoAssets(database::directory(work_dir));
    if !database::exists(work_dir) {
        return Err(no_assets());
    }
    let store = database::open(work_dir).await?;
    let present = Present::look(&store).await?.ok_or_else(no_assets)?;
    make(&store, &present.account.vendor.number, is_final, now).await
}

/// Makes the reports, and keeps what they say, in one transaction.
pub(crate) async fn make(
    store: &Store,
    vendor: &VendorNumber,
    is_final: bool,
    now: Timestamp,
) -> Result<Vec<Made>, AgentError> {
    let origin = Origin {
        actor: "local".into(),
        action: "agent.report",
    };
    store
        .edit(vendor, origin, now, move |view| {
            let mut edit = Edit {
                outcome: Vec::new(),
                writes: Vec::new(),
            };
            for product in view.products() {
                add(view, product, is_final, now, &mut edit)?;
            }
            Ok(edit)
        })
        .await?
}

/// Adds the report of one product.
fn add(
    view: &VendorView<'_>,
    product: &ProductTree,
    is_final: bool,
    now: Timestamp,
    edit: &mut Edit<Vec<Made>>,
) -> Result<(), AgentError> {
    let number = &product.product.number;
    let Some(base) = import::base(view, number)? else {
        return Ok(());
    };
    let Some(key) = base.report.key.clone() else {
        return Err(AgentError::Conflict(format!(
            "The package of product '{number}' was made by a server that takes no reports. Import a \
             newer one."
        )));
    };
    let mut ledger = Ledger::of(view, number)?;
    let sequence = ledger.written + 1;
    let state = Assets {
        product: product.clone(),
        licensees: licensees(view, number),
        api_keys: Vec::new(),
        made_at: now,
        report: ReportTerms {
            key: None,
            known: ledger.kept.iter().map(|kept| kept.digest).collect(),
        },
        signing: None,
        ..base
    };
    let document = assets::write(&state);
    let header = ReportHeader {
        package: state.package.id.clone(),
        vendor: state.vendor.number.to_string(),
        product: number.to_string(),
        sequence,
        created: format_timestamp(now),
        is_final,
    };
    let file = seal(&header, &document, &key.0)
        .map_err(|error| AgentError::internal(format!("report on product '{number}'"), error))?;
    ledger.written = sequence;
    ledger.kept.push(Kept {
        sequence,
        digest: sha256(&[&file]),
    });
    edit.writes.push(Write::PutDocument(Document {
        name: state_name(number, sequence),
        content: deflate(&document),
    }));
    edit.writes.push(ledger.write(number)?);
    if is_final {
        edit.writes.extend(given_back(&state, now));
    }
    edit.outcome.push(Made {
        product: number.to_string(),
        sequence,
        licensees: state.licensees.len(),
        file: STANDARD.encode(file),
    });
    Ok(())
}

/// What has become of a product's licensees, sorted by number.
fn licensees(view: &VendorView<'_>, product: &ProductNumber) -> Vec<LicenseeAggregate> {
    let mut found: BTreeMap<LicenseeNumber, LicenseeAggregate> = BTreeMap::new();
    view.each_licensee(|tree, aggregate| {
        if tree.product.number == *product {
            found.insert(aggregate.licensee.number.clone(), aggregate.clone());
        }
    });
    found.into_values().collect()
}

/// The server decides about the licensees again, until a package comes.
fn given_back(state: &Assets, now: Timestamp) -> Vec<Write> {
    let binding = Arc::new(Binding {
        package: state.package.id.as_str().into(),
        recipient: state.package.recipient.as_str().into(),
        generation: state.package.generation,
        since: now,
        stateful: StatefulRights::Delegated,
        report: None,
    });
    let licensees = state.licensees.iter();
    licensees
        .map(|aggregate| Write::PutBinding(aggregate.licensee.number.clone(), Arc::clone(&binding)))
        .collect()
}

/// The newest report that the server had merged when it made the package, if it was written on what
/// was taken in last: the state that both sides know.
pub(crate) fn named(view: &VendorView<'_>, package: &Assets) -> Result<Option<Assets>, AgentError> {
    let product = &package.product.product.number;
    let ledger = Ledger::of(view, product)?;
    let is_named = |kept: &&Kept| package.report.known.contains(&kept.digest);
    let Some(kept) = ledger.kept.iter().rev().find(is_named) else {
        return Ok(None);
    };
    let lost = || AgentError::internal("read a report that was written", "it is damaged");
    let document = view.document(&state_name(product, kept.sequence));
    let document = document.and_then(|kept| inflate(&kept)).ok_or_else(lost)?;
    assets::read(&document).map(Some).map_err(|_| lost())
}

/// What an import of the product writes besides: the reports on the package before it are of no more
/// use, and the agent decides about the package's licensees.
pub(crate) fn begin_anew(
    view: &VendorView<'_>,
    package: &Assets,
) -> Result<Vec<Write>, AgentError> {
    let product = &package.product.product.number;
    let mut ledger = Ledger::of(view, product)?;
    let numbers = package
        .licensees
        .iter()
        .map(|theirs| &theirs.licensee.number);
    let bound = numbers.filter(|number| view.binding(number).is_some());
    let mut writes: Vec<Write> = bound.cloned().map(Write::RemoveBinding).collect();
    if !ledger.kept.is_empty() {
        let kept: BTreeSet<u64> = ledger.kept.drain(..).map(|kept| kept.sequence).collect();
        let names = kept
            .into_iter()
            .map(|sequence| state_name(product, sequence));
        writes.extend(names.map(Write::RemoveDocument));
        writes.push(ledger.write(product)?);
    }
    Ok(writes)
}

impl Ledger {
    fn of(view: &VendorView<'_>, product: &ProductNumber) -> Result<Self, AgentError> {
        let Some(document) = view.document(&ledger_name(product)) else {
            return Ok(Self::default());
        };
        serde_json::from_slice(&document)
            .map_err(|error| AgentError::internal("read which reports were written", error))
    }

    fn write(&self, product: &ProductNumber) -> Result<Write, AgentError> {
        let content = serde_json::to_vec(self)
            .map_err(|error| AgentError::internal("note which reports were written", error))?;
        Ok(Write::PutDocument(Document {
            name: ledger_name(product),
            content,
        }))
    }
}

fn ledger_name(product: &ProductNumber) -> Box<str> {
    format!("reports {product}").into()
}

fn state_name(product: &ProductNumber, sequence: u64) -> Box<str> {
    format!("report {sequence} {product}").into()
}
