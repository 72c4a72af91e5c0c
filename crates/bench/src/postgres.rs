//! All that concerns PostgreSQL, in one run on a temporary cluster.

mod cluster;
mod own;
mod plain;
mod seats;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use leasehold_store::{DatabaseUrl, Options, Store};
use tokio_postgres::Config;

use crate::ask::Credentials;
use crate::goals::{self, Marks};
use crate::hot::{self, CLIENTS};
use crate::plan::Plan;
use crate::process::Server;
use crate::programs::{ANY_PORT, Programs};
use crate::report::{Report, Unit};
use crate::seed::{self, HOT};
use crate::stats::median;
use crate::store_layer;

use cluster::Cluster;
use own::Deciding;
use seats::{Seen, contend};

/// Clients that commit one statement each.
const COMMITTING: usize = 64;

/// The rows that something is promised of.
const HOT_OVER_LOCK: (&str, Marks) = (
    "hot licensee, store on PostgreSQL, over row lock",
    goals::HOT_POSTGRES,
);
const STORE_OVER_SINGLE: (&str, Marks) = (
    "V20 store on PostgreSQL, over single statements",
    goals::STORE_POSTGRES,
);

/// How often reference and store take turns.
const ROUNDS: usize = 3;

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
    let store = Seeded::new(&cluster, folder, "store", store_layer::LICENSEES)?;
    let store = Store::open(&store.data, store.options())?;
    let time = plan.durable / 2;
    runtime.block_on(seats(&config, &store, time, report))?;
    runtime.block_on(uses(&config, &store, time, report))?;
    drop(store);

    let hot = Seeded::new(&cluster, folder, "hot", 0)?;
    let data = hot.data.to_str().context("the folder's name is no text")?;
    let serve = ["serve", "--data", data, "--bind", ANY_PORT, "--database"];
    let server = Server::start(&programs.server, &[&serve[..], &[&hot.url]].concat())?;
    let seen = hot::contend(
        &server.address,
        &Credentials::api_key(&hot.key),
        plan.durable,
    )?;
    hot::add("PostgreSQL", &seen, report);
    Ok(())
}

/// One licensee, few seats, many clients: row lock and store take turns, neither of them over HTTP.
async fn seats(
    config: &Config,
    store: &Store,
    time: Duration,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (mut locked, mut own) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        locked.push(contend(plain::locked(config, CLIENTS).await?, time).await?);
        let players = (0..CLIENTS).map(|_| Deciding::new(store));
        own.push(contend(players.collect::<Result<_, _>>()?, time).await?);
    }
    let counted = contend(plain::counted(config, CLIENTS).await?, time).await?;

    let rate = |seen: &[Seen]| median(seen.iter().map(|seen| seen.per_second));
    let ratios = own.iter().zip(&locked);
    let ratios = ratios.map(|(own, locked)| own.per_second / locked.per_second);
    let name = |what: &str| format!("hot licensee, {what}, {CLIENTS} clients");
    report.add(name("row lock"), rate(&locked), Unit::PerSecond, None);
    let own_name = name("store on PostgreSQL");
    report.add(own_name, rate(&own), Unit::PerSecond, None);
    let (name, marks) = HOT_OVER_LOCK;
    let ratio = median(ratios);
    report.add(name, ratio, Unit::Times, Some(marks));
    for (what, seen) in [("row lock", locked), ("store on PostgreSQL", own)] {
        let most = seen.iter().map(|seen| seen.most_live).max().unwrap_or(0);
        report.invariant(
            format!("hot licensee, {what}: at most {} live", HOT.1),
            format!("{most} live"),
            most <= HOT.1,
        );
    }
    report.invariant(
        "hot licensee: counting without a lock is caught",
        format!("{} live", counted.most_live),
        counted.most_live > HOT.1,
    );
    Ok(())
}

/// Durable uses, each with its rows of usage, audit and feed, against updates of one row: they take
/// turns as well. The mix has four reads, which come from memory, for each of them.
async fn uses(
    config: &Config,
    store: &Store,
    time: Duration,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (mut single, mut all, mut mix) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        single.push(plain::committing(config, COMMITTING, time).await?);
        all.push(store_layer::deciding(store, store_layer::CLIENTS, 1, time).await?);
        mix.push(store_layer::deciding(store, store_layer::CLIENTS, 5, time).await?);
    }
    let over_single = |own: &[f64]| {
        let ratios = own.iter().zip(&single).map(|(own, single)| own / single);
        median(ratios)
    };
    let (ratio_of_all, ratio_of_mix) = (over_single(&all), over_single(&mix));
    let clients = store_layer::CLIENTS;
    let name = format!("single-statement commits, {COMMITTING} clients");
    report.add(name, median(single), Unit::PerSecond, None);
    let name = format!("W100 store on PostgreSQL, {clients} clients");
    report.add(name, median(all), Unit::PerSecond, None);
    let name = "W100 store on PostgreSQL, over single statements";
    report.add(name, ratio_of_all, Unit::Times, None);
    let name = format!("V20 store on PostgreSQL, {clients} clients");
    report.add(name, median(mix), Unit::PerSecond, None);
    let (name, marks) = STORE_OVER_SINGLE;
    report.add(name, ratio_of_mix, Unit::Times, Some(marks));
    Ok(())
}

/// The server's data on a database of its own.
struct Seeded {
    data: PathBuf,
    url: String,
    key: String,
}

impl Seeded {
    fn new(cluster: &Cluster, folder: &Path, name: &str, licensees: usize) -> anyhow::Result<Self> {
        crate::runtime()?.block_on(cluster.database(name))?;
        let mut seeded = Self {
            data: folder.join(format!("postgres-{name}")),
            url: cluster.url(name),
            key: String::new(),
        };
        seeded.key = seed::write(&seeded.data, licensees, seeded.options())?;
        Ok(seeded)
    }

    fn options(&self) -> Options {
        Options {
            database: Some(DatabaseUrl(self.url.as_str().into())),
            ..Options::default()
        }
    }
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
