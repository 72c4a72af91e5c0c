//! Wrong passwords in masses, beside callers whose password is right.

use std::time::Duration;

use crate::ask::{self, Accept};
use crate::data::wrong_password;
use crate::load::{Address, CONNECTIONS, Caller, Load, Reply};
use crate::plan::{Plan, sized};
use crate::process::Server;
use crate::report::{Report, Unit};
use crate::scenario::{Callers, validations};
use crate::seed;
use crate::stats::median;

/// Wrong passwords a second: far more than could be hashed.
const RATE: f64 = 500.0;

/// Whoever floods takes few connections.
const FLOODING: usize = 4;

/// Turns of each.
const TURNS: usize = 2;

/// Asks with wrong passwords, and is content with any refusal.
struct Guesses {
    requests: Vec<Vec<u8>>,
    at: usize,
}

impl Guesses {
    fn new() -> Self {
        let licensee = seed::licensee(0);
        let guess = |nth| ask::validate(&wrong_password(nth), Accept::Xml, &licensee, "");
        Self {
            requests: (0..1000).map(guess).collect(),
            at: 0,
        }
    }
}

impl Caller for Guesses {
    fn next(&mut self, _place: usize) -> Option<&[u8]> {
        self.at = (self.at + 1) % self.requests.len();
        Some(&self.requests[self.at])
    }

    fn answered(&mut self, _place: usize, reply: Reply<'_>) -> anyhow::Result<()> {
        anyhow::ensure!(
            matches!(reply.status, 401 | 403 | 429 | 503),
            "a wrong password was answered with {}",
            reply.status
        );
        Ok(())
    }
}

/// What is left to those whose password is right.
pub(crate) fn measure(
    plan: &Plan,
    server: &Server,
    callers: &Callers,
    licensees: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut valid = validations(&callers.password, Accept::Xml, 0, licensees)?;
    let mut ratios = Vec::new();
    for _ in 0..TURNS {
        let mut turn = || {
            let mut load = Load::open(&server.address, CONNECTIONS)?;
            load.closed(&mut valid, plan.round)
        };
        let alone = turn()?.per_second();
        let beside = std::thread::scope(|scope| {
            let flood = scope.spawn(|| flood(&server.address, plan.round));
            let beside = turn();
            match flood.join() {
                Ok(flooded) => flooded.and(beside),
                Err(_) => anyhow::bail!("the flood panicked"),
            }
        })?;
        ratios.push(beside.per_second() / alone);
    }
    report.add(
        format!(
            "V0 by password, beside {RATE} wrong ones a second ({})",
            sized(licensees)
        ),
        median(ratios),
        Unit::Times,
        None,
    );
    report.add(
        format!("memory, anonymous, after the flood ({})", sized(licensees)),
        server.memory()?.anonymous,
        Unit::Megabytes,
        None,
    );
    Ok(())
}

fn flood(address: &Address, time: Duration) -> anyhow::Result<()> {
    Load::open(address, FLOODING)?.paced(&mut Guesses::new(), RATE, time)?;
    Ok(())
}
