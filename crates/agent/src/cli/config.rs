//! What flags, environment, file and defaults come to: everything an action
//! needs, judged.

use std::io;
use std::path::{Path, PathBuf};

use leasehold_model::number::LicenseeNumber;
use leasehold_seal::secret::Secret;

use super::Flags;
use super::action::Action;
use super::backup::{Backup, Restore, backup, restore};
use super::checks::{Doctor, TlsSelfsigned, Verify, doctor, form, tls_selfsigned, verify};
use super::file::{File, load};
use super::flags::{check_action, known};
use super::host::CoreHost;
use super::later::refuse_later;
use super::licensees::split_licensees;
use super::options::{Definition, Id};
use super::serving::{RunOffline, run_offline};
use super::settings::Settings;
use super::warnings::warnings;
use crate::error::AgentError;

/// A judged command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where `database/` lies; relative paths of the other options start from here already.
    pub work_dir: PathBuf,
    /// How to log.
    pub log_format: LogFormat,
    /// Log in detail.
    pub verbose: bool,
    /// What to do.
    pub command: Command,
    /// What a user should know and nothing depends on, one line each.
    pub warnings: Vec<String>,
}

/// How to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What to do, with all it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Fetch packages.
    Export(Export),
    /// Take packages in.
    Import(Import),
    /// Answer.
    RunOffline(RunOffline),
    /// Tell of the agent and its store.
    Status(Form),
    /// Check packages.
    Verify(Verify),
    /// Look whether all is well.
    Doctor(Doctor),
    /// Make a certificate.
    TlsSelfsigned(TlsSelfsigned),
    /// Write what has happened here to files for the server.
    Report(Report),
    /// Copy the database.
    Backup(Backup),
    /// Put a copy of it in place.
    Restore(Restore),
}

/// In which form something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Fetch packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// From where.
    pub host: CoreHost,
    /// The vendor's login, or `apiKey`.
    pub username: String,
    /// Its password, or the API key.
    pub password: PasswordSource,
    /// Whose assets, in the order given.
    pub licensees: Vec<LicenseeNumber>,
    /// Where to.
    pub output: PathBuf,
    /// How to seal.
    pub sealing: Sealing,
    /// Replies are signed with the API keys' own private keys.
    pub own_signing_keys: bool,
    /// Let the server go on deciding as well.
    pub shared: bool,
    /// Ignore conflicts.
    pub force: bool,
    /// Accept packages of this key only.
    pub vendor_key: Option<VendorKey>,
}

/// How a package is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sealing {
    /// Not at all.
    Plaintext,
    /// With a passphrase.
    Passphrase(PassphraseSource),
}

/// Where a password comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// It was given.
    Given(Secret),
    /// A line of standard input.
    Stdin,
    /// The first line of a file.
    File(PathBuf),
}

/// Where a passphrase comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassphraseSource {
    /// It was given.
    Given(Secret),
    /// The first line of a file.
    File(PathBuf),
    /// Nowhere: an export makes one up, an import asks when there is somebody to ask.
    None,
}

/// The key that packages must be signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VendorKey {
    /// By its fingerprint, 64 lower-case hexadecimal digits.
    Fingerprint(String),
    /// In a file, base64.
    File(PathBuf),
}

/// Write reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Where to.
    pub output: PathBuf,
    /// Give back what was delegated.
    pub is_final: bool,
}

/// Take packages in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// From where.
    pub input: PathBuf,
    /// What opens them.
    pub passphrase: PassphraseSource,
    /// Accept packages of this key only.
    pub vendor_key: Option<VendorKey>,
    /// Ignore conflicts.
    pub force: bool,
    /// Hand them to the agent that runs, if one does.
    pub online: bool,
}

