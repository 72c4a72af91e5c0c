//! The program: from a command line to an exit code. Results go to stdout,
//! everything else to stderr.

use std::ffi::OsString;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use leasehold_service::clock::{Clock, SystemClock};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::{self, Command, Config, Export, Import, Line, RunOffline};
use crate::error::{AgentError, INTERRUPTED, TERMINATED};
use crate::import::ImportOrder;
use crate::serve::Agent;
use crate::{export, import, log, serve};

/// Runs the program with the arguments behind its name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match try_run(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            tell(&error.line());
            ExitCode::from(error.exit_code())
        }
    }
}

fn try_run(arguments: impl IntoIterator<Item = OsString>) -> Result<u8, AgentError> {
    let flags = match cli::parse(arguments)? {
        Line::Help => return print([cli::help().trim_end()]),
        Line::Version => return print([cli::version().trim_end()]),
        Line::Flags(flags) => flags,
    };
    let config = cli::resolve(&flags, &|name| std::env::var(name).ok(), &read)?;
    log::start(&config);
    for warning in &config.warnings {
        tell(&format!("Warning: {warning}"));
    }
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| AgentError::internal("start", error))?;
    let code = runtime.block_on(execute(config));
    // What still runs has been given its time.
    runtime.shutdown_background();
    code
}

async fn execute(config: Config) -> Result<u8, AgentError> {
    let clock = Arc::new(SystemClock::default());
    match &config.command {
        Command::Export(order) => run_export(order).await,
        Command::Import(order) => run_import(&config.work_dir, order, &*clock).await,
        Command::RunOffline(order) => run_offline(&config.work_dir, *order, clock).await,
    }
}

async fn run_export(order: &Export) -> Result<u8, AgentError> {
    let exported = export::export(order).await?;
    if let Some(passphrase) = &exported.generated {
        let passphrase = passphrase.expose();
        tell(&format!("Passphrase, shown this once: {passphrase}"));
    }
    print(exported.lines.iter().map(String::as_str))
}

async fn run_import(work_dir: &Path, order: &Import, clock: &dyn Clock) -> Result<u8, AgentError> {
    let order = ImportOrder {
        work_dir,
        input: &order.input,
        passphrase: &order.passphrase,
        vendor_key: order.vendor_key.as_ref(),
    };
    let imported = import::import(&order, clock.now()).await?;
    for warning in &imported.warnings {
        tell(&format!("Warning: {warning}"));
    }
    print(imported.lines.iter().map(String::as_str))
}

async fn run_offline(
    work_dir: &Path,
    order: RunOffline,
    clock: Arc<dyn Clock>,
) -> Result<u8, AgentError> {
    // Signals count from here on: one that comes while the store opens must not be lost.
    let no_signals = |error| AgentError::internal("listen to signals", error);
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;

    let agent = Agent::open(work_dir, order.auth, clock).await?;
    let failed = agent.store().clone();
    let cannot_listen = |source| AgentError::CannotListen {
        port: order.port,
        source,
    };
    let listener = TcpListener::bind(SocketAddr::new(order.bind, order.port))
        .await
        .map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    print([format!("leasehold-agent listens on http://{address}/rest").as_str()])?;

    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = serve::serve(agent, listener, async {
        // Fails when the sender is gone, which is the sign to stop as well.
        let _ = stopped.await;
    });
    tokio::pin!(serving);
    let failure = async {
        failed.stopped().await;
        // The handle must not keep the store open while the agent closes.
        drop(failed);
    };
    tokio::pin!(failure);
    let served =
        |result: io::Result<()>| result.map_err(|error| AgentError::internal("serve", error));
    let store_failed = tokio::select! {
        result = &mut serving => return served(result).map(|()| 0),
        _ = first_of(&mut interrupt, &mut terminate) => false,
        () = &mut failure => true,
    };
    tracing::info!("stopping");
    drop(stop);
    tokio::select! {
        result = &mut serving => served(result)?,
        code = first_of(&mut interrupt, &mut terminate) => return Ok(code),
    }
    if store_failed {
        return Err(leasehold_store::StoreError::Stopped.into());
    }
    Ok(0)
}

/// The next signal, as the exit code that it means when it is the second.
async fn first_of(interrupt: &mut Signal, terminate: &mut Signal) -> u8 {
    tokio::select! {
        _ = interrupt.recv() => INTERRUPTED,
        _ = terminate.recv() => TERMINATED,
    }
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Prints results. A closed stdout is no reason to fail after the work is done.
fn print<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<u8, AgentError> {
    let mut out = io::stdout().lock();
    for line in lines {
        let _ = writeln!(out, "{line}");
    }
    let _ = out.flush();
    Ok(0)
}

fn tell(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
