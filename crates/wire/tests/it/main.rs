//! The wire crate as its users see it.
#![expect(
    clippy::unwrap_used,
    reason = "a panic in a test's helper is the report, as it is in the test"
)]

mod assets;
mod envelopes;
mod fixtures;
mod form;
mod negotiation;
mod paging;
mod readers;
mod snapshots;
mod support;
mod writers;
