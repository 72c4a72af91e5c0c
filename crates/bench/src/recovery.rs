//! The server is killed in the middle of its work. What was acknowledged is there when it starts
//! again, once, and starting takes hardly longer.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use leasehold_model::number::{LicenseNumber, VendorNumber};
use leasehold_store::{Options, Store};

use crate::data::Data;
use crate::goals;
use crate::load::{CONNECTIONS, Caller, Load, Reply, Requests};
use crate::plan::sized;
use crate::process::Server;
use crate::programs::Programs;
use crate::report::{Report, Unit};
use crate::scenario::uses;
use crate::{seed, sizes};

/// Licensees whose credits are written off.
const LICENSEES: usize = 10_000;

/// Writes credits off, and kills the server in the middle of it.
struct Killer {
    requests: Requests,
    server: Server,
    acknowledged: u64,
    until: u64,
}

impl Caller for Killer {
    fn next(&mut self, place: usize) -> Option<&[u8]> {
        match self.acknowledged < self.until {
            true => self.requests.next(place),
            false => None,
        }
    }

    fn answered(&mut self, place: usize, reply: Reply<'_>) -> anyhow::Result<()> {
        self.requests.answered(place, reply)?;
        self.acknowledged += 1;
        if self.acknowledged == self.until {
            self.server.kill()?;
        }
        Ok(())
    }
}

/// Kills after so many acknowledged changes, and looks at what is left.
pub(crate) fn measure(
    programs: &Programs,
    folder: &Path,
    changes: u64,
    report: &mut Report,
) -> anyhow::Result<()> {
    let data = Data::new(folder, "killed", LICENSEES)?;
    let server = data.serve(programs, &[])?;
    let mut load = Load::open(&server.address, CONNECTIONS)?;
    let mut killer = Killer {
        requests: uses(&data.api_key, LICENSEES)?,
        server,
        acknowledged: 0,
        until: changes,
    };
    // It ends with an error, since the other connections are cut; too early when it was another.
    let ended = load.closed(&mut killer, Duration::MAX);
    if killer.acknowledged < changes {
        ended.context("the load ended before the kill")?;
    }
    let acknowledged = killer.acknowledged;
    drop(killer);

    let after_kill = sizes::start(programs, &data)?;
    let after_stop = sizes::start(programs, &data)?;
    let name = format!(
        "recovery from a kill after {} changes",
        sized(changes as usize)
    );
    report.add(
        format!("{name}, longer start"),
        after_kill.saturating_sub(after_stop).as_secs_f64(),
        Unit::Seconds,
        Some(goals::RECOVERY),
    );
    let (written, faults) = crate::runtime()?.block_on(inspect(&data))?;
    // Each connection may have had one request under way.
    let most = acknowledged + CONNECTIONS as u64;
    report.invariant(
        format!("{name}: none lost, none doubled"),
        format!("{written} written, {acknowledged} acknowledged"),
        (acknowledged..=most).contains(&written),
    );
    report.invariant(
        format!("{name}: the store is sound"),
        format!("{faults} faults"),
        faults == 0,
    );
    Ok(())
}

/// The credits written off, and how many of the store's own invariants are broken.
async fn inspect(data: &Data) -> anyhow::Result<(u64, usize)> {
    let store = Store::open(data.path(), Options::default())?;
    let vendor = VendorNumber::parse(seed::VENDOR)?;
    let numbers = (0..LICENSEES).map(|nth| LicenseNumber::parse(&seed::counted_license(nth)));
    let numbers: Vec<LicenseNumber> = numbers.collect::<Result<_, _>>()?;
    let written = store.read(&vendor, move |view| {
        let used = numbers.iter().enumerate().filter_map(|(nth, number)| {
            view.licensee(&seed::licensee(nth), |_, licensee| {
                licensee.license(number).map(|license| license.used())
            })?
        });
        used.sum::<i64>()
    });
    let written = u64::try_from(written.await?)?;
    Ok((written, store.verify().await?.len()))
}
