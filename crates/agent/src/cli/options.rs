//! The table of options: parsing, environment, file, help, man page and
//! completions all read it.

use super::action::Action;

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
    Online,
    WithoutCard,
    PassphraseFile,
    Plaintext,
    Shared,
    VendorKey,
    Bind,
    InsecureHttp,
    Auth,
    TlsCert,
    TlsKey,
    TlsClientCa,
    TlsMinVersion,
    TlsAllowLooseKey,
    TrustedProxies,
    BasePath,
    CorsOrigins,
    MetricsBind,
    Host,
    WorkDir,
    Config,
    Json,
    LogFormat,
    Verbose,
}

/// How an option is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Without a value.
    Switch,
    /// With one value; `name` stands for it in the help.
    Value {
        /// `PORT`, for example.
        name: &'static str,
    },
    /// With a value each time, as often as wanted.
    List {
        /// `NUMBER,…`, for example.
        name: &'static str,
    },
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    pub(super) id: Id,
    /// The name behind `--`.
    pub long: &'static str,
    /// The letter behind `-`, where there is one.
    pub short: Option<char>,
    /// How it is written.
    pub kind: Kind,
    /// The actions it applies to; all of them when empty.
    pub actions: &'static [Action],
    /// What holds without it, where that is a value.
    pub default: Option<&'static str>,
    /// What it means, in a sentence or two.
    pub about: &'static str,
}

/// Options that belong together, under the heading of the help and of the manual.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// The heading.
    pub title: &'static str,
    /// Its options.
    pub options: &'static [Definition],
}

impl Definition {
    /// As it is written on the line, for messages.
    pub fn name(&self) -> String {
        format!("--{}", self.long)
    }

    /// Its environment variable.
    pub fn variable(&self) -> String {
        variable(self.long)
    }

    /// What stands for its value in the help; `None` for a switch.
    pub fn value(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Switch => None,
            Kind::Value { name } | Kind::List { name } => Some(name),
        }
    }

    /// True when `action` reads it.
    pub fn applies_to(&self, action: Action) -> bool {
        self.actions.is_empty() || self.actions.contains(&action)
    }

    /// The row of `id`.
    pub(super) fn of(id: Id) -> &'static Self {
        let row = options().find(|row| row.id == id);
        #[expect(clippy::expect_used, reason = "a test holds that each id has a row")]
        row.expect("each option has a row")
    }

    /// The row of a long name.
    pub(super) fn by_long(long: &str) -> Option<&'static Self> {
        options().find(|row| row.long == long)
    }

    /// The row of a short name.
    pub(super) fn by_short(short: char) -> Option<&'static Self> {
        options().find(|row| row.short == Some(short))
    }

    const fn short(self, letter: char) -> Self {
        Self {
            short: Some(letter),
            ..self
        }
    }

    const fn default(self, default: &'static str) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }
}

/// Every option of this version, in the order of the help.
pub fn options() -> impl Iterator<Item = &'static Definition> {
    GROUPS.iter().flat_map(|group| group.options)
}

/// The environment variable of a long option name.
pub(super) fn variable(long: &str) -> String {
    let upper = long.to_ascii_uppercase().replace(['.', '-'], "_");
    format!("{PREFIX}{upper}")
}

/// What every variable of ours begins with.
pub(super) const PREFIX: &str = "LEASEHOLD_AGENT_";

const EXPORT: &[Action] = &[Action::Export];
const IMPORT: &[Action] = &[Action::Import];
const RUN: &[Action] = &[Action::RunOffline, Action::Doctor];
/// What tells something.
const TELL: &[Action] = &[Action::Status, Action::Verify, Action::Doctor];
/// What opens packages.
const OPEN: &[Action] = &[Action::Export, Action::Import, Action::Verify];
const READ: &[Action] = &[Action::Import, Action::Verify];
const REACH: &[Action] = &[Action::Export, Action::Doctor];
const REPLACE: &[Action] = &[Action::Export, Action::Import, Action::TlsSelfsigned];
const TLS: &[Action] = &[Action::RunOffline, Action::Doctor, Action::TlsSelfsigned];
const SELFSIGNED: &[Action] = &[Action::TlsSelfsigned];
const ALL: &[Action] = &[];

const fn row(
    id: Id,
    long: &'static str,
    kind: Kind,
    actions: &'static [Action],
    about: &'static str,
) -> Definition {
    Definition {
        id,
        long,
        short: None,
        kind,
        actions,
        default: None,
        about,
    }
}

const fn switch(
    id: Id,
    long: &'static str,
    actions: &'static [Action],
    about: &'static str,
) -> Definition {
    row(id, long, Kind::Switch, actions, about)
}

const fn value(name: &'static str) -> Kind {
    Kind::Value { name }
}

