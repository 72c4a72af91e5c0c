//! The use cases of a vendor: what a request means, in terms of the model and the store.
//!
//! Each is a function of the vendor's state, the parameters and the instant, and comes to an
//! edit or a problem; nothing is written here. A request that is refused has therefore changed
//! nothing.

mod announce;
pub(crate) mod bundle;
pub(crate) mod delegation;
pub mod export;
pub(crate) mod input;
pub(crate) mod license;
pub(crate) mod license_template;
pub(crate) mod licensee;
pub(crate) mod money;
pub(crate) mod names;
pub(crate) mod notification;
pub(crate) mod payment_method;
pub(crate) mod pricing_table;
pub(crate) mod product;
pub(crate) mod product_module;
pub(crate) mod removal;
pub(crate) mod report;
pub(crate) mod settings;
pub mod token;
pub(crate) mod transaction;
pub(crate) mod transfer;
