//! Bytes to model and back: the NetLicensing envelope in XML and JSON, forms,
//! filters, paging. No HTTP and no async here: this crate reads hostile bytes
//! and can be fuzzed alone.

pub mod assets;
pub mod context;
pub mod entity;
pub mod envelope;
pub mod event;
pub mod filter;
pub mod form;
pub mod info;
pub mod json;
pub mod media;
pub mod validation;
pub mod xml;