/// All options of this version, by heading.
#[rustfmt::skip]
pub const GROUPS: &[Group] = &[
    Group { title: "What to do", options: &[
        switch(Id::Help, "help", ALL, "Print this help and exit.").short('h'),
        switch(Id::Version, "version", ALL, "Print the version and exit.").short('v'),
        row(Id::Action, "action", value("ACTION"), ALL, "What to do; the same as a subcommand.").short('a'),
    ]},
    Group { title: "Fetching packages from the server", options: &[
        row(Id::CoreBaseHost, "core.base.host", value("URL"), REACH, "The server: scheme, host and port, no path. Required."),
        row(Id::Username, "nlic.username", value("LOGIN"), EXPORT, "The vendor's login, or 'apiKey'. Required.").short('u'),
        row(Id::Password, "nlic.password", value("PASSWORD"), EXPORT, "Its password, or the API key; '-' reads a line from standard input. It is taken off the process list at once; --nlic.password-file keeps it out of the shell's history too.").short('p'),
        row(Id::PasswordFile, "nlic.password-file", value("FILE"), EXPORT, "Read the password from the first line of a file."),
        row(Id::Licensees, "licensees", Kind::List { name: "NUMBER,…" }, EXPORT, "Whose assets to export; may be repeated; '\\,' is a comma within a number. Required.").short('l'),
        row(Id::Output, "output", value("DIR"), EXPORT, "Where the packages are written.").short('o').default("."),
        switch(Id::Shared, "shared", EXPORT, "Let the server go on deciding for the exported licensees as well (in this version it always does)."),
    ]},
    Group { title: "Packages", options: &[
        row(Id::Input, "input", value("DIR"), READ, "Where the packages are read from.").short('i').default("."),
        switch(Id::Force, "force", REPLACE, "Ignore conflicts; replace files.").short('f'),
        switch(Id::Online, "online", IMPORT, "Hand the packages to the agent that runs in the working directory, if one does; it goes on answering."),
        switch(Id::WithoutCard, "without-card", ALL, "Work without a smart card. Required for export-assets: cards come with a later version."),
        row(Id::PassphraseFile, "passphrase-file", value("FILE"), OPEN, "Seal or open with the passphrase in the first line of a file; else LEASEHOLD_AGENT_PASSPHRASE; else export makes one up and import asks."),
        switch(Id::Plaintext, "plaintext", EXPORT, "Do not encrypt the packages."),
        row(Id::VendorKey, "vendor-key", value("KEY"), OPEN, "Accept packages of this key only: its fingerprint, or a file that holds the key in base64. Without it, the key of the first import."),
    ]},
    Group { title: "Answering", options: &[
        row(Id::Port, "port", value("PORT"), RUN, "The port to listen on; 0 takes a free one.").default("8080"),
        row(Id::Bind, "bind", value("ADDRESS"), RUN, "The address to listen on.").default("127.0.0.1"),
        switch(Id::InsecureHttp, "insecure-http", &[Action::Export, Action::RunOffline, Action::Doctor], "Allow plain HTTP beyond this machine."),
        row(Id::Auth, "auth", value("HOW"), RUN, "'apikey' demands an API key; 'none' accepts anything, on this machine or over TLS.").default("apikey"),
        row(Id::MetricsBind, "metrics-bind", value("ADDRESS:PORT"), RUN, "Also answer /metrics, in plain HTTP and to everybody, on this address."),
    ]},
    Group { title: "TLS", options: &[
        row(Id::TlsCert, "tls.cert", value("FILE"), TLS, "Speak TLS with this certificate (PEM: the own one, then those that lead to its issuer). It is read again on SIGHUP and when a file changes."),
        row(Id::TlsKey, "tls.key", value("FILE"), TLS, "Its private key (PEM, unencrypted), which only its owner may read."),
        row(Id::TlsClientCa, "tls.client-ca", value("FILE"), RUN, "Callers must show a certificate that one of these has issued (PEM)."),
        row(Id::TlsMinVersion, "tls.min-version", value("VERSION"), RUN, "The oldest TLS that is spoken: 1.2 or 1.3.").default("1.2"),
        switch(Id::TlsAllowLooseKey, "tls.allow-loose-key", RUN, "Take a private key that others may read."),
        row(Id::Host, "host", Kind::List { name: "HOST,…" }, SELFSIGNED, "The names and addresses that the new certificate is for. Required; it goes to --tls.cert and --tls.key, else to tls-cert.pem and tls-key.pem."),
    ]},
    Group { title: "Behind a reverse proxy, and for web pages", options: &[
        row(Id::TrustedProxies, "trusted-proxies", Kind::List { name: "ADDRESS,…" }, RUN, "Whose Forwarded and X-Forwarded-For, -Proto and -Host are believed: addresses, networks as 10.1.2.0/24, 'loopback', or 'none'.").default("loopback"),
        row(Id::BasePath, "base-path", value("PATH"), RUN, "What stands before /rest in every path, as /license."),
        row(Id::CorsOrigins, "cors.origins", Kind::List { name: "ORIGIN,…" }, RUN, "Web pages that may call, as https://shop.example, or '*'. Configure this here or at the proxy, not at both."),
    ]},
    Group { title: "Everywhere", options: &[
        row(Id::WorkDir, "work-dir", value("DIR"), ALL, "Where 'database/' lies, and what relative paths start from. Without it, the current directory."),
        row(Id::Config, "config", value("FILE"), ALL, "A TOML file with the long options as keys. Without it, leasehold-agent.toml in the working directory, if there is one."),
        switch(Id::Json, "json", TELL, "Print JSON.",),
        row(Id::LogFormat, "log-format", value("FORMAT"), ALL, "'text', 'json', or 'auto': text on a terminal, JSON elsewhere.").default("auto"),
        switch(Id::Verbose, "verbose", ALL, "Log in detail."),
    ]},
];

#[cfg(test)]
mod tests {
    use super::super::later::Later;
    use super::*;

    #[test]
    fn every_id_has_one_row_and_every_name_one_meaning() {
        let rows: Vec<_> = options().collect();
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(Definition::of(row.id).long, row.long);
            assert_eq!(Later::by_long(row.long), None);
            for other in &rows[..at] {
                assert!(other.id != row.id && other.long != row.long);
                assert!(row.short.is_none() || other.short != row.short);
            }
        }
        assert_eq!(rows.len(), Id::Verbose as usize + 1);
    }

    #[test]
    fn variables_are_the_long_names_in_capitals() {
        assert_eq!(variable("core.base.host"), "LEASEHOLD_AGENT_CORE_BASE_HOST");
        assert_eq!(variable("without-card"), "LEASEHOLD_AGENT_WITHOUT_CARD");
    }
}
