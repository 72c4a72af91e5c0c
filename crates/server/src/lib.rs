//! The vendor's server: the REST resources over the store, and what runs
//! around them.
//!
//! `rest` turns calls into use cases, `app` holds the use cases. [`start`]
//! runs a whole server within the calling process; `cli` is the program.

pub mod app;
pub mod rest;

mod admin;
mod auth;
mod backup;
pub mod cli;
mod config;
mod control;
mod demo;
mod huge_pages;
mod logging;
mod manual;
mod output;
mod password;
mod prompt;
mod serve;
mod state;
mod webhook;

pub use demo::DemoError;
pub use password::PasswordError;
pub use serve::{Config, Running, StartError, start};
pub use state::{App, Settings};
pub use webhook::WebhookOptions;
