//! What the agent can be asked to do, and what comes later.

/// What the agent is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Fetch packages from the server.
    Export,
    /// Take packages in.
    Import,
    /// Answer from what was taken in.
    RunOffline,
    /// Tell of the agent and its store.
    Status,
    /// Check packages.
    Verify,
    /// Look whether all is well.
    Doctor,
    /// Make a certificate.
    TlsSelfsigned,
    /// Tell the server what has happened here.
    Report,
    /// Copy the database.
    Backup,
    /// Put a copy of it in place.
    Restore,
}

impl Action {
    /// All of them, in the order of the help.
    pub const ALL: &'static [Self] = &[
        Self::Export,
        Self::Import,
        Self::RunOffline,
        Self::Status,
        Self::Verify,
        Self::Doctor,
        Self::TlsSelfsigned,
        Self::Report,
        Self::Backup,
        Self::Restore,
    ];

    /// Reads an action's name: the original's, which `--action` and subcommands take alike, or
    /// the short one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_meant = |action: &&Self| action.as_str() == text || action.short() == Some(text);
        Self::ALL.iter().find(is_meant).copied()
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export-assets",
            Self::Import => "import-assets",
            Self::RunOffline => "run-agent-offline",
            Self::Status => "status",
            Self::Verify => "verify",
            Self::Doctor => "doctor",
            Self::TlsSelfsigned => "tls-selfsigned",
            Self::Report => "report",
            Self::Backup => "backup",
            Self::Restore => "restore",
        }
    }

    /// Another name, where there is one.
    pub fn short(self) -> Option<&'static str> {
        match self {
            Self::RunOffline => Some("run-offline"),
            _ => None,
        }
    }

    /// What it does, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Export => "fetch sealed packages from the server",
            Self::Import => "take packages into the database",
            Self::RunOffline => "answer from the database",
            Self::Verify => "check packages, and take nothing in",
            Self::Doctor => "look whether all is well, and say what to do",
            Self::TlsSelfsigned => "make a certificate to try TLS with",
            Self::Report => "write what has happened here to a file for the server",
            Self::Backup => "copy the database into a sealed file, also while an agent runs",
            Self::Restore => "put such a copy in the database's place",
            Self::Status => "tell what the database holds, and how the running agent is",
        }
    }
}

/// An action of the original or of the specification that comes later.
#[derive(Debug)]
pub(super) struct LaterAction {
    pub(super) name: &'static str,
    /// What does the same until then.
    pub(super) instead: &'static str,
}

impl LaterAction {
    /// The one of this name.
    pub(super) fn by_name(name: &str) -> Option<&'static Self> {
        LATER_ACTIONS.iter().find(|action| action.name == name)
    }
}

const fn later(name: &'static str, instead: &'static str) -> LaterAction {
    LaterAction { name, instead }
}

const NO_CARD: &str = "seal with a passphrase (--without-card), which needs no smart card";
const NO_KEY: &str = "export-assets with --without-card needs no license key";

#[rustfmt::skip]
const LATER_ACTIONS: &[LaterAction] = &[
    later("run-agent", "run-agent-offline answers from an import, and where the server is reached programs may ask it itself"),
    later("element", NO_CARD),
    later("request", NO_CARD),
    later("apply", "import-assets takes packages in"),
    later("login", NO_KEY),
    later("logout", NO_KEY),
    later("heartbeat", NO_KEY),
    later("unlink", NO_KEY),
    later("fingerprint", NO_KEY),
];
