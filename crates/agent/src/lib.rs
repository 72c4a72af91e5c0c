//! The agent on the customer's premises: fetches sealed packages from the
//! server, takes them in, and answers validations in the server's place. It
//! has no vendor function: nothing here creates or lists.

mod argv;
mod backup;
pub mod cli;
mod control;
mod database;
mod doctor;
mod error;
mod export;
pub mod guard;
mod import;
mod log;
mod metrics;
mod packages;
mod program;
mod progress;
mod report;
mod run;
mod secrets;
mod selfsigned;
mod serve;
mod signing;
mod status;
mod term;
mod trust;
mod upstream;
mod verify;

pub use database::seal_key;
pub use error::{AgentError, PackageFault};
pub use export::{Exported, export};
pub use import::{ImportOrder, Imported, import};
pub use program::run;
pub use serve::{Agent, serve};
