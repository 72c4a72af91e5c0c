//! What a server takes at a size: memory, the disk, and time to start.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{Advice, fadvise};

use crate::ask::{self, Accept};
use crate::data::Data;
use crate::goals;
use crate::load::{CONNECTIONS, Load, once};
use crate::plan::{Plan, sized};
use crate::process::Server;
use crate::programs::Programs;
use crate::report::{Report, Unit};
use crate::scenario::validations;
use crate::seed;

/// Memory of a server that was asked about all there is.
pub(crate) fn memory(server: &Server, licensees: usize, report: &mut Report) -> anyhow::Result<()> {
    let marks = match licensees {
        0 => Some(goals::RSS_EMPTY),
        10_000 => Some(goals::RSS_10K),
        1_000_000 => Some(goals::RSS_1M),
        _ => None,
    };
    let (memory, size) = (server.memory()?, sized(licensees));
    let unit = Unit::Megabytes;
    report.add(
        format!("memory, anonymous ({size})"),
        memory.anonymous,
        unit,
        marks,
    );
    report.add(
        format!("memory, mapped ({size})"),
        memory.mapped,
        unit,
        None,
    );
    Ok(())
}

/// Memory of a server after some work on all of its data.
pub(crate) fn at_work(
    plan: &Plan,
    programs: &Programs,
    data: &Data,
    report: &mut Report,
) -> anyhow::Result<()> {
    let server = data.serve(programs, &[])?;
    let mut requests = validations(&data.api_key, Accept::Xml, 20, data.licensees)?;
    Load::open(&server.address, CONNECTIONS)?.closed(&mut requests, plan.round)?;
    memory(&server, data.licensees, report)
}

/// Memory of a server with nothing to serve.
pub(crate) fn empty(programs: &Programs, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let data = Data::new(folder, "empty", 0)?;
    memory(&data.serve(programs, &[])?, 0, report)
}

/// Start to the first answer, from the disk and from memory, and what lies on the disk.
pub(crate) fn starts(programs: &Programs, data: &Data, report: &mut Report) -> anyhow::Result<()> {
    let (warm, cold) = match data.licensees {
        10_000 => (Some(goals::START_10K), None),
        1_000_000 => (Some(goals::START_1M), Some(goals::START_1M_COLD)),
        _ => (None, None),
    };
    let size = sized(data.licensees);
    // Whatever the last server left for the next start to do is done here.
    start(programs, data)?;
    forget(data)?;
    let from_disk = start(programs, data)?.as_secs_f64();
    let from_memory = start(programs, data)?.as_secs_f64();
    report.add(
        format!("start, file in memory ({size})"),
        from_memory,
        Unit::Seconds,
        warm,
    );
    report.add(
        format!("start, file on disk ({size})"),
        from_disk,
        Unit::Seconds,
        cold,
    );
    report.add(
        format!("file for a licensee of 3 licenses ({size})"),
        data.size()? as f64 / 1000.0 / data.licensees as f64,
        Unit::Kilobytes,
        Some(goals::FILE_KB),
    );
    Ok(())
}

/// Starts the server, waits for its first answer, and stops it.
pub(crate) fn start(programs: &Programs, data: &Data) -> anyhow::Result<Duration> {
    let server = data.serve(programs, &[])?;
    let began = Instant::now();
    let first = ask::validate(&data.api_key, Accept::Xml, &seed::licensee(0), "");
    once(&server.address, &first)?;
    let time = server.start + began.elapsed();
    server.stop()?;
    Ok(time)
}

/// Has the system forget what it keeps of the files in memory. Those of others stay: this machine
/// may be at work.
fn forget(data: &Data) -> anyhow::Result<()> {
    for path in data.files()? {
        let file = File::open(path)?;
        // What is not written yet cannot be forgotten.
        file.sync_all()?;
        fadvise(&file, 0, None, Advice::DontNeed)?;
    }
    Ok(())
}
