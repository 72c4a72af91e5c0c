//! The SQL that every engine understands: commands to rows, rows to aggregates, and the checks.
//!
//! It is written once, against [`Database`]. What an engine does in its own way (opening, migrating,
//! beginning and committing) is in the engine's folder.

pub(crate) mod apply;
pub(crate) mod audit;
mod database;
pub(crate) mod detail;
pub(crate) mod load;
pub(crate) mod outbox;
pub(crate) mod row;
pub(crate) mod tables;
pub(crate) mod text;
pub(crate) mod verify;

pub(crate) use database::{Bind, Database, Row, Value, values};
