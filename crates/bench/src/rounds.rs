//! A run: rounds in which the reference and the scenarios take turns, and what is made of them.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::goals::{self, Marks};
use crate::load::{self, Requests};
use crate::process::Server;
use crate::report::Report;
use crate::{seed, store_layer, sync};

/// How long a run measures, and on how much.
pub(crate) struct Plan {
    rounds: usize,
    round: Duration,
    sizes: &'static [usize],
}

/// For each change.
pub(crate) const QUICK: Plan = Plan {
    rounds: 5,
    round: Duration::from_secs(2),
    sizes: &[10_000],
};

/// Before a release.
pub(crate) const FULL: Plan = Plan {
    rounds: 7,
    round: Duration::from_secs(5),
    sizes: &[10_000, 100_000, 1_000_000],
};

/// Beyond this spread of the reference, only ratios of processor time decide.
const NOISY: f64 = 1.5;

/// What is asked, in shares of a hundred.
struct Scenario {
    name: &'static str,
    accept: &'static str,
    /// Of a hundred requests, so many write credits off.
    writing: usize,
    marks: Marks,
    cpu: Option<Marks>,
}

const SCENARIOS: [Scenario; 3] = [
    Scenario {
        name: "V0 XML",
        accept: "application/xml",
        writing: 0,
        marks: goals::V0,
        cpu: Some(goals::V0_CPU),
    },
    Scenario {
        name: "V0 JSON",
        accept: "application/json",
        writing: 0,
        marks: goals::V0,
        cpu: None,
    },
    Scenario {
        name: "V20 XML",
        accept: "application/xml",
        writing: 20,
        marks: goals::V20,
        cpu: None,
    },
];

/// One round of one server.
#[derive(Clone, Copy)]
struct Round {
    per_second: f64,
    cpu_us: f64,
}

/// Measures it all.
pub(crate) async fn run(plan: Plan, program: &Path) -> anyhow::Result<Report> {
    let folder = TempDir::new()?;
    let mut report = Report::default();
    report.note(machine());
    let disk_ms = sync::milliseconds(folder.path())?;
    report.note(format!(
        "disk: {disk_ms:.2} ms for a write of 8 kB with its sync"
    ));
    for &size in plan.sizes {
        measure(&plan, program, folder.path(), size, disk_ms, &mut report)
            .await
            .with_context(|| format!("with {size} licensees"))?;
    }
    let durable = store_layer::measure(folder.path(), plan.round).await?;
    report.add("W100 store, 256 clients", durable.many, "1/s", None);
    report.add("W100 store, one client", durable.one_by_one, "1/s", None);
    report.add(
        "W100 store, 256 clients over one",
        durable.many / durable.one_by_one,
        "x",
        Some(goals::W100),
    );
    let disk_after_ms = sync::milliseconds(folder.path())?;
    report.note(format!("disk: {disk_after_ms:.2} ms at the end"));
    Ok(report)
}

