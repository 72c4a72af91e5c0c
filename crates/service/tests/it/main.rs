//! What `service` promises, from the outside.

mod problems;
mod requests;
mod serving;
mod support;
mod utility;
