//! Half of what the mix reaches, for minutes: whether anybody ever waits long, and whether memory
//! grows.

use std::time::Duration;

use crate::ask::Accept;
use crate::data::Data;
use crate::goals;
use crate::load::{CONNECTIONS, Load};
use crate::plan::sized;
use crate::programs::Programs;
use crate::report::{Report, Unit};
use crate::scenario::{V20, validations};

/// `half` a second for `time`.
pub(crate) fn measure(
    programs: &Programs,
    data: &Data,
    half: f64,
    time: Duration,
    report: &mut Report,
) -> anyhow::Result<()> {
    let server = data.serve(programs, &[])?;
    let mut requests = validations(&data.api_key, Accept::Xml, 20, data.licensees)?;
    let mut soak =
        |time| Load::open(&server.address, CONNECTIONS)?.paced(&mut requests, half, time);
    soak(time / 10)?;
    let before = server.memory()?.anonymous;
    let longest_ms = soak(time)?.last().copied().unwrap_or(f64::NAN);
    let (name, size) = (
        format!("{V20} for {} s", time.as_secs()),
        sized(data.licensees),
    );
    let marks = Some(goals::STALL_MS);
    report.add(
        format!("{name}, longest ({size})"),
        longest_ms,
        Unit::Milliseconds,
        marks,
    );
    let grown = server.memory()?.anonymous / before;
    report.add(
        format!("{name}, memory grown ({size})"),
        grown,
        Unit::Times,
        None,
    );
    Ok(())
}
