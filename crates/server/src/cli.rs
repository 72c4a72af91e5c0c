//! `leasehold`: what each command does, prints and exits with.
//!
//! Exit codes: 0 done, 1 failed, 2 wrongly asked, 3 not ready (another process has the data
//! directory or the address).

mod line;

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{CommandFactory, Parser};
use leasehold_model::plan::Feature;
use leasehold_seal::envelope::FILE_LIMIT;
use leasehold_service::clock::SystemClock;
use leasehold_service::notify::{Condition, notify};
use leasehold_service::rest::cors::Cors;
use leasehold_store::{Location, Options, StoreError};
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::line::{Action, Cli, DelegationAction, Login, ReportAction, TokenAction, VendorAction};
use crate::admin::{self, AdminError, Command, Outcome};
use crate::backup::{self, BackupError};
use crate::config::{ConfigError, File, ServeOptions};
use crate::control::{self, ControlError};
use crate::huge_pages;
use crate::logging;
use crate::manual;
use crate::output::Format;
use crate::password::{self, PasswordError};
use crate::prompt::{self, PromptError};
use crate::serve::{self, Config, KEY_FILE, Place, Running, StartError};
use crate::state::Settings;
use crate::webhook::WebhookOptions;

/// How long a command waits for a server that starts or stops at this moment.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// Why the program ends without having done what it was asked.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("'{0}' is no origin: give it as https://shop.example, or * for all")]
    Origin(String),
    #[error("the log cannot be started: {0}")]
    Log(String),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Prompt(#[from] PromptError),
    #[error("this password cannot be taken")]
    Password(#[from] PasswordError),
    #[error("there is no data directory '{}'", .0.display())]
    NoData(PathBuf),
    #[error("the store was not moved, and the place it was to go to is as before")]
    Migrate(#[source] StoreError),
    #[error("the manual cannot be written to '{}'", .0.display())]
    Manual(PathBuf, #[source] io::Error),
    #[error("the report '{}' cannot be read", .0.display())]
    Report(PathBuf, #[source] io::Error),
    #[error("the store has stopped after a failed commit; start the program again")]
    Stopped,
    #[error("the system does not do its part")]
    System(#[from] io::Error),
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Origin(_) | Self::Log(_) | Self::Prompt(PromptError::NoWay) => {
                2
            }
            Self::Start(StartError::Exposed(_) | StartError::Tls(_)) => 2,
            Self::Start(error) if error.is_taken() => 3,
            _ => 1,
        }
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    huge_pages::forbid();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too. There is nobody left to tell a failure to.
            let _told = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::System);
    match runtime.and_then(|runtime| runtime.block_on(run(cli))) {
        Ok(code) => code,
        Err(failure) => {
            let _told = writeln!(io::stderr(), "leasehold: {}", chain(&failure));
            ExitCode::from(failure.exit_code())
        }
    }
}

/// A report. No more of a file is read than a report may have.
fn report_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error| Failure::Report(path.to_owned(), error);
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| {
            let mut bounded = io::Read::take(file, FILE_LIMIT as u64 + 1);
            io::Read::read_to_end(&mut bounded, &mut bytes)
        })
        .map_err(unreadable)?;
    Ok(bytes)
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let file = File::read(cli.common.config.as_deref())?;
    let place = Place {
        data: file.data(cli.common.data),
        database: file.database(cli.common.database),
    };
    let command = match cli.action {
        Action::Serve(options) => return serve(place, file, options).await,
        Action::Restore { file, check } => return restore(&file, &place.data, check).await,
        Action::MigrateStore { from, to } => return migrate(from, to).await,
        Action::Delegation(DelegationAction::List { login }) => Command::DelegationList { login },
        Action::Delegation(DelegationAction::Release { login, licensees }) => {
            Command::DelegationRelease { login, licensees }
        }
        Action::Report(ReportAction::Import { login, file }) => {
            let file = report_file(&file)?;
            Command::ReportImport {
                login,
                size: file.len(),
                file,
            }
        }
        Action::Vendor(VendorAction::Add(login)) => Command::VendorAdd {
            password: new_password(&login)?,
            login: login.login,
        },
        Action::Vendor(VendorAction::Passwd(login)) => Command::VendorPasswd {
            password: new_password(&login)?,
            login: login.login,
        },
        Action::Vendor(VendorAction::List) => Command::VendorList,
        Action::Vendor(VendorAction::Plan {
            login,
            products,
            licensees,
            max_offline_days,
            deny,
            allow,
        }) => {
            let names = |features: Vec<Feature>| {
                let names = features.into_iter().map(Feature::as_str);
                names.map(str::to_owned).collect()
            };
            Command::VendorPlan {
                login,
                products,
                licensees,
                offline_days: max_offline_days,
                deny: names(deny),
                allow: names(allow),
            }
        }
        Action::Token(TokenAction::Add {
            login,
            role,
            licensee,
            expires,
            name,
        }) => Command::TokenAdd {
            login,
            role: role.as_str().to_owned(),
            licensee,
            expires_ms: expires.map(jiff::Timestamp::as_millisecond),
            name,
        },
        Action::Token(TokenAction::List { login }) => Command::TokenList { login },
        Action::Token(TokenAction::Revoke { key }) => Command::TokenRevoke { key },
        Action::Backup { file } => Command::Backup {
            // A running server stands in another folder than the caller.
            file: std::path::absolute(file)?,
        },
        Action::Verify => Command::Verify,
        Action::Completions { shell } => {
            manual::completions(Cli::command(), shell, &mut io::stdout().lock())?;
            return Ok(ExitCode::SUCCESS);
        }
        Action::Man { directory } => {
            manual::pages(Cli::command(), &directory)
                .map_err(|error| Failure::Manual(directory, error))?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    let outcome = perform(&place, command).await?;
    Ok(tell(outcome, cli.common.output)?)
}

fn new_password(login: &Login) -> Result<admin::Hash, Failure> {
    let password = prompt::new_password(login.password_stdin)?;
    Ok(password::hash(&password)?.into())
}

/// Has the running server carry out `command`, or does it on the store itself.
async fn perform(place: &Place, command: Command) -> Result<Outcome, Failure> {
    let data = &place.data;
    if !matches!(command, Command::VendorAdd { .. }) && !data.exists() {
        return Err(Failure::NoData(data.to_owned()));
    }
    let mut waited = Duration::ZERO;
    loop {
        match control::call(data, &command).await {
            Err(ControlError::NotRunning) => {}
            done => return Ok(done?),
        }
        let clock = Arc::new(SystemClock::default());
        match serve::open(place, Options::default(), clock, Settings::default()).await {
            Ok(app) => return Ok(admin::execute(&app, command).await?),
            // Somebody has the store and does not answer yet, or not any more.
            Err(error) if error.is_taken() && waited < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
                waited += PAUSE;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn tell(outcome: Outcome, format: Format) -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    match outcome {
        Outcome::Done(sentence) => writeln!(out, "{sentence}")?,
        Outcome::Listed(table) => table.write(format, &mut out)?,
        Outcome::Made { made, note } => {
            made.write(format, &mut out)?;
            writeln!(io::stderr(), "{note}")?;
        }
        Outcome::Findings(findings) => return tell_findings(&findings, "The store is sound."),
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn tell_findings(findings: &[String], sound: &str) -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    if findings.is_empty() {
        writeln!(out, "{sound}")?;
        return Ok(ExitCode::SUCCESS);
    }
    for finding in findings {
        writeln!(out, "{finding}")?;
    }
    Ok(ExitCode::FAILURE)
}

async fn restore(file: &Path, data: &Path, check: bool) -> Result<ExitCode, Failure> {
    let (file, target) = (file.to_owned(), data.to_owned());
    let findings = tokio::task::spawn_blocking(move || match check {
        true => backup::check(&file),
        false => backup::restore(&file, &target),
    })
    .await
    .map_err(io::Error::other)??;
    let sound = match check {
        true => "The backup is sound.".to_owned(),
        false => format!("The backup is in place as '{}'.", data.display()),
    };
    Ok(tell_findings(&findings, &sound)?)
}

async fn migrate(from: Location, to: Location) -> Result<ExitCode, Failure> {
    let moved = tokio::task::spawn_blocking(move || leasehold_store::migrate(&from, &to))
        .await
        .map_err(io::Error::other)?
        .map_err(Failure::Migrate)?;
    let mut out = io::stdout().lock();
    let rows: u64 = moved.rows.iter().map(|(_, rows)| rows).sum();
    writeln!(
        out,
        "{rows} rows of {} tables were copied, read back, and found equal and sound.",
        moved.rows.len()
    )?;
    writeln!(
        out,
        "The installation's key is no part of it: every node needs '{KEY_FILE}' in its data directory."
    )?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(place: Place, file: File, given: ServeOptions) -> Result<ExitCode, Failure> {
    let options = file.serve(given)?;
    logging::start(options.log_format, &options.log).map_err(Failure::Log)?;
    // From here on a signal means an orderly end.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // A terminal that hangs up ends the program, as it does any other; a supervisor means a renewal,
    // also where there is no certificate to renew.
    let mut hangup = match options.tls.is_some() || !io::stdin().is_terminal() {
        true => Some(signal(SignalKind::hangup())?),
        false => None,
    };
    let config = Config {
        insecure_http: options.insecure_http,
        tls: options.tls,
        demo: options.demo,
        public_url: options.public_url,
        cors: Cors::new(options.cors_origins).map_err(Failure::Origin)?,
        webhooks: WebhookOptions {
            allow_private: options.webhook_allow_private,
        },
        store: Options {
            staleness: options.staleness,
            ..Options::default()
        },
        database: place.database,
        ..Config::local(place.data, options.bind)
    };
    let running = serve::start(config).await?;
    if let Some(key) = &running.demo_key {
        let mut err = io::stderr().lock();
        writeln!(
            err,
            "This is a DEMO: anybody who reaches it signs in as demo with the password demo."
        )?;
        writeln!(err, "Never use it for real. Its API key is {key}.")?;
    } else if running.store().accounts().is_empty() {
        let mut err = io::stderr().lock();
        writeln!(
            err,
            "There is no vendor yet, so nobody can sign in. Add one in another terminal:"
        )?;
        writeln!(
            err,
            "  leasehold vendor add LOGIN --data {}",
            running.store().directory().display()
        )?;
    }
    {
        let mut out = io::stdout().lock();
        writeln!(out, "leasehold listens on {}", running.base_url())?;
        out.flush()?;
    }
    notify(Condition::Ready);
    let has_failed = loop {
        tokio::select! {
            _ = interrupt.recv() => break false,
            _ = terminate.recv() => break false,
            () = running.failed() => break true,
            // This is no thread that answers requests, so it may read files.
            Some(_) = recv(&mut hangup) => renew_certificate(&running),
        }
    };
    tracing::info!("stopping");
    notify(Condition::Stopping);
    running.stop().await?;
    if has_failed {
        return Err(Failure::Stopped);
    }
    Ok(ExitCode::SUCCESS)
}

/// The next signal; nothing where there is none to come.
async fn recv(signal: &mut Option<Signal>) -> Option<()> {
    match signal {
        Some(signal) => signal.recv().await,
        None => None,
    }
}

/// A certificate that cannot be used must not end a server that has a good one.
fn renew_certificate(running: &Running) {
    notify(Condition::Reloading);
    match running.reload_certificate() {
        Ok(()) => tracing::info!("the certificate was read again"),
        Err(error) => tracing::error!(
            error = chain(&error),
            "the certificate was not renewed, the former stays"
        ),
    }
    notify(Condition::Ready);
}

/// An error with all its causes.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // A transparent error speaks with its cause's voice.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
