//! The wire crate as its users see it.

mod fixtures;
mod form;
