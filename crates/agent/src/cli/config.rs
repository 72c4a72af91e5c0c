//! What flags, environment, file and defaults come to: everything an action
//! needs, judged.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use leasehold_model::number::LicenseeNumber;
use leasehold_seal::secret::Secret;

use super::Flags;
use super::flags::check_action;
use super::host::CoreHost;
use super::licensees::split_licensees;
use super::options::{Action, Definition, Id, Kind, LATER_OPTIONS, Later, variable};
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
}

/// Answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunOffline {
    /// On which address.
    pub bind: IpAddr,
    /// On which port; 0 for any that is free.
    pub port: u16,
    /// What callers must show.
    pub auth: Auth,
}

/// What callers must show (8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Auth {
    /// An API key.
    #[default]
    ApiKey,
    /// Nothing that would be judged.
    None,
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
            let known = Action::ALL.map(Action::as_str).join(", ");
            return Err(refused(Id::Action, format!("missing; there are {known}")));
        }
    };
    refuse_later(&settings, action)?;
    let command = match action {
        Action::Export => Command::Export(export(&settings, &work_dir)?),
        Action::Import => Command::Import(import(&settings, &work_dir)?),
        Action::RunOffline => Command::RunOffline(run_offline(&settings)?),
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
    Ok(Export {
        host,
        username: settings.required(Id::Username)?,
        password: settings.password(work_dir)?,
        licensees,
        output: settings.path(Id::Output, work_dir)?,
        sealing: settings.sealing(work_dir)?,
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
    })
}

fn run_offline(settings: &Settings<'_>) -> Result<RunOffline, AgentError> {
    let port = match settings.text(Id::Port) {
        None => DEFAULT_PORT,
        Some(text) => text
            .parse()
            .map_err(|_| refused(Id::Port, "expected a number from 0 to 65535"))?,
    };
    let bind = match settings.text(Id::Bind).as_deref() {
        None | Some("localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(text) => text
            .parse()
            .map_err(|_| refused(Id::Bind, "expected an IP address"))?,
    };
    let auth = match settings.text(Id::Auth).as_deref() {
        None | Some("apikey") => Auth::ApiKey,
        Some("none") => Auth::None,
        Some(_) => return Err(refused(Id::Auth, "expected apikey or none")),
    };
    if !bind.is_loopback() && auth == Auth::None {
        return Err(refused(
            Id::Auth,
            "'none' is allowed on a loopback address only",
        ));
    }
    if !bind.is_loopback() && !settings.switch(Id::InsecureHttp)? {
        return Err(refused(
            Id::Bind,
            "plain HTTP beyond this machine needs --insecure-http",
        ));
    }
    Ok(RunOffline { bind, port, auth })
}

fn warnings(settings: &Settings<'_>, action: Action, command: &Command) -> Vec<String> {
    let options = settings.flags.options();
    let foreign = options.filter(|row| !row.applies_to(action));
    let mut warnings: Vec<String> = foreign
        .map(Definition::name)
        .chain(settings.flags.later().map(Later::name))
        .map(|name| format!("Option {name} does not apply to {}.", action.as_str()))
        .collect();
    let on_line = settings.flags.values(Id::Password).next();
    if matches!(command, Command::Export(_)) && on_line.is_some_and(|value| value != "-") {
        warnings.push(
            "Option --nlic.password shows the password in the process list; --nlic.password-file does not.".to_owned(),
        );
    }
    if let Command::Export(export) = command
        && export.sealing == Sealing::Plaintext
    {
        warnings
            .push("The packages will not be encrypted: whoever has a file can read it.".to_owned());
    }
    if let Command::RunOffline(RunOffline {
        auth: Auth::None, ..
    }) = command
    {
        warnings.push(
            "Every program on this machine may validate: --auth=none demands no API key."
                .to_owned(),
        );
    }
    warnings
}

/// The sources, asked in their order.
struct Settings<'a> {
    flags: &'a Flags,
    variable: &'a dyn Fn(&str) -> Option<String>,
    file: File,
}

/// What the configuration file says.
#[derive(Default)]
struct File {
    values: BTreeMap<&'static str, Vec<String>>,
    /// Options of later versions.
    later: Vec<&'static Later>,
}

/// Where a value comes from; the least prevails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Flag,
    Variable,
    File,
}

