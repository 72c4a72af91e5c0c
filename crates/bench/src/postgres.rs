//! All that concerns PostgreSQL, in one run on a temporary cluster.

mod cluster;
mod plain;

use crate::goals::{self, Marks};
use crate::hot::CLIENTS;
use crate::plan::Plan;
use crate::report::{Report, Unit};
use crate::seed::HOT;

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
pub(crate) fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
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
    let (name, marks) = HOT_OVER_LOCK;
    report.missing(
        name,
        Unit::Times,
        Some(marks),
        "the server has no PostgreSQL yet",
    );

    let single = runtime.block_on(plain::committing(&config, COMMITTING, time))?;
    let name = format!("single-statement commits, {COMMITTING} clients");
    report.add(name, single, Unit::PerSecond, None);
    let (name, marks) = STORE_OVER_SINGLE;
    report.missing(
        name,
        Unit::Times,
        Some(marks),
        "the store has no PostgreSQL yet",
    );
    Ok(())
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
