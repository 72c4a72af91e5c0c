//! A whole run, from the first calibration of the disk to the last.

use std::path::Path;

use anyhow::Context;
use tempfile::TempDir;

use crate::data::{Data, signing_key};
use crate::machine::load_average;
use crate::plan::{Plan, sized};
use crate::programs::Programs;
use crate::report::Report;
use crate::{
    agent, checkout, contest, crud, growth, hot, postgres, recovery, sizes, soak, store_layer, sync,
};

/// Measures all that the plan holds.
pub(crate) fn whole(plan: &Plan, programs: &Programs) -> anyhow::Result<Report> {
    let folder = TempDir::new()?;
    let folder = folder.path();
    let mut report = Report::default();
    let disk_ms = calibrate("at the start", folder, &mut report)?;

    let mut data = Vec::new();
    let sizes = match &plan.release {
        Some(release) => release.sizes,
        None => std::slice::from_ref(&plan.size),
    };
    for &size in sizes {
        tell(&format!("seeding {size} licensees"));
        data.push(Data::new(folder, &sized(size), size)?);
    }
    let contested = data.iter().find(|data| data.licensees == plan.size);
    let contested = contested.context("the plan has no data of its contest's size")?;
    tell("the contest with the bare server");
    let half = contest::measure(plan, programs, contested, disk_ms, &mut report)?;
    tell("starts");
    sizes::empty(programs, folder, &mut report)?;
    for data in &data {
        sizes::starts(programs, data, &mut report)?;
    }
    tell("durable writes");
    store_layer::measure(plan, folder, &mut report)?;
    tell("seats");
    seats(plan, programs, folder, &mut report)?;
    tell("PostgreSQL");
    postgres::measure(plan, programs, folder, &mut report)?;
    if let Some(release) = &plan.release {
        before_release(plan, programs, &data, &mut report)?;
        // Bound to an agent, data is no more what it was.
        agents(plan, programs, folder, &data, &mut report)?;
        tell("recovery from a kill");
        recovery::measure(programs, folder, release.recovered, &mut report)?;
        tell("the soak");
        soak::measure(programs, contested, half, release.soak, &mut report)?;
    } else {
        agents(plan, programs, folder, &data, &mut report)?;
    }
    calibrate("at the end", folder, &mut report)?;
    Ok(report)
}

/// Only the contest: what is repeated when a change seems to have made something worse.
pub(crate) fn contest_alone(plan: &Plan, programs: &Programs) -> anyhow::Result<Report> {
    let folder = TempDir::new()?;
    let folder = folder.path();
    let mut report = Report::default();
    let disk_ms = calibrate("at the start", folder, &mut report)?;
    let data = Data::new(folder, &sized(plan.size), plan.size)?;
    contest::measure(plan, programs, &data, disk_ms, &mut report)?;
    Ok(report)
}

/// Only the agent's rows.
pub(crate) fn agent_alone(
    plan: &Plan,
    programs: &Programs,
    licensees: usize,
) -> anyhow::Result<Report> {
    let folder = TempDir::new()?;
    let data = Data::new(folder.path(), &sized(licensees), licensees)?;
    let mut report = Report::default();
    let all = (&data, licensees);
    agent::measure(plan, programs, folder.path(), all, &mut report)?;
    Ok(report)
}

/// Only PostgreSQL's rows.
pub(crate) fn postgres_alone(plan: &Plan, programs: &Programs) -> anyhow::Result<Report> {
    let folder = TempDir::new()?;
    let mut report = Report::default();
    postgres::measure(plan, programs, folder.path(), &mut report)?;
    Ok(report)
}

/// A run takes minutes, and whoever waits wants to know for what.
fn tell(what: &str) {
    eprintln!("{what} …");
}

/// Looks at the machine; returns what a sync takes, in milliseconds.
fn calibrate(when: &str, folder: &Path, report: &mut Report) -> anyhow::Result<f64> {
    let disk_ms = sync::milliseconds(folder)?;
    let load = load_average();
    report.note(format!(
        "{when}: {disk_ms:.2} ms for a write of 8 kB with its sync, load average {load}"
    ));
    Ok(disk_ms)
}

/// What is measured on seats, on a server that has nothing else to do.
fn seats(
    plan: &Plan,
    programs: &Programs,
    folder: &Path,
    report: &mut Report,
) -> anyhow::Result<()> {
    let data = Data::new(folder, "seats", 0)?;
    let vendor = data.set_password(programs)?;
    let server = data.serve(programs, &[])?;
    let signing_key = signing_key(&server.address, &vendor)?;
    hot::measure(plan, programs, &server.address, &data.api_key, report)?;
    checkout::measure(
        "",
        &server.address,
        &data.api_key,
        Some(&signing_key),
        report,
    )
}

/// What is measured on all sizes, and on the largest.
fn before_release(
    plan: &Plan,
    programs: &Programs,
    data: &[Data],
    report: &mut Report,
) -> anyhow::Result<()> {
    let [few, .., many] = data else {
        anyhow::bail!("growth needs two sizes");
    };
    for data in data.iter().filter(|data| data.licensees != plan.size) {
        sizes::at_work(plan, programs, data, report)?;
    }
    tell("growth");
    growth::measure(plan, programs, few, many, report)?;
    tell("a vendor's requests");
    let vendor = many.set_password(programs)?;
    let server = many.serve(programs, &[])?;
    crud::measure(&server.address, &vendor, many.licensees, report)
}

/// The agents of the plan, each on data of its size.
fn agents(
    plan: &Plan,
    programs: &Programs,
    folder: &Path,
    data: &[Data],
    report: &mut Report,
) -> anyhow::Result<()> {
    for (exported, of) in plan.agents {
        tell(&format!("an agent of {exported} licensees"));
        let data = data.iter().find(|data| data.licensees == *of);
        let data = data.context("the plan has no data of its agent's size")?;
        agent::measure(plan, programs, folder, (data, *exported), report)?;
    }
    Ok(())
}