impl Settings<'_> {
    /// Every value of the first source that has any.
    fn given(&self, id: Id) -> Option<(Source, Vec<String>)> {
        let row = Definition::of(id);
        let flags: Vec<String> = self.flags.values(id).map(str::to_owned).collect();
        if !flags.is_empty() {
            return Some((Source::Flag, flags));
        }
        if let Some(text) = self.variable(&row.variable()) {
            return Some((Source::Variable, vec![text]));
        }
        let file = self.file.values.get(row.long)?;
        Some((Source::File, file.clone()))
    }

    /// A variable; an empty one counts as not set.
    fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|text| !text.is_empty())
    }

    fn one(&self, id: Id) -> Option<(Source, String)> {
        let (source, values) = self.given(id)?;
        Some((source, values.into_iter().next()?))
    }

    fn text(&self, id: Id) -> Option<String> {
        self.one(id).map(|(_, text)| text)
    }

    fn required(&self, id: Id) -> Result<String, AgentError> {
        let text = self.text(id).filter(|text| !text.is_empty());
        text.ok_or_else(|| refused(id, MISSING))
    }

    fn switch(&self, id: Id) -> Result<bool, AgentError> {
        Ok(self.switched(id)?.is_some())
    }

    /// Where a switch was turned on.
    fn switched(&self, id: Id) -> Result<Option<Source>, AgentError> {
        match self.one(id) {
            Some((source, text)) if text == "true" => Ok(Some(source)),
            None => Ok(None),
            Some((_, text)) if text == "false" => Ok(None),
            Some(_) => Err(refused(id, "expected true or false")),
        }
    }

    fn path(&self, id: Id, work_dir: &Path) -> Result<PathBuf, AgentError> {
        Ok(match self.text(id).as_deref() {
            None | Some(".") => work_dir.to_owned(),
            Some("") => return Err(refused(id, "must not be empty")),
            Some(text) => work_dir.join(text),
        })
    }

    fn password(&self, work_dir: &Path) -> Result<PasswordSource, AgentError> {
        let given = self.one(Id::Password).map(|(source, text)| {
            let password = match text.as_str() {
                "-" => PasswordSource::Stdin,
                _ => PasswordSource::Given(Secret::new(text)),
            };
            (source, password)
        });
        let file = self
            .one(Id::PasswordFile)
            .map(|(source, file)| (source, PasswordSource::File(work_dir.join(file))));
        let password = prevailing(given, file)
            .ok_or_else(|| refused(Id::PasswordFile, "contradicts --nlic.password"))?;
        password
            .map(|(_, password)| password)
            .ok_or_else(|| refused(Id::Password, MISSING))
    }

    fn passphrase(
        &self,
        work_dir: &Path,
    ) -> Result<Option<(Source, PassphraseSource)>, AgentError> {
        let given = self
            .variable(PASSPHRASE_VARIABLE)
            .map(|text| (Source::Variable, PassphraseSource::Given(Secret::new(text))));
        let file = self
            .one(Id::PassphraseFile)
            .map(|(source, file)| (source, PassphraseSource::File(work_dir.join(file))));
        prevailing(given, file).ok_or_else(|| {
            refused(
                Id::PassphraseFile,
                format!("contradicts {PASSPHRASE_VARIABLE}"),
            )
        })
    }

    fn sealing(&self, work_dir: &Path) -> Result<Sealing, AgentError> {
        let plaintext = self
            .switched(Id::Plaintext)?
            .map(|source| (source, Sealing::Plaintext));
        let passphrase = self
            .passphrase(work_dir)?
            .map(|(source, from)| (source, Sealing::Passphrase(from)));
        let sealing = prevailing(plaintext, passphrase)
            .ok_or_else(|| refused(Id::Plaintext, "contradicts the passphrase that is given"))?;
        Ok(match sealing {
            Some((_, sealing)) => sealing,
            None => Sealing::Passphrase(PassphraseSource::None),
        })
    }

    fn vendor_key(&self, work_dir: &Path) -> Option<VendorKey> {
        self.text(Id::VendorKey).map(|text| {
            let is_fingerprint = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
            if is_fingerprint {
                VendorKey::Fingerprint(text.to_ascii_lowercase())
            } else {
                VendorKey::File(work_dir.join(text))
            }
        })
    }
}

