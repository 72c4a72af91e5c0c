//! Latency in the open loop: every request is due at its own instant, at half of what was reached.

use std::time::Duration;

use crate::goals;
use crate::load::{CONNECTIONS, Load};
use crate::plan::{Plan, sized};
use crate::process::Server;
use crate::report::{Found, Report, Unit};
use crate::rounds::{Rounds, turns};
use crate::scenario::{Callers, SCENARIOS, Scenario, V20};
use crate::stats::{median, quantile};

/// Turns of each.
const TURNS: usize = 3;

/// What takes part.
pub(crate) struct Contest<'a> {
    pub(crate) bare: &'a Server,
    pub(crate) server: &'a Server,
    pub(crate) callers: &'a Callers,
    pub(crate) licensees: usize,
    pub(crate) disk_ms: f64,
}

/// The latencies of one turn, in milliseconds.
#[derive(Clone, Copy)]
struct Turn {
    p99: f64,
    longest: f64,
}

/// The bare server, V0 and V20 in turns.
pub(crate) fn measure(
    plan: &Plan,
    contest: &Contest<'_>,
    ceiling: &Rounds,
    measured: &[(&Scenario, Rounds)],
    report: &mut Report,
) -> anyhow::Result<()> {
    let size = sized(plan.size);
    let half = |rounds: &Rounds| rounds.median(|round| round.per_second) / 2.0;
    let plainest = &SCENARIOS[0];
    let shown = measured
        .iter()
        .filter(|(scenario, _)| [plainest.name, V20].contains(&scenario.name));
    let mut entrants = vec![(plainest, contest.bare, half(ceiling))];
    entrants.extend(shown.map(|(scenario, rounds)| (*scenario, contest.server, half(rounds))));
    let mut taken: Vec<Vec<Turn>> = vec![Vec::new(); entrants.len()];
    for turn in 0..TURNS {
        for at in turns(entrants.len(), turn) {
            let (scenario, server, rate) = entrants[at];
            taken[at].push(one(contest, scenario, server, rate, plan.latency)?);
        }
    }
    let p99 = |turns: &[Turn]| median(turns.iter().map(|turn| turn.p99));
    let bare = &taken[0];
    report.add(
        format!("bare hyper, p99 ({size})"),
        p99(bare),
        Unit::Milliseconds,
        None,
    );
    for ((scenario, ..), turns) in entrants.iter().zip(&taken).skip(1) {
        let name = scenario.name;
        // A durable reply waits for two syncs at most, beside what it takes to answer.
        let syncs_ms = match scenario.writes {
            0 => 0.0,
            _ => 2.0 * contest.disk_ms,
        };
        let pairs = turns.iter().zip(bare);
        let ratio = median(pairs.map(|(own, bare)| (own.p99 - syncs_ms) / bare.p99));
        let found = match ceiling.are_noisy() {
            true => Found::Noisy(ratio),
            false => Found::Figure(ratio),
        };
        report.add(
            format!("{name}, p99 ({size})"),
            p99(turns),
            Unit::Milliseconds,
            None,
        );
        let what = match scenario.writes {
            0 => "p99 of bare's",
            _ => "p99 less 2 syncs of bare's",
        };
        report.push(
            format!("{name}, {what} ({size})"),
            found,
            Unit::Times,
            Some(goals::P99),
        );
        let longest = turns.iter().map(|turn| turn.longest).fold(0.0, f64::max);
        report.add(
            format!("{name}, longest ({size})"),
            longest,
            Unit::Milliseconds,
            None,
        );
    }
    Ok(())
}

fn one(
    contest: &Contest<'_>,
    scenario: &Scenario,
    server: &Server,
    rate: f64,
    time: Duration,
) -> anyhow::Result<Turn> {
    let mut requests = scenario.requests(contest.callers, contest.licensees)?;
    let mut load = Load::open(&server.address, CONNECTIONS)?;
    let latencies = load.paced(&mut requests, rate, time)?;
    Ok(Turn {
        p99: quantile(&latencies, 0.99),
        longest: quantile(&latencies, 1.0),
    })
}
