//! What `leasehold` promises from the outside: over REST, with the router called in process, and
//! as a program.

#![expect(clippy::unwrap_used, reason = "a panic is the report")]

mod administration;
mod bad_input;
mod books;
mod delegation;
mod engine;
mod export;
mod laws;
mod lives;
mod numbers;
mod openapi;
mod paging;
mod plans;
mod pricing_table;
mod program;
mod properties;
mod protocol;
mod removal;
mod repeated;
mod roles;
mod sign_in;
mod signed;
mod support;
mod tickets;
mod tls;
mod vendors;
