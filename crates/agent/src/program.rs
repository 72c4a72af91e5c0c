//! The program: from a command line to an exit code. Results go to stdout,
//! everything else to stderr.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use leasehold_service::clock::{Clock, SystemClock};

use crate::cli::{self, Command, Config, Export, Import, Line};
use crate::error::AgentError;
use crate::import::ImportOrder;
use crate::run::run_offline;
use crate::{argv, backup, doctor, export, import, log, report, selfsigned, status, verify};

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
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let flags = match cli::parse(arguments.iter().cloned())? {
        Line::Help => return told(cli::help()),
        Line::Version => return told(cli::version()),
        Line::Manual => return told(cli::manual()),
        Line::Completions(shell) => return told(cli::completions(shell)),
        Line::Flags(flags) => flags,
    };
    let config = cli::resolve(&flags, &|name| std::env::var(name).ok(), &read)?;
    // Only what is right is started again: a wrong line is told in this process.
    if let Some(why_not) = argv::hide_password(&arguments, &config.command) {
        tell(&format!("Warning: {why_not}"));
    }
    log::start(&config);
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for warning in config.warnings.iter().chain(&cli::unknown_variables(names)) {
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
        Command::Verify(order) => {
            let verify::Verified { text, failure } = verify::run(&config.work_dir, order).await?;
            judged(text, failure)
        }
        Command::Doctor(order) => {
            let now = clock.now();
            let doctor::Diagnosis { text, failure } =
                doctor::run(&config.work_dir, order, now).await?;
            judged(text, failure)
        }
        Command::TlsSelfsigned(order) => {
            let lines = selfsigned::run(order, clock.now())?;
            print(lines.iter().map(String::as_str));
            Ok(0)
        }
        Command::Report(order) => {
            let lines = report::run(&config.work_dir, order, clock.now()).await?;
            print(lines.iter().map(String::as_str));
            Ok(0)
        }
        Command::Backup(order) => {
            let (line, generated) = backup::backup(&config.work_dir, order).await?;
            if let Some(passphrase) = generated {
                let passphrase = passphrase.expose();
                tell(&format!("Passphrase, shown this once: {passphrase}"));
            }
            print([line.as_str()]);
            Ok(0)
        }
        Command::Restore(order) => {
            let lines = backup::restore(&config.work_dir, order, clock.now()).await?;
            print(lines.iter().map(String::as_str));
            Ok(0)
        }
        Command::Status(form) => told(status::run(&config.work_dir, *form).await?),
        Command::RunOffline(order) => run_offline(&config.work_dir, order, clock).await,
    }
}

async fn run_export(order: &Export) -> Result<u8, AgentError> {
    let exported = export::export(order).await?;
    if let Some(passphrase) = &exported.generated {
        let passphrase = passphrase.expose();
        tell(&format!("Passphrase, shown this once: {passphrase}"));
    }
    print(exported.lines.iter().map(String::as_str));
    Ok(0)
}

async fn run_import(work_dir: &Path, order: &Import, clock: &dyn Clock) -> Result<u8, AgentError> {
    let online = order.online;
    let order = ImportOrder {
        work_dir,
        input: &order.input,
        passphrase: &order.passphrase,
        vendor_key: order.vendor_key.as_ref(),
        force: order.force,
    };
    let imported = match online {
        true => import::import_online(&order, clock.now()).await?,
        false => import::import(&order, clock.now()).await?,
    };
    for warning in &imported.warnings {
        tell(&format!("Warning: {warning}"));
    }
    print(imported.lines.iter().map(String::as_str));
    Ok(0)
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Prints results. A closed stdout is no reason to fail after the work is done.
pub(crate) fn print<'a>(lines: impl IntoIterator<Item = &'a str>) {
    let mut out = io::stdout().lock();
    for line in lines {
        let _ = writeln!(out, "{line}");
    }
    let _ = out.flush();
}

/// Prints a text, which is all there was to do.
fn told(text: String) -> Result<u8, AgentError> {
    print([text.trim_end()]);
    Ok(0)
}

/// Prints what was found; the program fails when something is bad.
fn judged(text: String, failure: Option<AgentError>) -> Result<u8, AgentError> {
    let code = told(text)?;
    failure.map_or(Ok(code), Err)
}

fn tell(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
