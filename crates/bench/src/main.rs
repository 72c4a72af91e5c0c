//! `leasehold-bench`: how near the server comes to the ceiling of the machine.
//!
//! Everything is a ratio within one run: the real server's program against a bare hyper server that
//! does nothing but answer, round by round on the same cores with the same load generator. Absolute
//! figures are printed for people and compared with nothing (performance, section 7).
#![expect(clippy::print_stdout, reason = "a table is what it is for")]

mod bare;
mod goals;
mod load;
mod process;
mod report;
mod rounds;
mod seed;
mod store_layer;
mod sync;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Measures the server against the ceiling of the machine
#[derive(Parser)]
#[command(name = "leasehold-bench", version)]
struct Cli {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// About a minute, with 10,000 licensees: for each change
    Quick(Options),
    /// Longer rounds, with 10,000, 100,000 and 1,000,000 licensees: before a release
    Full(Options),
    /// The reference: a server that only answers. The other commands start it
    #[command(hide = true)]
    Bare {
        /// Where to listen
        bind: SocketAddr,
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
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match Cli::parse().action {
            Action::Quick(options) => measure(rounds::QUICK, options).await,
            Action::Full(options) => measure(rounds::FULL, options).await,
            Action::Bare { bind } => bare::serve(bind).await,
        }
    })
}

async fn measure(plan: rounds::Plan, options: Options) -> anyhow::Result<()> {
    let server = match options.server {
        Some(server) => server,
        None => std::env::current_exe()?.with_file_name("leasehold"),
    };
    anyhow::ensure!(
        server.is_file(),
        "there is no server at '{}': script/bench builds it",
        server.display()
    );
    let report = rounds::run(plan, &server).await?;
    print!("{report}");
    if let Some(history) = options.history {
        report::append(&history, &report)?;
    }
    Ok(())
}