async fn measure(
    plan: &Plan,
    program: &Path,
    folder: &Path,
    size: usize,
    disk_ms: f64,
    report: &mut Report,
) -> anyhow::Result<()> {
    let data = folder.join(size.to_string());
    let key = seed::write(&data, size).await?;
    let data = data.to_str().context("the folder's name is no text")?;
    let own = std::env::current_exe()?;
    let bare = Server::start(&own, &["bare", "127.0.0.1:0"]).await?;
    let server =
        Server::start(program, &["serve", "--data", data, "--bind", "127.0.0.1:0"]).await?;

    let requests: Vec<Requests> = SCENARIOS
        .iter()
        .map(|scenario| made_up(scenario, &key, size))
        .collect();
    let warm_up = plan.round / 2;
    for requests in &requests {
        load::closed(&server.address, requests, warm_up).await?;
    }
    load::closed(&bare.address, &requests[0], warm_up).await?;

    let mut ceiling = Vec::new();
    let mut measured: Vec<Vec<Round>> = vec![Vec::new(); SCENARIOS.len()];
    for round in 0..plan.rounds {
        ceiling.push(one(&bare, &requests[0], plan.round).await?);
        let mut order: Vec<usize> = (0..SCENARIOS.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for at in order {
            measured[at].push(one(&server, &requests[at], plan.round).await?);
        }
    }

    let fastest = ceiling.iter().map(|round| round.per_second);
    let (most, least) = (
        fastest.clone().fold(0.0, f64::max),
        fastest.fold(f64::INFINITY, f64::min),
    );
    let label = |text: &str| format!("{text} ({size})");
    report.add(
        label("bare hyper"),
        median(&ceiling, |round| round.per_second),
        "1/s",
        None,
    );
    report.add(
        label("bare hyper, CPU a request"),
        median(&ceiling, |round| round.cpu_us),
        "us",
        None,
    );
    if most > least * NOISY {
        report.note(format!(
            "noisy: the reference varied from {least:.0} to {most:.0} a second, so only ratios of CPU decide ({size})"
        ));
    }
    for (scenario, rounds) in SCENARIOS.iter().zip(&measured) {
        let pairs: Vec<(Round, Round)> = rounds
            .iter()
            .copied()
            .zip(ceiling.iter().copied())
            .collect();
        let ratio = median(&pairs, |(own, bare)| own.per_second / bare.per_second);
        report.add(label(scenario.name), ratio, "of bare", Some(scenario.marks));
        let cpu = median(&pairs, |(own, bare)| own.cpu_us / bare.cpu_us);
        report.add(
            label(&format!("{}, CPU", scenario.name)),
            cpu,
            "x bare",
            scenario.cpu,
        );
    }

    latencies(
        &bare,
        &server,
        &requests,
        &measured,
        &ceiling,
        (size, disk_ms),
        report,
    )
    .await?;
    let rss = match size {
        10_000 => Some(goals::RSS_10K),
        1_000_000 => Some(goals::RSS_1M),
        _ => None,
    };
    report.add(
        label("memory, anonymous"),
        server.anonymous_mb()?,
        "MB",
        rss,
    );
    server.stop().await?;
    bare.stop().await?;
    let again = Server::start(program, &["serve", "--data", data, "--bind", "127.0.0.1:0"]).await?;
    let start = match size {
        10_000 => Some(goals::START_10K),
        1_000_000 => Some(goals::START_1M),
        _ => None,
    };
    report.add(
        label("start, file in memory"),
        again.start.as_secs_f64(),
        "s",
        start,
    );
    again.stop().await
}

/// Open loop at half of what each can do.
async fn latencies(
    bare: &Server,
    server: &Server,
    requests: &[Requests],
    measured: &[Vec<Round>],
    ceiling: &[Round],
    (size, disk_ms): (usize, f64),
    report: &mut Report,
) -> anyhow::Result<()> {
    const TIME: Duration = Duration::from_secs(4);
    let half = |rounds: &[Round]| median(rounds, |round| round.per_second) / 2.0;
    let reference = load::open(&bare.address, &requests[0], half(ceiling), TIME).await?;
    let reference_ms = load::quantile(&reference, 0.99);
    report.add(
        format!("bare hyper, p99 ({size})"),
        reference_ms,
        "ms",
        None,
    );
    for (at, scenario) in SCENARIOS.iter().enumerate() {
        if scenario.accept != "application/xml" {
            continue;
        }
        let rate = half(&measured[at]);
        let sorted = load::open(&server.address, &requests[at], rate, TIME).await?;
        let p99_ms = load::quantile(&sorted, 0.99);
        let worst_ms = sorted.last().copied().unwrap_or(f64::NAN);
        // A durable reply waits for at most two syncs beside what it takes to answer.
        let sync_ms = if scenario.writing > 0 {
            2.0 * disk_ms
        } else {
            0.0
        };
        let name = scenario.name;
        report.add(format!("{name}, p99 ({size})"), p99_ms, "ms", None);
        report.add(
            format!("{name}, p99 without syncs ({size})"),
            (p99_ms - sync_ms) / reference_ms,
            "x bare",
            Some(goals::P99),
        );
        report.add(format!("{name}, longest ({size})"), worst_ms, "ms", None);
    }
    Ok(())
}

async fn one(server: &Server, requests: &Requests, time: Duration) -> anyhow::Result<Round> {
    let before = server.cpu()?;
    let answered = load::closed(&server.address, requests, time).await?;
    let used = server.cpu()? - before;
    anyhow::ensure!(answered > 0, "nothing was answered");
    let answered = answered as f64;
    Ok(Round {
        per_second: answered / time.as_secs_f64(),
        cpu_us: used * 1e6 / answered,
    })
}

/// Requests of a scenario, for licensees all over the data.
fn made_up(scenario: &Scenario, key: &str, size: usize) -> Requests {
    const REQUESTS: usize = 20_000;
    let credentials = STANDARD.encode(format!("apiKey:{key}"));
    let made = (0..REQUESTS).map(|nth| {
        let licensee = seed::licensee(nth.wrapping_mul(7919) % size);
        let body = if nth % 100 < scenario.writing {
            format!("productModuleNumber0={}&usedQuantity0=1", seed::COUNTED)
        } else {
            String::new()
        };
        format!(
            "POST /core/v2/rest/licensee/{licensee}/validate HTTP/1.1\r\nHost: localhost\r\n\
             Authorization: Basic {credentials}\r\nAccept: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            scenario.accept,
            body.len()
        )
        .into_bytes()
    });
    Requests::new(made.collect())
}

fn median<T: Copy>(all: &[T], figure: impl Fn(T) -> f64) -> f64 {
    let mut figures: Vec<f64> = all.iter().map(|one| figure(*one)).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What it was measured on.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{cores} cores, Linux {}, load {load} at the start",
        kernel.trim()
    )
}