/// Judges a line. `variable` looks up an environment variable, `read` a file's text (`None` where
/// there is no such file). Order: flag, environment, file, default (D20).
pub fn resolve(
    flags: &Flags,
    variable: &dyn Fn(&str) -> Option<String>,
    read: &dyn Fn(&Path) -> io::Result<Option<String>>,
) -> Result<Config, AgentError> {
    let mut settings = Settings {
        flags,
        variable,
        file: File::default(),
    };
    // The directory and the file cannot be named by the file that they lead to.
    let work_dir = PathBuf::from(settings.text(Id::WorkDir).unwrap_or_else(|| ".".to_owned()));
    settings.file = load(&settings, &work_dir, read)?;

    let action = match settings.text(Id::Action) {
        Some(text) => check_action(&text)?,
        None => {
            let text = format!("missing; there are {}", known());
            return Err(refused(Id::Action, text));
        }
    };
    refuse_later(&settings, action)?;
    let command = match action {
        Action::Export => Command::Export(export(&settings, &work_dir)?),
        Action::Import => Command::Import(import(&settings, &work_dir)?),
        Action::RunOffline => Command::RunOffline(run_offline(&settings, &work_dir)?),
        Action::Status => Command::Status(form(&settings)?),
        Action::Verify => Command::Verify(verify(&settings, &work_dir)?),
        Action::Doctor => Command::Doctor(doctor(&settings, &work_dir)?),
        Action::Report => Command::Report(Report {
            output: settings.path(Id::Output, &work_dir)?,
            is_final: settings.switch(Id::Final)?,
        }),
        Action::Backup => Command::Backup(backup(&settings, &work_dir)?),
        Action::Restore => Command::Restore(restore(&settings, &work_dir)?),
        Action::TlsSelfsigned => Command::TlsSelfsigned(tls_selfsigned(&settings, &work_dir)?),
    };
    let log_format = match settings.text(Id::LogFormat).as_deref() {
        None | Some("auto") => LogFormat::Auto,
        Some("text") => LogFormat::Text,
        Some("json") => LogFormat::Json,
        Some(_) => return Err(refused(Id::LogFormat, "expected text, json or auto")),
    };
    Ok(Config {
        log_format,
        verbose: settings.switch(Id::Verbose)?,
        warnings: warnings(&settings, action, &command),
        command,
        work_dir,
    })
}

fn export(settings: &Settings<'_>, work_dir: &Path) -> Result<Export, AgentError> {
    if !settings.switch(Id::WithoutCard)? {
        return Err(refused(
            Id::WithoutCard,
            "required: smart cards come with a later version",
        ));
    }
    let host = settings.required(Id::CoreBaseHost)?;
    let host = CoreHost::parse(&host).map_err(|what| refused(Id::CoreBaseHost, what))?;
    if host.is_readable_underway() && !settings.switch(Id::InsecureHttp)? {
        return Err(refused(
            Id::CoreBaseHost,
            "plain HTTP would show the password to everybody in between: use https://, or add --insecure-http",
        ));
    }
    let (_, licensees) = settings
        .given(Id::Licensees)
        .filter(|(_, texts)| !texts.is_empty())
        .ok_or_else(|| refused(Id::Licensees, MISSING))?;
    let licensees = split_licensees(licensees.iter().map(String::as_str))
        .map_err(|what| refused(Id::Licensees, what))?;
    let sealing = settings.sealing(work_dir)?;
    let own_signing_keys = settings.switch(Id::WithApikeySigningKey)?;
    if own_signing_keys && sealing == Sealing::Plaintext {
        return Err(refused(
            Id::WithApikeySigningKey,
            "contradicts --plaintext: everybody could read the private keys",
        ));
    }
    Ok(Export {
        host,
        username: settings.required(Id::Username)?,
        password: settings.password(work_dir)?,
        licensees,
        output: settings.path(Id::Output, work_dir)?,
        sealing,
        own_signing_keys,
        shared: settings.switch(Id::Shared)?,
        force: settings.switch(Id::Force)?,
        vendor_key: settings.vendor_key(work_dir),
    })
}

fn import(settings: &Settings<'_>, work_dir: &Path) -> Result<Import, AgentError> {
    Ok(Import {
        input: settings.path(Id::Input, work_dir)?,
        passphrase: match settings.passphrase(work_dir)? {
            Some((_, source)) => source,
            None => PassphraseSource::None,
        },
        vendor_key: settings.vendor_key(work_dir),
        force: settings.switch(Id::Force)?,
        online: settings.switch(Id::Online)?,
    })
}

pub(super) fn refused(id: Id, text: impl Into<String>) -> AgentError {
    AgentError::option(Definition::of(id).name(), text)
}

pub(super) const MISSING: &str = "missing";
pub(super) const PASSPHRASE_VARIABLE: &str = "LEASEHOLD_AGENT_PASSPHRASE";

#[cfg(test)]
mod tests {
    use super::super::options::options;
    use super::*;

    #[test]
    fn every_option_of_the_table_has_a_variable_of_its_own() {
        let variables: std::collections::BTreeSet<String> =
            options().map(Definition::variable).collect();
        assert_eq!(variables.len(), options().count());
        assert!(!variables.contains(PASSPHRASE_VARIABLE));
    }
}
