//! The line as written: names are known and values are there, nothing more
//! is judged.

use std::ffi::OsString;

use super::action::{Action, LaterAction};
use super::completions::Shell;
use super::later::Later;
use super::options::{Definition, Id, Kind};
use crate::error::AgentError;

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// The help; whatever else is wrong with the line.
    Help,
    /// The version; likewise.
    Version,
    /// The manual page; likewise.
    Manual,
    /// What a shell completes a line by; likewise.
    Completions(Shell),
    /// An action.
    Flags(Flags),
}

/// The options of a line, each as often as it may be given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    given: Vec<(&'static str, String)>,
    /// Options of later versions; their values mean nothing yet.
    later: Vec<&'static Later>,
}

impl Flags {
    /// All values of an option; a switch has the value `true`.
    pub(super) fn values(&self, id: Id) -> impl Iterator<Item = &str> {
        let long = Definition::of(id).long;
        self.given
            .iter()
            .filter(move |(name, _)| *name == long)
            .map(|(_, value)| value.as_str())
    }

    /// The rows of all options given.
    pub(super) fn options(&self) -> impl Iterator<Item = &'static Definition> {
        self.given
            .iter()
            .filter_map(|(long, _)| Definition::by_long(long))
    }

    /// The options given that come with a later version.
    pub(super) fn later(&self) -> impl Iterator<Item = &'static Later> {
        self.later.iter().copied()
    }

    fn put(&mut self, option: &'static Definition, value: String) -> Result<(), AgentError> {
        let is_list = matches!(option.kind, Kind::List { .. });
        if !is_list && self.values(option.id).next().is_some() {
            return Err(AgentError::option(option.name(), "given more than once"));
        }
        self.given.push((option.long, value));
        Ok(())
    }
}

/// Reads the arguments behind the program's name. What is printed of the program itself, as by
/// `--help`, wins over everything that is wrong elsewhere on the line.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Line, AgentError> {
    let mut flags = Flags::default();
    let mut first_error = None;
    let (mut help, mut version, mut manual, mut shell) = (false, false, false, None);
    let mut arguments = arguments.into_iter().peekable();
    while let Some(argument) = arguments.next() {
        let mut next_value = || {
            let is_value =
                |next: &OsString| next == "-" || !next.as_encoded_bytes().starts_with(b"-");
            arguments.next_if(is_value)
        };
        match read(argument, &mut next_value) {
            Ok(Argument::Option(option, _)) if option.id == Id::Help => help = true,
            Ok(Argument::Option(option, _)) if option.id == Id::Version => version = true,
            Ok(Argument::Option(option, _)) if option.id == Id::Man => manual = true,
            Ok(Argument::Option(option, name)) if option.id == Id::Completions => {
                match Shell::parse(&name) {
                    Some(known) => shell = Some(known),
                    None => {
                        let what = "expected bash, zsh or fish";
                        first_error.get_or_insert(AgentError::option(option.name(), what));
                    }
                }
            }
            Ok(Argument::Later(option)) => flags.later.push(option),
            Ok(Argument::Option(option, value)) => {
                if let Err(error) = flags.put(option, value) {
                    first_error.get_or_insert(error);
                }
            }
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    match (shell, first_error) {
        _ if help => Ok(Line::Help),
        _ if version => Ok(Line::Version),
        _ if manual => Ok(Line::Manual),
        (Some(shell), _) => Ok(Line::Completions(shell)),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(Line::Flags(flags)),
    }
}

/// One argument, with the value behind it.
enum Argument {
    Option(&'static Definition, String),
    Later(&'static Later),
}

/// Reads one argument, and the value behind it where its option needs one.
fn read(
    argument: OsString,
    next_value: &mut dyn FnMut() -> Option<OsString>,
) -> Result<Argument, AgentError> {
    let text = utf8(argument)?;
    if let Some(long) = text.strip_prefix("--") {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (long, None),
        };
        if let Some(option) = Later::by_long(name) {
            if option.has_value && value.is_none() {
                next_value();
            }
            return Ok(Argument::Later(option));
        }
        let option = Definition::by_long(name).ok_or_else(|| {
            AgentError::option(format!("--{}", shown(name)), "unknown; see --help")
        })?;
        return complete(option, value, next_value);
    }
    if let Some(short) = text.strip_prefix('-') {
        let mut characters = short.chars();
        // Whatever follows an unknown letter may be a secret and is not shown.
        let shown: String = text.chars().take(2).collect();
        let unknown = || AgentError::option(shown.as_str(), "unknown; see --help");
        let option = characters
            .next()
            .and_then(Definition::by_short)
            .ok_or_else(unknown)?;
        let rest = characters.as_str();
        let value = match rest.strip_prefix('=') {
            Some(value) => Some(value.to_owned()),
            None if rest.is_empty() => None,
            None if option.kind == Kind::Switch => return Err(unknown()),
            None => Some(rest.to_owned()),
        };
        return complete(option, value, next_value);
    }
    // A bare word is a subcommand.
    check_action(&text)?;
    Ok(Argument::Option(Definition::of(Id::Action), text))
}

fn complete(
    option: &'static Definition,
    value: Option<String>,
    next_value: &mut dyn FnMut() -> Option<OsString>,
) -> Result<Argument, AgentError> {
    let value = match (option.kind, value) {
        (Kind::Switch, None) => "true".to_owned(),
        (Kind::Switch, Some(value)) if value != "true" && value != "false" => {
            return Err(AgentError::option(option.name(), "takes no value"));
        }
        (_, Some(value)) => value,
        (_, None) => match next_value() {
            Some(value) => utf8(value)?,
            None => return Err(AgentError::option(option.name(), "needs a value")),
        },
    };
    Ok(Argument::Option(option, value))
}

/// Refuses what is no action of this version.
pub(super) fn check_action(text: &str) -> Result<Action, AgentError> {
    if let Some(action) = Action::parse(text) {
        return Ok(action);
    }
    let what = match LaterAction::by_name(text) {
        Some(LaterAction { name, instead }) => {
            format!("'{name}' comes with a later version; until then, {instead}")
        }
        None => format!("'{}' is unknown; there are {}", shown(text), known()),
    };
    Err(AgentError::option("--action", what))
}

/// The names of all actions.
pub(super) fn known() -> String {
    let names: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
    names.join(", ")
}

fn utf8(argument: OsString) -> Result<String, AgentError> {
    argument.into_string().map_err(|argument| {
        let text = argument.to_string_lossy();
        AgentError::option(shown(&text), "is not valid UTF-8")
    })
}

/// An unknown argument, cut before anything that may be a value, hence a secret.
fn shown(text: &str) -> String {
    let name = text.split('=').next().unwrap_or_default();
    name.chars().take(40).collect()
}
