//! The store without HTTP: how many changes a second become durable, from many clients at once and
//! from one, who waits for each.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use leasehold_model::change::LicenseeChange;
use leasehold_model::number::{LicenseNumber, VendorNumber};
use leasehold_store::{Decided, Store};
use tokio::task::JoinSet;

use crate::seed;

/// Clients at a time.
const CLIENTS: usize = 256;

/// Licensees among which they write.
const LICENSEES: usize = 10_000;

/// Changes a second.
pub(crate) struct Durable {
    pub(crate) many: f64,
    pub(crate) one_by_one: f64,
}

/// Writes credits off for `time` with many clients, and again with one.
pub(crate) async fn measure(folder: &Path, time: Duration) -> anyhow::Result<Durable> {
    let store = seed::opened(&folder.join("store"), LICENSEES).await?;
    let one_by_one = writing(&store, 1, time).await?;
    let many = writing(&store, CLIENTS, time).await?;
    Ok(Durable { many, one_by_one })
}

async fn writing(store: &Arc<Store>, clients: usize, time: Duration) -> anyhow::Result<f64> {
    let began = Instant::now();
    let mut running = JoinSet::new();
    for client in 0..clients {
        let store = Arc::clone(store);
        running.spawn(async move {
            let vendor = VendorNumber::parse(seed::VENDOR)?;
            let now: Timestamp = "2026-01-02T00:00:00Z".parse()?;
            let mut written = 0_u64;
            let mut nth = client;
            while began.elapsed() < time {
                nth = (nth + 7919) % LICENSEES;
                let license = LicenseNumber::parse(&format!("L{nth:07}2"))?;
                let licensee = seed::licensee(nth);
                let change = LicenseeChange::Use { license, amount: 1 };
                let decided = store.decide(&vendor, &licensee, None, seed::origin(), now, |_| {
                    Ok::<_, Infallible>(Decided {
                        outcome: (),
                        changes: vec![change.clone()],
                        records: Vec::new(),
                    })
                });
                let Ok(()) = decided.await?;
                written += 1;
            }
            Ok::<_, anyhow::Error>(written)
        });
    }
    let mut written = 0;
    while let Some(ended) = running.join_next().await {
        written += ended??;
    }
    Ok(written as f64 / began.elapsed().as_secs_f64())
}
