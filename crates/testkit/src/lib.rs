//! Server and agent for tests: started as real processes or within the test's own, and the small
//! things that the tests of both share. What cannot be set up fails the test with a panic.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is how a test's set-up reports"
)]

pub mod authority;
pub mod cases;
pub mod daemon;
pub mod debian;
pub mod engine;
pub mod http;
pub mod installation;
pub mod judges;
pub mod memory;
pub mod nginx;
pub mod nodes;
pub mod offline;
pub mod patroni;
pub mod postgres;
pub mod programs;
pub mod random;
pub mod receiver;
pub mod replies;
pub mod within;
