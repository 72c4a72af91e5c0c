//! What `leasehold` promises over REST, from the outside: the router is called in process, with
//! no connection between.

#![expect(clippy::unwrap_used, reason = "a panic is the report")]

mod bad_input;
mod export;
mod lives;
mod numbers;
mod paging;
mod roles;
mod support;
mod vendors;
