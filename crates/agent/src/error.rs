//! Why the agent ends, and with which exit code: the one table of the agent
//! specification, section 15.

use std::io;
use std::path::PathBuf;

use leasehold_seal::installation::InstallationKeyError;
use leasehold_store::StoreError;

/// Why an action failed. Displays the one line for stderr; a cause that tells more is the source.
/// No text holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// 1: nothing that a user could have done differently.
    #[error("Internal error: cannot {doing}")]
    Internal {
        /// What was tried.
        doing: String,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// 2: an option is unknown, missing, repeated, or has a value it cannot have.
    #[error("Option {option}: {text}")]
    Option {
        /// As the user wrote it, or the long name.
        option: String,
        /// What is wrong with it.
        text: String,
    },
    /// 2: the server cannot read the request.
    #[error("{host} refuses the request: {text}")]
    Refused {
        /// Which server.
        host: String,
        /// What it says.
        text: String,
    },
    /// 3: the server does not let this user export.
    #[error("Access is denied by {0}.")]
    Denied(String),
    /// 4: the vendor's plan lacks the agent (AG-13).
    #[error(
        "Payment required. Feature \"NetLicensing Agent\" is not allowed. Please upgrade your plan."
    )]
    PaymentRequired,
    /// 5: the server cannot be reached, fails, or is no server of ours.
    #[error("Cannot connect to {host}: {reason}")]
    Upstream {
        /// Which server.
        host: String,
        /// What happened.
        reason: String,
    },
    /// 6: it would overwrite or mix what must not be mixed; the text says what to do.
    #[error("{0}")]
    Conflict(String),
    /// 7: nothing to import (AG-15).
    #[error("No files matching '*_netlicensing-assets.xml' in '{}'.", .0.display())]
    NoPackages(PathBuf),
    /// 7: nothing to serve (AG-7).
    #[error(
        "No licensing assets found in '{}'. Run --action=import-assets first.", .0.display()
    )]
    NoAssets(PathBuf),
    /// 7: a package needs a passphrase, and there is none and nobody to ask.
    #[error(
        "File '{file}' is sealed with a passphrase: give it by --passphrase-file or LEASEHOLD_AGENT_PASSPHRASE."
    )]
    PassphraseMissing {
        /// Which file.
        file: String,
    },
    /// 8: a package is not taken.
    #[error("File '{file}' {fault}.")]
    Package {
        /// Which file.
        file: String,
        /// What is wrong with it.
        fault: PackageFault,
    },
    /// 11: the address is taken, or not ours.
    #[error("{}", cannot_listen(*.port, .source))]
    CannotListen {
        /// Which port.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// 12: the store is in use, damaged, or of a later version.
    #[error("The local database cannot be used")]
    Store(#[from] StoreError),
    /// 12: the key that the store is sealed with cannot be read or made.
    #[error("The local database cannot be used")]
    StoreKey(#[source] Box<InstallationKeyError>),
    /// What the running agent that was told would have ended with.
    #[error("{line}")]
    Told {
        /// Its exit code.
        code: u8,
        /// Its line.
        line: String,
    },
    /// 13: the server does not know what was asked for.
    #[error("{0}")]
    NotFound(String),
}

/// Why a package is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageFault {
    /// Its bytes are not what the vendor signed, or contradict each other.
    #[error("is damaged or was altered")]
    Damaged,
    /// Signed with another key than the one that is trusted.
    #[error("was signed with another vendor's key {found}, trusted is {trusted}")]
    OtherVendor {
        /// Fingerprint of the key in the file.
        found: String,
        /// Fingerprint of the trusted key.
        trusted: String,
    },
    /// The passphrase is another one.
    #[error("cannot be opened with this passphrase")]
    WrongPassphrase,
    /// Too large, or too much work.
    #[error("exceeds a limit: {0}")]
    Limit(&'static str),
    /// Made for a later agent.
    #[error("needs leasehold-agent {0} or later")]
    NeedsNewerAgent(String),
    /// The server sent something else than was asked for.
    #[error("is not what was asked for: {0}")]
    NotAsked(&'static str),
}

impl AgentError {
    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Internal { .. } => 1,
            Self::Option { .. } | Self::Refused { .. } => 2,
            Self::Denied(_) => 3,
            Self::PaymentRequired => 4,
            Self::Upstream { .. } => 5,
            Self::Conflict(_) => 6,
            Self::NoPackages(_) | Self::NoAssets(_) | Self::PassphraseMissing { .. } => 7,
            Self::Package { .. } => 8,
            Self::CannotListen { .. } => 11,
            Self::Store(_) | Self::StoreKey(_) => 12,
            Self::NotFound(_) => 13,
            Self::Told { code, .. } => *code,
        }
    }

    /// The line for stderr: this error, then the causes that it does not tell itself.
    pub fn line(&self) -> String {
        let mut line = self.to_string();
        let mut cause = match self {
            // Its text tells the cause already.
            Self::CannotListen { .. } => None,
            error => std::error::Error::source(error),
        };
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        line.push_str(self.advice());
        one_line(&line)
    }

    /// What to do, where the causes do not say it.
    fn advice(&self) -> &'static str {
        match self {
            Self::Store(StoreError::Locked(_)) => {
                ": stop the agent that runs there, or hand it packages with import-assets --online"
            }
            _ => "",
        }
    }

    /// An option that cannot be used as given.
    pub(crate) fn option(option: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Option {
            option: option.into(),
            text: text.into(),
        }
    }

    /// A step that failed for no reason of the user's.
    pub(crate) fn internal(
        doing: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Internal {
            doing: doing.into(),
            source: source.into(),
        }
    }
}

/// Text that came from elsewhere, fit to print: no control characters, and not endless.
pub(crate) fn one_line(text: &str) -> String {
    let printable = text.chars().map(|character| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    });
    printable.take(1000).collect()
}

fn cannot_listen(port: u16, source: &io::Error) -> String {
    if source.kind() == io::ErrorKind::AddrInUse {
        format!("Port {port} is already in use.")
    } else {
        format!("Cannot listen on port {port}: {source}")
    }
}

/// What the exit code is when the process is told a second time to stop.
pub(crate) const INTERRUPTED: u8 = 130;
/// Likewise, by SIGTERM.
pub(crate) const TERMINATED: u8 = 143;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_in_one_sentence() {
        let error = AgentError::CannotListen {
            port: 8080,
            source: io::ErrorKind::AddrInUse.into(),
        };
        assert_eq!(error.line(), "Port 8080 is already in use.");
        assert_eq!(error.exit_code(), 11);
    }

    #[test]
    fn a_line_tells_the_causes_and_stays_one_line() {
        let error = AgentError::internal("write 'a\nb'", io::Error::other("disk\u{7}full"));
        assert_eq!(
            error.line(),
            "Internal error: cannot write 'a b': disk full"
        );
    }
}
