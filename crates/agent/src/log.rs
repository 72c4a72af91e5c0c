//! Logging, to stderr: stdout is for results.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;

use crate::cli::{Config, LogFormat};

/// Logs from now on as the configuration says. A second call changes nothing.
pub(crate) fn start(config: &Config) {
    let level = if config.verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    let is_terminal = io::stderr().is_terminal();
    let is_text = match config.log_format {
        LogFormat::Text => true,
        LogFormat::Json => false,
        LogFormat::Auto => is_terminal,
    };
    let subscriber = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(level);
    let _ = if is_text {
        subscriber.with_ansi(is_terminal).try_init()
    } else {
        subscriber.json().try_init()
    };
}
