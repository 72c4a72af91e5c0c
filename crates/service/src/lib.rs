//! Exactly what server and agent share, so that an offline answer equals an
//! online one: the validate use case, and the REST plumbing around it. Vendor
//! functions are not in it.

pub mod clock;
pub mod control;
pub mod notify;
pub mod numbers;
pub mod record;
pub mod rest;
pub mod validate;
