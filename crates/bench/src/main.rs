//! `leasehold-bench`: how near the server comes to the ceiling of the machine.
//!
//! Everything is a ratio within one run: the real server's program against a bare hyper server that
//! does nothing but answer, round by round on the same cores with the same load generator. Absolute
//! figures are printed for people and compared with nothing (performance, section 7).
#![expect(clippy::print_stdout, reason = "a table is what it is for")]

mod agent;
mod ask;
mod bare;
mod baseline;
mod checkout;
mod contest;
mod crud;
mod data;
mod flood;
mod goals;
mod growth;
mod hot;
mod latency;
mod load;
mod machine;
mod naive;
mod plan;
mod postgres;
mod process;
mod programs;
mod recovery;
mod report;
mod rounds;
mod run;
mod scenario;
mod seed;
mod sizes;
mod soak;
mod stats;
mod store_layer;
mod sync;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

use crate::baseline::Baseline;
use crate::machine::Machine;
use crate::plan::Plan;
use crate::programs::Programs;
use crate::report::Report;

/// How often the contest runs once more when processor time seems to have become worse.
const REPEATS: usize = 2;

/// Measures the server against the ceiling of the machine.
///
/// Exit codes: 0 all is held, 1 a floor or an invariant is broken, or processor time is worse than
/// the baseline's.
#[derive(Parser)]
#[command(name = "leasehold-bench", version)]
struct Cli {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Two and a half minutes, with 10,000 licensees: for each change
    Quick(Options),
    /// Everything, with 1,000,000 licensees: before a release
    Full(Options),
    /// Only what concerns the agent, on so many licensees: while one works at that
    Agent {
        /// How many
        licensees: usize,
        /// The server's program [default: beside this one]
        #[arg(long, value_name = "FILE")]
        server: Option<PathBuf>,
    },
    /// Only the contest with the bare server, on so many licensees: while one works at answers
    Contest {
        /// How many
        licensees: usize,
        /// The server's program [default: beside this one]
        #[arg(long, value_name = "FILE")]
        server: Option<PathBuf>,
    },
    /// Only what concerns PostgreSQL, on as much as `quick`: while one works at that engine
    Postgres {
        /// The server's program [default: beside this one]
        #[arg(long, value_name = "FILE")]
        server: Option<PathBuf>,
    },
    /// The reference: a server that only answers. The other commands start it
    #[command(hide = true)]
    Bare {
        /// Where to listen
        bind: SocketAddr,
        /// Bytes of every reply
        length: usize,
    },
    /// A service that counts wrongly, and must be caught. The other commands start it
    #[command(hide = true)]
    Naive {
        /// Where to listen
        bind: SocketAddr,
        /// How many it has to give out
        seats: usize,
    },
}

#[derive(clap::Args)]
struct Options {
    /// Append one line of JSON a run to this file
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// The server's program [default: beside this one]
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// What the run's ratios of processor time are compared with
    #[arg(
        long,
        value_name = "FILE",
        default_value = "crates/bench/baseline.json"
    )]
    baseline: PathBuf,
    /// Make this run's ratios the baseline
    #[arg(long)]
    update_baseline: bool,
    /// Write the table into this file, between its two markers
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "README.md")]
    readme: Option<PathBuf>,
}

fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().action {
        Action::Quick(options) => measure(&plan::QUICK, options),
        Action::Full(options) => measure(&plan::FULL, options),
        Action::Agent { licensees, server } => {
            let programs = Programs::find(server)?;
            print!("{}", run::agent_alone(&plan::QUICK, &programs, licensees)?);
            Ok(ExitCode::SUCCESS)
        }
        Action::Contest { licensees, server } => {
            let plan = Plan {
                size: licensees,
                ..plan::QUICK
            };
            print!("{}", run::contest_alone(&plan, &Programs::find(server)?)?);
            Ok(ExitCode::SUCCESS)
        }
        Action::Postgres { server } => {
            print!(
                "{}",
                run::postgres_alone(&plan::QUICK, &Programs::find(server)?)?
            );
            Ok(ExitCode::SUCCESS)
        }
        Action::Bare { bind, length } => {
            runtime()?.block_on(bare::serve(bind, length))?;
            Ok(ExitCode::SUCCESS)
        }
        Action::Naive { bind, seats } => {
            runtime()?.block_on(naive::serve(bind, seats))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn measure(plan: &Plan, options: Options) -> anyhow::Result<ExitCode> {
    let programs = Programs::find(options.server)?;
    let baseline = Baseline::read(&options.baseline, plan.name)?;
    let machine = Machine::look();
    println!("{machine}, {}", machine.commit);
    let report = run::whole(plan, &programs)?;
    print!("{report}");
    if let Some(history) = options.history {
        report::append(&history, plan.name, &machine, &report)?;
    }
    if let Some(readme) = options.readme {
        report::write_between_markers(&readme, plan.name, &machine, &report)?;
    }
    if options.update_baseline {
        baseline::update(&options.baseline, plan.name, &report)?;
    }
    let is_worse = !options.update_baseline && is_worse(plan, &programs, &baseline, &report)?;
    let broken = report.broken();
    for name in &broken {
        println!("broken: {name}");
    }
    Ok(match broken.is_empty() && !is_worse {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Compares with the baseline, and where something seems worse, measures again before it says so.
fn is_worse(
    plan: &Plan,
    programs: &Programs,
    baseline: &Baseline,
    first: &Report,
) -> anyhow::Result<bool> {
    if baseline.worse_in(&[first]).is_empty() {
        return Ok(false);
    }
    println!("processor time seems worse than the baseline's; measuring the contest again");
    let again = (0..REPEATS).map(|_| run::contest_alone(plan, programs));
    let again: Vec<Report> = again.collect::<anyhow::Result<_>>()?;
    let mut all = vec![first];
    all.extend(&again);
    let worse = baseline.worse_in(&all);
    for row in &worse {
        let baseline::Worse { name, before, now } = row;
        println!("worse: {name}: {now:.2} x bare, and {before:.2} in the baseline");
    }
    Ok(!worse.is_empty())
}

/// For what waits on many things at a time; the load generator does without.
fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}
