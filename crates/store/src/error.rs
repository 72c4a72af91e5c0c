//! Why the store cannot do what it was asked.

use std::path::PathBuf;

/// What went wrong. Displays what was tried and on what; the cause is the source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process holds the data directory.
    #[error("the data directory '{}' is in use by another process", .0.display())]
    Locked(PathBuf),
    /// The directory cannot be made, read or written.
    #[error("the data directory '{}' cannot be used", .0.display())]
    Directory(PathBuf, #[source] std::io::Error),
    /// The file was written by a later version.
    #[error(
        "the store has schema {found}, this program knows schemas up to {known}: use a newer program"
    )]
    NewerSchema {
        /// In the file.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// No vendor of this number.
    #[error("there is no vendor '{0}'")]
    UnknownVendor(String),
    /// More changes wait than may wait: try again shortly.
    #[error("too many changes are waiting to be written")]
    Busy,
    /// The database, which lies on another machine, cannot be reached. Nothing was changed.
    #[error("the database cannot be reached")]
    Unavailable,
    /// What a change or an answer rested on was changed by another node meanwhile: it is decided anew.
    #[error("another node was faster")]
    Overtaken,
    /// What other nodes did since this one last heard of them is not kept any more.
    #[error("this node has heard nothing of the others for too long: start it again")]
    LeftBehind,
    /// The database is to be reached over a connection that only TLS could keep secret.
    #[error(
        "the database is to be reached with sslmode=require, and this program has no TLS for it: use a \
         socket, a private network or a tunnel, and sslmode=disable"
    )]
    NoTls,
    /// The database belongs to an installation with another key.
    #[error(
        "the database belongs to an installation with another key: give this node a copy of the others' \
         installation.key"
    )]
    OtherInstallation,
    /// No number is left for one more node.
    #[error(
        "256 nodes share the database already; one that has ended leaves its place after a minute"
    )]
    TooManyNodes,
    /// A store is already where one should be copied to.
    #[error("there is already a store where this one should be copied to: name an empty place")]
    TargetInUse,
    /// A database that nodes have open is not copied.
    #[error(
        "{0} nodes have the database open, or were ended by force less than a minute ago: end them \
         first"
    )]
    NodesRun(i64),
    /// A database on a server of its own is not copied by this program.
    #[error(
        "a PostgreSQL database is backed up with its own tools, for example pg_dump; \
         `leasehold migrate-store` copies it into a data directory"
    )]
    NoBackup,
    /// A commit failed, or one failed before: nothing is accepted until the program is started again.
    #[error("the store has stopped after a failed commit")]
    Stopped,
    /// A number that must be unique is taken.
    #[error("the number '{0}' is taken")]
    NumberTaken(String),
    /// A call with this key was answered meanwhile: its reply can be recalled.
    #[error("the call was answered already")]
    CallAnswered,
    /// A text that cannot be a licensee's number, so that no licensee can have it.
    #[error("'{0}' is no licensee number")]
    MalformedNumber(String, #[source] leasehold_model::number::NumberError),
    /// A change names something that is not there, or that is still in use. The caller decided on
    /// this very state, so this is a mistake in the program; nothing was changed.
    #[error("the change cannot be applied: {0}")]
    Inapplicable(String),
    /// A store is already where one should be made.
    #[error("there is already a store in '{}'", .0.display())]
    Occupied(PathBuf),
    /// What the file holds contradicts itself; `verify` tells more.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// Something else than this program has written to the file.
    #[error("the store was edited, or its key is not the one it was sealed with")]
    Tampered,
    /// The engine failed.
    #[error("the store failed to {doing}")]
    Engine {
        /// What was tried.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    pub(crate) fn engine(
        doing: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Engine {
            doing,
            source: Box::new(source),
        }
    }

    pub(crate) fn absent(what: &str, number: impl std::fmt::Display) -> Self {
        Self::Inapplicable(format!("there is no {what} '{number}'"))
    }

    pub(crate) fn in_use(what: &str, number: impl std::fmt::Display) -> Self {
        Self::Inapplicable(format!("the {what} '{number}' is in use"))
    }
}
