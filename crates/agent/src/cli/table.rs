//! The table of options, by the headings of the help.

use super::action::Action;
use super::options::{Definition, Group, Id, Kind};

const EXPORT: &[Action] = &[Action::Export];
const IMPORT: &[Action] = &[Action::Import];
const RUN: &[Action] = &[Action::RunOffline, Action::Doctor];
/// What tells something.
const TELL: &[Action] = &[Action::Status, Action::Verify, Action::Doctor];
/// What opens packages.
const OPEN: &[Action] = &[Action::Export, Action::Import, Action::Verify];
/// What reads a passphrase.
const SEALED: &[Action] = &[
    Action::Export,
    Action::Import,
    Action::Verify,
    Action::Backup,
    Action::Restore,
];
const READ: &[Action] = &[Action::Import, Action::Verify];
const WRITE: &[Action] = &[Action::Export, Action::Report];
const REPORT: &[Action] = &[Action::Report];
const REACH: &[Action] = &[Action::Export, Action::Doctor];
const REPLACE: &[Action] = &[
    Action::Export,
    Action::Import,
    Action::TlsSelfsigned,
    Action::Restore,
];
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
        switch(Id::Man, "man", ALL, "Print the manual page and exit; 'man -l' shows it."),
        row(Id::Completions, "completions", value("SHELL"), ALL, "Print what bash, zsh or fish completes a line by, and exit."),
        row(Id::Action, "action", value("ACTION"), ALL, "What to do; the same as a subcommand.").short('a'),
    ]},
    Group { title: "Fetching packages from the server", options: &[
        row(Id::CoreBaseHost, "core.base.host", value("URL"), REACH, "The server: scheme, host and port, no path. Required."),
        row(Id::Username, "nlic.username", value("LOGIN"), EXPORT, "The vendor's login, or 'apiKey'. Required.").short('u'),
        row(Id::Password, "nlic.password", value("PASSWORD"), EXPORT, "Its password, or the API key; '-' reads a line from standard input. It is taken off the process list at once; --nlic.password-file keeps it out of the shell's history too.").short('p'),
        row(Id::PasswordFile, "nlic.password-file", value("FILE"), EXPORT, "Read the password from the first line of a file."),
        row(Id::Licensees, "licensees", Kind::List { name: "NUMBER,…" }, EXPORT, "Whose assets to export; may be repeated; '\\,' is a comma within a number. Required.").short('l'),
        row(Id::Output, "output", value("DIR"), WRITE, "Where the packages, or the reports, are written.").short('o').default("."),
        switch(Id::Final, "final", REPORT, "Give back to the server what was delegated: this agent gives no seats, nodes and credits away any more."),
        switch(Id::Shared, "shared", EXPORT, "Let the server go on giving seats, nodes and credits of the exported licensees away as well; both may then give the same ones."),
    ]},
    Group { title: "Packages", options: &[
        row(Id::Input, "input", value("DIR"), READ, "Where the packages are read from.").short('i').default("."),
        switch(Id::Force, "force", REPLACE, "Ignore conflicts; replace files.").short('f'),
        switch(Id::Online, "online", IMPORT, "Hand the packages to the agent that runs in the working directory, if one does; it goes on answering."),
        switch(Id::WithoutCard, "without-card", ALL, "Work without a smart card. Required for export-assets: cards come with a later version."),
        row(Id::PassphraseFile, "passphrase-file", value("FILE"), SEALED, "Seal or open with the passphrase in the first line of a file; else LEASEHOLD_AGENT_PASSPHRASE; else export and backup make one up, and what opens asks."),
        switch(Id::Plaintext, "plaintext", EXPORT, "Do not encrypt the packages."),
        switch(Id::WithApikeySigningKey, "with-apikey-signing-key", EXPORT, "Let the agent sign replies with the private keys of the API keys themselves, for programs whose key cannot be changed. Whoever owns the agent's machine can then sign in the vendor's name. Not with --plaintext."),
        row(Id::VendorKey, "vendor-key", value("KEY"), OPEN, "Accept packages of this key only: its fingerprint, or a file that holds the key in base64. Without it, the key of the first import."),
    ]},
    Group { title: "Backup", options: &[
        row(Id::To, "to", value("FILE"), &[Action::Backup], "The new file that the backup is written to. Required."),
        row(Id::From, "from", value("FILE"), &[Action::Restore], "The backup that is put in place. Required; with --force a database that is there is kept beside it."),
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
