//! The command line: one table of options feeds parsing, environment, file,
//! help, the manual page and shell completions. Flags as written ([`Flags`])
//! and what they come to ([`Config`]) are two types, so that the order flag,
//! environment, file, default (D20) is applied in one place.
//!
//! A parser of our own, because the original's line has habits that no
//! library shares: `--action=x` beside subcommands, `-v` for the version and
//! `-p` for the password, options of another action as warnings (AG-5).

mod action;
mod backup;
mod checks;
mod completions;
mod config;
mod file;
mod flags;
mod help;
mod host;
mod later;
mod licensees;
mod manual;
mod options;
mod password;
mod serving;
mod settings;
mod table;
mod warnings;

pub use action::Action;
pub use backup::{Backup, Restore};
pub use checks::{Doctor, TlsSelfsigned, Verify};
pub use completions::{Shell, completions};
pub use config::{Command, Config, Export, Form, Import, LogFormat, PassphraseSource, Report};
pub use config::{PasswordSource, Sealing, VendorKey, resolve};
pub use flags::{Flags, Line, parse};
pub use help::{help, version};
pub use host::CoreHost;
pub use licensees::{join_licensees, split_licensees};
pub use manual::manual;
pub use options::{Definition, Group, Kind, options};
pub(crate) use password::{PASSWORD_FILE_VARIABLE, PASSWORD_VARIABLE, without_password};
pub use serving::{Auth, Edge, RunOffline};
pub use table::GROUPS;
pub use warnings::unknown_variables;
