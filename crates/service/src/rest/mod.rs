//! REST: from bytes on a connection to a call of a handler, and back.

pub mod auth;
pub mod call;
pub mod problem;
pub mod route;
pub mod serve;
pub mod utility;
pub mod validate;
