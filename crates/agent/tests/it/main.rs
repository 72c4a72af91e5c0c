//! The agent from outside: its command line, its program, its answers.

mod cli;
mod export;
mod import;
mod messages;
mod run_offline;
mod support;
