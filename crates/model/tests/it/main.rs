//! Laws of validation, and tables of the values it reads.
#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod corners;
mod delegation;
mod laws;
mod limits;
mod tables;
mod time;
mod wild;
mod world;
