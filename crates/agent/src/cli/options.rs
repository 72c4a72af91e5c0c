//! The table of options and actions.

/// What the agent is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Fetch packages from the server.
    Export,
    /// Take packages in.
    Import,
    /// Answer from what was taken in.
    RunOffline,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Export, Self::Import, Self::RunOffline];

    /// Reads an action's name: the original's, which `--action` and subcommands take alike, or
    /// the short `run-offline`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "export-assets" => Self::Export,
            "import-assets" => Self::Import,
            "run-agent-offline" | "run-offline" => Self::RunOffline,
            _ => return None,
        })
    }

    /// The original's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export-assets",
            Self::Import => "import-assets",
            Self::RunOffline => "run-agent-offline",
        }
    }
}

/// An option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Id {
    Help,
    Version,
    Action,
    CoreBaseHost,
    Username,
    Password,
    PasswordFile,
    Port,
    Output,
    Input,
    Licensees,
    Force,
    WithoutCard,
    PassphraseFile,
    Plaintext,
    Shared,
    VendorKey,
    Bind,
    InsecureHttp,
    Auth,
    WorkDir,
    Config,
    LogFormat,
    Verbose,
}

/// How an option is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Without a value.
    Switch,
    /// With one value; `name` stands for it in the help.
    Value { name: &'static str },
    /// With a value each time, as often as wanted.
    List { name: &'static str },
}

/// One row of the table.
pub(super) struct Definition {
    pub(super) id: Id,
    pub(super) long: &'static str,
    pub(super) short: Option<char>,
    pub(super) kind: Kind,
    /// The actions it applies to; all of them when empty.
    pub(super) actions: &'static [Action],
    pub(super) help: &'static str,
}

impl Definition {
    /// As it is written on the line, for messages.
    pub(super) fn name(&self) -> String {
        format!("--{}", self.long)
    }

    /// Its environment variable.
    pub(super) fn variable(&self) -> String {
        variable(self.long)
    }

    pub(super) fn applies_to(&self, action: Action) -> bool {
        self.actions.is_empty() || self.actions.contains(&action)
    }

    /// The row of `id`.
    pub(super) fn of(id: Id) -> &'static Self {
        let row = OPTIONS.iter().find(|row| row.id == id);
        #[expect(clippy::expect_used, reason = "a test holds that each id has a row")]
        row.expect("each option has a row")
    }

    /// The row of a long name.
    pub(super) fn by_long(long: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|row| row.long == long)
    }

    /// The row of a short name.
    pub(super) fn by_short(short: char) -> Option<&'static Self> {
        OPTIONS.iter().find(|row| row.short == Some(short))
    }
}

/// The environment variable of a long option name.
pub(super) fn variable(long: &str) -> String {
    let upper = long.to_ascii_uppercase().replace(['.', '-'], "_");
    format!("LEASEHOLD_AGENT_{upper}")
}

/// An option of the original or of the specification that comes later. Refused by name where an
/// action of this version would read it, since ignoring it would promise what is not done.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Later {
    pub(super) long: &'static str,
    pub(super) has_value: bool,
    /// The actions of this version that it applies to. None: `run-agent` alone reads it, and
    /// scripts that share their options between actions may give it to others (AG-5).
    pub(super) actions: &'static [Action],
}

impl Later {
    /// As it is written on the line, for messages.
    pub(super) fn name(&self) -> String {
        format!("--{}", self.long)
    }

    /// The option of a long name.
    pub(super) fn by_long(long: &str) -> Option<&'static Self> {
        LATER_OPTIONS.iter().find(|option| option.long == long)
    }
}

const EXPORT: &[Action] = &[Action::Export];
const IMPORT: &[Action] = &[Action::Import];
const EXPORT_IMPORT: &[Action] = &[Action::Export, Action::Import];
const RUN: &[Action] = &[Action::RunOffline];
const ALL: &[Action] = &[];
/// Where a secure element takes part.
const CARD: &[Action] = &[Action::Import, Action::RunOffline];
/// Of an action that this version does not have.
const RUN_AGENT: &[Action] = &[];

const fn row(
    id: Id,
    long: &'static str,
    kind: Kind,
    actions: &'static [Action],
    help: &'static str,
) -> Definition {
    Definition {
        id,
        long,
        short: None,
        kind,
        actions,
        help,
    }
}

const fn short(short: char, row: Definition) -> Definition {
    Definition {
        short: Some(short),
        ..row
    }
}

const fn later(long: &'static str, actions: &'static [Action]) -> Later {
    Later {
        long,
        has_value: true,
        actions,
    }
}

const fn later_switch(long: &'static str, actions: &'static [Action]) -> Later {
    Later {
        has_value: false,
        ..later(long, actions)
    }
}

const fn value(name: &'static str) -> Kind {
    Kind::Value { name }
}

