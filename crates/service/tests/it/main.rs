//! What `service` promises, from the outside.

#![expect(clippy::unwrap_used, reason = "a panic is the report")]

mod problems;
mod requests;
mod serving;
mod support;
mod utility;
mod validating;
