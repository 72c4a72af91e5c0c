//! REST: from bytes on a connection to a call of a handler, and back.

pub mod auth;
mod body;
pub mod call;
pub mod cors;
pub mod countries;
pub mod credential_cache;
pub mod credential_hash;
pub mod forwarded;
mod idempotency;
mod matcher;
pub mod page;
pub mod problem;
mod pulse;
mod reply;
pub mod route;
pub mod router;
pub mod serve;
pub mod sign_in_limit;
mod signing;
pub mod tls;
pub mod utility;
pub mod validate;
