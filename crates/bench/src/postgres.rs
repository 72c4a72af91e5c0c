//! All that concerns PostgreSQL, in one run on a temporary cluster.

mod cluster;
mod plain;

use std::path::{Path, PathBuf};

use anyhow::Context;
use leasehold_store::{DatabaseUrl, Options, Store};

use crate::ask::Credentials;
use crate::goals::{self, Marks};
use crate::hot::{self, CLIENTS};
use crate::plan::Plan;
use crate::process::Server;
use crate::programs::{ANY_PORT, Programs};
use crate::report::{Report, Unit};
use crate::seed::{self, HOT};
use crate::store_layer;

use cluster::Cluster;
use plain::Seats;

/// Clients that commit one statement each.
const COMMITTING: usize = 64;

/// The rows that something is promised of.
const HOT_OVER_LOCK: (&str, Marks) = (
    "hot licensee, PostgreSQL, over row lock",
    goals::HOT_POSTGRES,
);
const STORE_OVER_SINGLE: (&str, Marks) = (
    "store on PostgreSQL, over single statements",
    goals::STORE_POSTGRES,
);

/// The plainest ways to use it, and what the server makes of it.
pub(crate) fn measure(
    plan: &Plan,
    programs: &Programs,
    folder: &Path,
    report: &mut Report,
) -> anyhow::Result<()> {
    elsewhere(report);
    let Some(cluster) = Cluster::start()? else {
        for (name, marks) in [HOT_OVER_LOCK, STORE_OVER_SINGLE] {
            report.missing(
                name,
                Unit::Times,
                Some(marks),
                "PostgreSQL is not installed",
            );
        }
        return Ok(());
    };
    let runtime = crate::runtime()?;
    let config = runtime.block_on(cluster.database("plain"))?;
    runtime.block_on(plain::prepare(&config, HOT.1))?;

    let time = plan.durable;
    let contend = |seats| runtime.block_on(plain::contend(&config, seats, CLIENTS, time));
    let locked = contend(Seats::Locked)?;
    let name = format!("hot licensee, row lock, {CLIENTS} clients");
    report.add(name, locked.per_second, Unit::PerSecond, None);
    report.invariant(
        format!("hot licensee, row lock: at most {} live", HOT.1),
        format!("{} live", locked.most_live),
        locked.most_live <= HOT.1,
    );
    let naive = contend(Seats::Counted)?;
    report.invariant(
        "hot licensee: counting without a lock is caught",
        format!("{} live", naive.most_live),
        naive.most_live > HOT.1,
    );
    let hot = seeded(&cluster, folder, "hot", 0)?;
    let data = hot.data.to_str().context("the folder's name is no text")?;
    let serve = ["serve", "--data", data, "--bind", ANY_PORT, "--database"];
    let server = Server::start(&programs.server, &[&serve[..], &[&hot.url]].concat())?;
    let seen = hot::contend(&server.address, &Credentials::api_key(&hot.key), time)?;
    drop(server);
    hot::add("PostgreSQL", &seen, report);
    let (name, marks) = HOT_OVER_LOCK;
    let ratio = seen.per_second / locked.per_second;
    report.add(name, ratio, Unit::Times, Some(marks));

    let single = runtime.block_on(plain::committing(&config, COMMITTING, time))?;
    let name = format!("single-statement commits, {COMMITTING} clients");
    report.add(name, single, Unit::PerSecond, None);
    let layer = seeded(&cluster, folder, "layer", store_layer::LICENSEES)?;
    let store = Store::open(&layer.data, layer.options())?;
    // Writes only, as in the reference: reads, which come from memory, would flatter it.
    let deciding = store_layer::deciding(&store, store_layer::CLIENTS, 1, time);
    let grouped = runtime.block_on(deciding)?;
    let name = format!("store on PostgreSQL, {} clients", store_layer::CLIENTS);
    report.add(name, grouped, Unit::PerSecond, None);
    let (name, marks) = STORE_OVER_SINGLE;
    report.add(name, grouped / single, Unit::Times, Some(marks));
    Ok(())
}

/// The server's data on a database of its own.
struct Seeded {
    data: PathBuf,
    url: String,
    key: String,
}

impl Seeded {
    fn options(&self) -> Options {
        Options {
            database: Some(DatabaseUrl(self.url.as_str().into())),
            ..Options::default()
        }
    }
}

fn seeded(
    cluster: &Cluster,
    folder: &Path,
    name: &str,
    licensees: usize,
) -> anyhow::Result<Seeded> {
    crate::runtime()?.block_on(cluster.database(name))?;
    let mut seeded = Seeded {
        data: folder.join(format!("postgres-{name}")),
        url: cluster.url(name),
        key: String::new(),
    };
    seeded.key = seed::write(&seeded.data, licensees, seeded.options())?;
    Ok(seeded)
}

/// What this harness cannot show, and where it is shown.
fn elsewhere(report: &mut Report) {
    let (nodes, failover) = (Some(goals::TWO_NODES), Some(goals::FAILOVER));
    report.missing(
        "two nodes over one, V0",
        Unit::Times,
        nodes,
        "it needs two machines",
    );
    report.missing(
        "failover, PostgreSQL leader killed",
        Unit::Seconds,
        failover,
        "`script/test failover` does",
    );
}
