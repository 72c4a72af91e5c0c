//! The tests that need more than one crate, in one binary so that it links once.
#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]
#![expect(clippy::print_stdout, reason = "the counts are part of the result")]

mod agent_faults;
mod bad_input;
mod cases;
mod cluster;
mod crash;
mod exit_codes;
mod failover;
mod faults;
mod golden;
mod habits;
mod install;
mod layering;
mod ledger;
mod limit;
mod merge;
mod openapi;
mod over_issue;
mod package;
mod report;
mod routes;
mod same_answer;
mod schema;
mod seats;
mod shop;
mod signatures;
mod soak;
mod stories;
mod tls;
mod walk;
mod webhooks;
