//! Logs: text on a terminal, JSON otherwise. To the standard error, since the standard output
//! belongs to what a command has to say.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One object a line, for programs.
    Json,
}

/// Starts logging; `filter` is as the tracing-subscriber crate reads it, for example `debug`.
pub(crate) fn start(format: Option<LogFormat>, filter: &str) -> Result<(), String> {
    let is_terminal = std::io::stderr().is_terminal();
    let format = format.unwrap_or(match is_terminal {
        true => LogFormat::Text,
        false => LogFormat::Json,
    });
    let filter = EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal && std::env::var_os("NO_COLOR").is_none());
    let started = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| error.to_string())
}
