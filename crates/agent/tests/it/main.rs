//! The agent from outside: its command line, its program, its answers.

#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod argv;
mod checks;
mod cli;
mod completions;
mod docs;
mod edge;
mod export;
mod import;
mod limits;
mod logs;
mod messages;
mod online;
mod progress;
mod repeated;
mod run_offline;
mod seal;
mod serving;
mod spellings;
mod support;
mod time;
