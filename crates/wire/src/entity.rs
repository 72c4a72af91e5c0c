//! Entities as items: the properties of section 7, in their order.

use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;
use leasehold_model::number::{
    LicenseeNumber, ProductModuleNumber, ProductNumber, TokenNumber, VendorNumber,
};
use leasehold_model::product::{Product, ProductModule};
use leasehold_model::template::LicenseTemplate;
use leasehold_model::token::ApiKey;

use crate::context::Item;

/// A product (7.1).
pub fn product(_product: &Product, _in_use: bool) -> Item {
    todo!()
}

/// A module (7.2).
pub fn product_module(_module: &ProductModule, _product: &ProductNumber, _in_use: bool) -> Item {
    todo!()
}

/// A template (7.3).
pub fn license_template(
    _template: &LicenseTemplate,
    _module: &ProductModule,
    _in_use: bool,
) -> Item {
    todo!()
}

/// A licensee (7.4).
pub fn licensee(_licensee: &Licensee, _product: &ProductNumber, _in_use: bool) -> Item {
    todo!()
}

/// A license (7.5).
pub fn license(
    _license: &License,
    _licensee: &LicenseeNumber,
    _module: &ProductModuleNumber,
) -> Item {
    todo!()
}

/// An API key (7.9), its number shown: for its vendor's eyes.
pub fn api_key(_number: &TokenNumber, _key: &ApiKey, _vendor: &VendorNumber) -> Item {
    todo!()
}

/// `warningLevelSummary`: JSON text of module numbers by level (7.4).
pub fn warning_level_summary(_levels: &leasehold_model::licensee::WarningLevels) -> String {
    todo!()
}