/// Of two values that exclude one another, the one from the stronger source; `None` when both come
/// from one source, which is a contradiction.
fn prevailing<T>(
    one: Option<(Source, T)>,
    other: Option<(Source, T)>,
) -> Option<Option<(Source, T)>> {
    match (one, other) {
        (Some(one), Some(other)) if one.0 == other.0 => None,
        (Some(one), Some(other)) => Some(Some(if one.0 < other.0 { one } else { other })),
        (one, other) => Some(one.or(other)),
    }
}

/// Reads the configuration file: the one named, else the default one if it exists.
fn load(
    settings: &Settings<'_>,
    work_dir: &Path,
    read: &dyn Fn(&Path) -> io::Result<Option<String>>,
) -> Result<File, AgentError> {
    let named = settings.text(Id::Config);
    let path = work_dir.join(named.as_deref().unwrap_or(DEFAULT_FILE));
    let cannot_read = |what: String| {
        let path = path.display();
        refused(Id::Config, format!("cannot read '{path}': {what}"))
    };
    let text = match read(&path).map_err(|error| cannot_read(error.to_string()))? {
        Some(text) => text,
        None if named.is_some() => return Err(cannot_read("there is no such file".to_owned())),
        None => return Ok(File::default()),
    };
    // The parser's message quotes the line, which may hold a password.
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| cannot_read(error.message().to_owned()))?;
    let mut file = File::default();
    flatten("", &table, &mut file)?;
    Ok(file)
}

/// `core.base.host = …` is a table in a table to TOML and one option to us.
fn flatten(prefix: &str, table: &toml::Table, file: &mut File) -> Result<(), AgentError> {
    for (key, value) in table {
        let name = format!("{prefix}{key}");
        if let toml::Value::Table(table) = value {
            flatten(&format!("{name}."), table, file)?;
            continue;
        }
        let in_file =
            |what: &str| AgentError::option(format!("--{name}"), format!("{what} (in the file)"));
        if let Some(option) = Later::by_long(&name) {
            file.later.push(option);
            continue;
        }
        let row = Definition::by_long(&name).ok_or_else(|| in_file("unknown; see --help"))?;
        if matches!(row.id, Id::Help | Id::Version | Id::WorkDir | Id::Config) {
            return Err(in_file("cannot be set there"));
        }
        let scalar = |value: &toml::Value| match value {
            toml::Value::String(text) => Some(text.clone()),
            toml::Value::Integer(number) => Some(number.to_string()),
            toml::Value::Boolean(switch) => Some(switch.to_string()),
            _ => None,
        };
        let texts = match value {
            toml::Value::Array(items) if matches!(row.kind, Kind::List { .. }) => {
                items.iter().map(scalar).collect::<Option<Vec<String>>>()
            }
            value => scalar(value).map(|text| vec![text]),
        };
        let texts = texts.ok_or_else(|| in_file("has a value of a wrong type"))?;
        file.values.insert(row.long, texts);
    }
    Ok(())
}

/// Refuses what `action` would read and this version does not do yet, wherever it is said.
fn refuse_later(settings: &Settings<'_>, action: Action) -> Result<(), AgentError> {
    let is_read = |option: &&'static Later| option.actions.contains(&action);
    let refusal = |name: String, place: &str| {
        AgentError::option(name, format!("comes with a later version{place}"))
    };
    if let Some(option) = settings.flags.later().find(is_read) {
        return Err(refusal(option.name(), ""));
    }
    for option in LATER_OPTIONS.iter().filter(is_read) {
        let name = variable(option.long);
        if settings.variable(&name).is_some() {
            return Err(refusal(name, " (set as a variable)"));
        }
    }
    match settings.file.later.iter().copied().find(is_read) {
        Some(option) => Err(refusal(option.name(), " (in the file)")),
        None => Ok(()),
    }
}

fn refused(id: Id, text: impl Into<String>) -> AgentError {
    AgentError::option(Definition::of(id).name(), text)
}

const MISSING: &str = "missing";
const DEFAULT_PORT: u16 = 8080;
const DEFAULT_FILE: &str = "leasehold-agent.toml";
const PASSPHRASE_VARIABLE: &str = "LEASEHOLD_AGENT_PASSPHRASE";

#[cfg(test)]
mod tests {
    use super::super::options::OPTIONS;
    use super::*;

    #[test]
    fn every_option_of_the_table_has_a_variable_of_its_own() {
        let variables: std::collections::BTreeSet<String> =
            OPTIONS.iter().map(Definition::variable).collect();
        assert_eq!(variables.len(), OPTIONS.len());
        assert!(!variables.contains(PASSPHRASE_VARIABLE));
    }
}
