//! One line of JSON a run, for comparing over time.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;

use super::{Found, Report};
use crate::machine::Machine;

#[derive(Serialize)]
struct Line<'a> {
    plan: &'a str,
    machine: &'a Machine,
    notes: &'a [String],
    rows: Vec<Figure<'a>>,
    invariants: BTreeMap<&'a str, bool>,
}

#[derive(Serialize)]
struct Figure<'a> {
    name: &'a str,
    unit: &'a str,
    /// Null where it was not measured.
    figure: Option<f64>,
    noisy: bool,
}

/// Appends the report to a file of runs.
pub(crate) fn append(
    history: &Path,
    plan: &str,
    machine: &Machine,
    report: &Report,
) -> anyhow::Result<()> {
    let rows = report.rows.iter().map(|row| Figure {
        name: &row.name,
        unit: row.unit.as_str(),
        figure: row.found.figure(),
        noisy: matches!(row.found, Found::Noisy(_)),
    });
    let invariants = report.invariants.iter();
    let line = Line {
        plan,
        machine,
        notes: &report.notes,
        rows: rows.collect(),
        invariants: invariants.map(|one| (&*one.name, one.is_held)).collect(),
    };
    let text = serde_json::to_string(&line)?;
    let mut file = OpenOptions::new().create(true).append(true).open(history)?;
    writeln!(file, "{text}")
        .with_context(|| format!("cannot append to the history '{}'", history.display()))
}
