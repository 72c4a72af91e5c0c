//! The configuration file: the same names as the long options.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::config::refused;
use super::later::Later;
use super::options::{Definition, Id, Kind};
use super::settings::Settings;
use crate::error::AgentError;

/// What the configuration file says.
#[derive(Default)]
pub(super) struct File {
    pub(super) values: BTreeMap<&'static str, Vec<String>>,
    /// Options of later versions.
    pub(super) later: Vec<&'static Later>,
}

/// Reads the configuration file: the one named, else the default one if it exists.
pub(super) fn load(
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
        let is_of_line_alone = matches!(
            row.id,
            Id::Help | Id::Version | Id::Man | Id::Completions | Id::WorkDir | Id::Config
        );
        if is_of_line_alone {
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

const DEFAULT_FILE: &str = "leasehold-agent.toml";
