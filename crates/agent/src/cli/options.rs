//! What an option is. Which there are: the table beside this file, which
//! parsing, environment, file, help, man page and completions all read.

use super::action::Action;
use super::table::GROUPS;

/// An option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Id {
    Help,
    Version,
    Man,
    Completions,
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
    WithApikeySigningKey,
    Shared,
    Final,
    VendorKey,
    To,
    From,
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

    pub(super) const fn short(self, letter: char) -> Self {
        Self {
            short: Some(letter),
            ..self
        }
    }

    pub(super) const fn default(self, default: &'static str) -> Self {
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
