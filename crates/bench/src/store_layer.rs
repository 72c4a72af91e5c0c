//! The store without HTTP: how many decisions a second become durable, from many clients at once and
//! from one, who waits for each.

use std::convert::Infallible;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use leasehold_model::change::LicenseeChange;
use leasehold_model::number::{LicenseNumber, VendorNumber};
use leasehold_store::{Decided, Options, Store};
use tokio::task::JoinSet;

use crate::plan::Plan;
use crate::report::{Report, Unit};
use crate::{goals, seed};

/// Clients at a time.
pub(crate) const CLIENTS: usize = 256;

/// Licensees among which they write.
pub(crate) const LICENSEES: usize = 10_000;

/// How much longer a slow disk takes.
const SLOW: Duration = Duration::from_millis(5);

/// How far one client's next licensee is from its last.
const STEP: usize = 7919;

/// Many clients against one: everybody writes, and then one in five on a slow disk.
pub(crate) fn measure(plan: &Plan, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let data = folder.join("store");
    seed::write(&data, LICENSEES, Options::default())?;
    let slow = Options {
        sync_delay: SLOW,
        ..Options::default()
    };
    let cases = [
        ("W100 store", 1, Options::default()),
        ("V20 store, syncs 5 ms longer", 5, slow),
    ];
    for (name, writes_every, options) in cases {
        let runtime = crate::runtime()?;
        let store = Store::open(&data, options)?;
        let run = |clients| runtime.block_on(deciding(&store, clients, writes_every, plan.durable));
        let (one, many) = (run(1)?, run(CLIENTS)?);
        report.add(format!("{name}, one client"), one, Unit::PerSecond, None);
        report.add(
            format!("{name}, {CLIENTS} clients"),
            many,
            Unit::PerSecond,
            None,
        );
        let marks = Some(goals::GROUPED);
        report.add(
            format!("{name}, {CLIENTS} over one"),
            many / one,
            Unit::Times,
            marks,
        );
    }
    Ok(())
}

/// Decisions a second, of which every so manieth writes credits off.
pub(crate) async fn deciding(
    store: &Store,
    clients: usize,
    writes_every: usize,
    time: Duration,
) -> anyhow::Result<f64> {
    let began = Instant::now();
    let mut running = JoinSet::new();
    for client in 0..clients {
        let store = store.clone();
        running.spawn(async move {
            let vendor = VendorNumber::parse(seed::VENDOR)?;
            let now: Timestamp = "2026-01-02T00:00:00Z".parse()?;
            let mut decided = 0;
            while began.elapsed() < time {
                let nth = (client + decided * STEP) % LICENSEES;
                let is_write = (client + decided).is_multiple_of(writes_every);
                let changes = match is_write {
                    true => vec![use_one(nth)?],
                    false => Vec::new(),
                };
                let licensee = seed::licensee(nth);
                let decide = store.decide(&vendor, &licensee, None, seed::origin(), now, |_| {
                    Ok::<_, Infallible>(Decided {
                        outcome: (),
                        denies: false,
                        changes: changes.clone(),
                        records: Vec::new(),
                    })
                });
                let Ok(()) = decide.await?;
                decided += 1;
            }
            Ok::<_, anyhow::Error>(decided)
        });
    }
    let mut decided = 0;
    while let Some(ended) = running.join_next().await {
        decided += ended??;
    }
    Ok(decided as f64 / began.elapsed().as_secs_f64())
}

fn use_one(licensee: usize) -> anyhow::Result<LicenseeChange> {
    Ok(LicenseeChange::Use {
        license: LicenseNumber::parse(&seed::counted_license(licensee))?,
        amount: 1,
    })
}