/// All options of this version, in the order of the help.
#[rustfmt::skip]
pub(super) const OPTIONS: &[Definition] = &[
    short('h', row(Id::Help, "help", Kind::Switch, ALL, "Print this help and exit.")),
    short('v', row(Id::Version, "version", Kind::Switch, ALL, "Print the version and exit.")),
    short('a', row(Id::Action, "action", value("ACTION"), ALL, "What to do; the same as a subcommand.")),
    row(Id::CoreBaseHost, "core.base.host", value("URL"), EXPORT, "The server: scheme, host and port, no path. Required."),
    short('u', row(Id::Username, "nlic.username", value("LOGIN"), EXPORT, "The vendor's login, or 'apiKey'. Required.")),
    short('p', row(Id::Password, "nlic.password", value("PASSWORD"), EXPORT, "Its password, or the API key; '-' reads a line from standard input. Better kept off the process list by --nlic.password-file.")),
    row(Id::PasswordFile, "nlic.password-file", value("FILE"), EXPORT, "Read the password from the first line of a file."),
    short('l', row(Id::Licensees, "licensees", Kind::List { name: "NUMBER,…" }, EXPORT, "Whose assets to export; may be repeated; '\\,' is a comma within a number. Required.")),
    short('o', row(Id::Output, "output", value("DIR"), EXPORT, "Where the packages are written [default: .].")),
    short('i', row(Id::Input, "input", value("DIR"), IMPORT, "Where the packages are read from [default: .].")),
    short('f', row(Id::Force, "force", Kind::Switch, EXPORT_IMPORT, "Ignore conflicts.")),
    row(Id::WithoutCard, "without-card", Kind::Switch, ALL, "Work without a smart card. Required for export-assets: cards come with a later version."),
    row(Id::PassphraseFile, "passphrase-file", value("FILE"), EXPORT_IMPORT, "Seal or open with the passphrase in the first line of a file; else LEASEHOLD_AGENT_PASSPHRASE; else export makes one up and import asks."),
    row(Id::Plaintext, "plaintext", Kind::Switch, EXPORT, "Do not encrypt the packages."),
    row(Id::Shared, "shared", Kind::Switch, EXPORT, "Let the server go on deciding for the exported licensees as well (in this version it always does)."),
    row(Id::VendorKey, "vendor-key", value("KEY"), EXPORT_IMPORT, "Accept packages of this key only: its fingerprint, or a file that holds the key in base64 [default: the key of the first import]."),
    row(Id::Port, "port", value("PORT"), RUN, "The port to listen on; 0 takes a free one [default: 8080]."),
    row(Id::Bind, "bind", value("ADDRESS"), RUN, "The address to listen on [default: 127.0.0.1]."),
    row(Id::InsecureHttp, "insecure-http", Kind::Switch, &[Action::Export, Action::RunOffline], "Allow plain HTTP beyond this machine."),
    row(Id::Auth, "auth", value("HOW"), RUN, "'apikey' demands an API key, 'none' accepts anything (on this machine only) [default: apikey]."),
    row(Id::WorkDir, "work-dir", value("DIR"), ALL, "Where 'database/' lies, and what relative paths start from [default: the current directory]."),
    row(Id::Config, "config", value("FILE"), ALL, "A TOML file with the long options as keys [default: leasehold-agent.toml, if there is one]."),
    row(Id::LogFormat, "log-format", value("FORMAT"), ALL, "'text', 'json', or 'auto': text on a terminal [default: auto]."),
    row(Id::Verbose, "verbose", Kind::Switch, ALL, "Log in detail."),
];

/// Actions of the original or of the specification that come later.
pub(super) const LATER_ACTIONS: &[&str] = &[
    "run-agent",
    "status",
    "verify",
    "report",
    "backup",
    "restore",
    "doctor",
    "tls-selfsigned",
    "element",
    "request",
    "apply",
    "login",
    "logout",
    "heartbeat",
    "unlink",
    "fingerprint",
];

/// Options of the original or of the specification that come later.
pub(super) const LATER_OPTIONS: &[Later] = &[
    later("serial-number", EXPORT),
    later("agent", EXPORT),
    later("recipient", EXPORT),
    later_switch("with-apikey-signing-key", EXPORT),
    later_switch("online", IMPORT),
    later("element", CARD),
    later("element.pin-file", CARD),
    later_switch("element.use-last-pin-try", CARD),
    later("element.presence-interval", CARD),
    later("element.absence-grace", CARD),
    later("element.anchor-interval", CARD),
    later("tls.cert", RUN),
    later("tls.key", RUN),
    later("tls.client-ca", RUN),
    later("tls.min-version", RUN),
    later_switch("tls.allow-loose-key", RUN),
    later("cors.origins", RUN),
    later("trusted-proxies", RUN),
    later("base-path", RUN),
    later("metrics-bind", RUN),
    later("cache.type", RUN_AGENT),
    later("cache.host", RUN_AGENT),
    later("cache.port", RUN_AGENT),
    later("cache.password", RUN_AGENT),
    later("cache.database", RUN_AGENT),
    later("cache.key-prefix", RUN_AGENT),
    later("cache.ssl", RUN_AGENT),
    later("cache.mode", RUN_AGENT),
    later("cache.max-age", RUN_AGENT),
    later("upstream.timeout", RUN_AGENT),
    later("offline-grace", RUN_AGENT),
    later("lease", RUN_AGENT),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_has_one_row_and_every_name_one_meaning() {
        for (at, row) in OPTIONS.iter().enumerate() {
            assert_eq!(Definition::of(row.id).long, row.long);
            assert_eq!(Later::by_long(row.long), None);
            for other in &OPTIONS[..at] {
                assert!(other.id != row.id && other.long != row.long);
                assert!(row.short.is_none() || other.short != row.short);
            }
        }
        assert_eq!(OPTIONS.len(), Id::Verbose as usize + 1);
    }

    #[test]
    fn variables_are_the_long_names_in_capitals() {
        assert_eq!(variable("core.base.host"), "LEASEHOLD_AGENT_CORE_BASE_HOST");
        assert_eq!(variable("without-card"), "LEASEHOLD_AGENT_WITHOUT_CARD");
    }
}
