//! Bundles: license templates that are obtained together (wire contract, 7.11).

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::money::Money;
use crate::number::{BundleNumber, LicenseTemplateNumber};
use crate::property::Properties;

/// A bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Unique within the vendor.
    pub number: BundleNumber,
    /// Inactive: it cannot be obtained.
    pub active: bool,
    /// For people.
    pub name: Box<str>,
    /// For people.
    pub description: Option<Box<str>>,
    /// What it costs as a whole; for the shop only.
    pub price: Option<Money>,
    /// A license is made from each, in this order. All are of one product when they are set; one
    /// that was deleted since stays named, and is passed over when the bundle is obtained.
    pub templates: Vec<LicenseTemplateNumber>,
    /// Whatever else the vendor keeps here.
    pub custom: Properties,
}
