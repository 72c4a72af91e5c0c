//! The server against the bare one, scenario by scenario.

use anyhow::Context;

use crate::ask::{self, Accept};
use crate::data::{Data, signing_key};
use crate::load::{Certificate, once};
use crate::plan::{Plan, sized};
use crate::process::Server;
use crate::programs::Programs;
use crate::report::{Found, Report, Unit};
use crate::rounds::{Entrant, Rounds, take_turns};
use crate::scenario::{Callers, Door, Rival, SCENARIOS, Scenario, V20};
use crate::{flood, latency, seed, sizes};

/// All scenarios on one size of data. Returns half of what the mix of reads and writes reaches in a
/// second.
pub(crate) fn measure(
    plan: &Plan,
    programs: &Programs,
    data: &Data,
    disk_ms: f64,
    report: &mut Report,
) -> anyhow::Result<f64> {
    let size = sized(plan.size);
    let password = data.set_password(programs)?;
    // A second store, for the door that is locked; the key that signs is made before it is copied.
    let server = data.serve(programs, &[])?;
    let callers = Callers {
        api_key: data.api_key.clone(),
        signing_key: signing_key(&server.address, &password)?,
        password,
    };
    server.stop()?;
    let encrypted = encrypted(programs, data)?;
    let server = data.serve(programs, &[])?;
    let first = ask::validate(&callers.api_key, Accept::Xml, &seed::licensee(0), "");
    let length = once(&server.address, &first)?.len();
    let bare = programs.bare(length)?;
    report.note(format!(
        "a reply to V0 in XML has {length} bytes, the bare server's too"
    ));

    let scenarios: Vec<(&Scenario, &Server)> = SCENARIOS
        .iter()
        .filter(|scenario| scenario.obstacle(plan.size).is_none())
        .filter_map(|scenario| match scenario.door {
            Door::Plain => Some((scenario, &server)),
            Door::Tls => Some((scenario, encrypted.as_ref()?)),
        })
        .collect();
    let requests = |scenario: &Scenario| scenario.requests(&callers, plan.size);
    let mut entrants = vec![Entrant {
        server: &bare,
        requests: requests(&SCENARIOS[0])?,
    }];
    for (scenario, server) in &scenarios {
        entrants.push(Entrant {
            server,
            requests: requests(scenario)?,
        });
    }
    let mut taken = take_turns(&mut entrants, plan.rounds, plan.round)?.into_iter();
    let Some(ceiling) = taken.next() else {
        anyhow::bail!("nobody took part");
    };
    drop(entrants);
    let measured: Vec<(&Scenario, Rounds)> = scenarios
        .iter()
        .map(|(scenario, _)| *scenario)
        .zip(taken)
        .collect();

    reference(&ceiling, &size, report);
    for scenario in &SCENARIOS {
        let own = measured
            .iter()
            .find(|(known, _)| known.name == scenario.name);
        match own {
            Some((_, own)) => compare(scenario, own, &ceiling, &measured[0].1, &size, report),
            None => report.missing(
                format!("{} ({size})", scenario.name),
                Unit::OfBare,
                Some(scenario.marks),
                scenario
                    .obstacle(plan.size)
                    .unwrap_or("`leasehold serve` has no --tls-cert"),
            ),
        }
    }
    let contest = latency::Contest {
        bare: &bare,
        server: &server,
        callers: &callers,
        licensees: plan.size,
        disk_ms,
    };
    latency::measure(plan, &contest, &ceiling, &measured, report)?;
    sizes::memory(&server, plan.size, report)?;
    flood::measure(plan, &server, &callers, plan.size, report)?;
    let mix = measured.iter().find(|(scenario, _)| scenario.name == V20);
    let (_, mix) = mix.context("nobody wrote")?;
    Ok(mix.median(|round| round.per_second) / 2.0)
}

/// The server over TLS, where it has that.
fn encrypted(programs: &Programs, data: &Data) -> anyhow::Result<Option<Server>> {
    if !programs.serve_knows("--tls-cert")? {
        return Ok(None);
    }
    let data = data.copy("encrypted")?;
    let certificate = Certificate::new(data.path())?;
    let (file, key) = (certificate.certificate.display(), certificate.key.display());
    let (file, key) = (file.to_string(), key.to_string());
    let mut server = data.serve(programs, &["--tls-cert", &file, "--tls-key", &key])?;
    server.address.tls = Some(certificate.client);
    Ok(Some(server))
}

/// What everything is measured by.
fn reference(ceiling: &Rounds, size: &str, report: &mut Report) {
    let mut add = |name: &str, figure, unit| {
        report.add(format!("{name} ({size})"), figure, unit, None);
    };
    let us = Unit::Microseconds;
    add(
        "bare hyper",
        ceiling.median(|round| round.per_second),
        Unit::PerSecond,
    );
    add(
        "bare hyper, CPU a request",
        ceiling.median(|round| round.cpu_us),
        us,
    );
    add(
        "load generator, CPU a request",
        ceiling.median(|round| round.own_cpu_us),
        us,
    );
    if ceiling.are_noisy() {
        report.note(format!(
            "noisy: the reference varied {:.1}-fold over the rounds, so of what is compared with it only processor time is judged",
            ceiling.spread()
        ));
    }
}

fn compare(
    scenario: &Scenario,
    own: &Rounds,
    ceiling: &Rounds,
    api_keys: &Rounds,
    size: &str,
    report: &mut Report,
) {
    let (rival, unit) = match scenario.rival {
        Rival::Bare => (ceiling, Unit::OfBare),
        Rival::ApiKeys => (api_keys, Unit::OfApiKeys),
    };
    let ratio = own.ratio(rival, |round| round.per_second);
    let found = match ceiling.are_noisy() {
        true => Found::Noisy(ratio),
        false => Found::Figure(ratio),
    };
    let name = format!("{} ({size})", scenario.name);
    report.push(name, found, unit, Some(scenario.marks));
    report.add(
        format!("{}, CPU ({size})", scenario.name),
        own.ratio(ceiling, |round| round.cpu_us),
        Unit::CpuOfBare,
        scenario.cpu,
    );
}
