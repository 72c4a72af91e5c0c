//! The store, driven through its public face.
#![expect(
    clippy::unwrap_used,
    reason = "a panic in a test's helper is the report, as it is in the test"
)]

mod backup;
mod build;
mod cache;
mod cluster;
mod conformance;
mod durability;
mod faults;
mod history;
mod limit;
mod migrate;
mod nodes;
mod verify;
