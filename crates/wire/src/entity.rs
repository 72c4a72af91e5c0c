//! Entities as items: the properties of section 7, in their order. Standard
//! properties come before custom ones, since the Java client looks up ignoring
//! case and takes the first.

mod catalogue;
mod ownership;
mod shop;
mod token;

pub use catalogue::{license_template, product, product_module};
pub use ownership::{license, licensee, warning_level_summary};
pub use shop::{bundle, notification, payment_method, transaction};
pub use token::{TicketLinks, api_key, ticket};

use jiff::Timestamp;
use leasehold_model::money::Money;
use leasehold_model::property::{Properties, boolean};
use leasehold_model::timestamp::format_timestamp;

use crate::context::Item;

/// Standard property names by entity, in the order of section 7: what a filter may always ask for,
/// and what a custom property cannot be called.
pub mod names {
    /// Of a product.
    pub const PRODUCT: &[&str] = &[
        "number",
        "active",
        "name",
        "version",
        "licenseeAutoCreate",
        "description",
        "licensingInfo",
        "licenseeSecretMode",
        "vatMode",
        "inUse",
        "discount",
    ];

    /// Of a module, the settings of all models included.
    pub const PRODUCT_MODULE: &[&str] = &[
        "number",
        "active",
        "name",
        "productNumber",
        "licensingModel",
        "inUse",
        "maxCheckoutValidity",
        "yellowThreshold",
        "redThreshold",
        "nodeSecretMode",
        "licenseTemplate",
        "skudef",
        "licenseeSecretMode",
    ];

    /// Of a template, the terms of all models included.
    pub const LICENSE_TEMPLATE: &[&str] = &[
        "number",
        "active",
        "name",
        "licenseType",
        "price",
        "currency",
        "automatic",
        "hidden",
        "hideLicenses",
        "productModuleNumber",
        "productModuleName",
        "inUse",
        "timeVolume",
        "timeVolumePeriod",
        "maxSessions",
        "quantity",
        "quota",
        "gracePeriod",
        "skus",
        "description",
    ];

    /// Of a licensee.
    pub const LICENSEE: &[&str] = &[
        "number",
        "active",
        "productNumber",
        "licenseeSecret",
        "name",
        "markedForTransfer",
        "aliases",
        "inUse",
        "warningLevelSummary",
    ];

    /// Of a license, without the names that hold a slot or a session (`nodeSecret0`, `sessionId_…`).
    pub const LICENSE: &[&str] = &[
        "number",
        "active",
        "name",
        "price",
        "currency",
        "hidden",
        "licenseeNumber",
        "licenseTemplateNumber",
        "productModuleNumber",
        "gracePeriod",
        "timeVolumePeriod",
        "timeVolume",
        "startDate",
        "maxSessions",
        "quantity",
        "quota",
        "parentfeature",
        "skus",
        "usedQuantity",
    ];

    /// Of a token of any type; the properties of its type come in this order.
    pub const TOKEN: &[&str] = &[
        "number",
        "active",
        "expirationTime",
        "tokenType",
        "shopURL",
        "cancelURL",
        "successURL",
        "successURLTitle",
        "cancelURLTitle",
        "customerPortalURL",
        "action",
        "apiKeyRole",
        "bundleNumber",
        "bundlePrice",
        "productNumber",
        "predefinedShoppingItem",
        "name",
        "licenseeNumber",
        "vendorNumber",
    ];

    /// Of a transaction.
    pub const TRANSACTION: &[&str] = &[
        "number",
        "active",
        "status",
        "source",
        "grandTotal",
        "discount",
        "currency",
        "datecreated",
        "dateclosed",
        "paymentMethod",
        "licenseeNumber",
        "inUse",
        "vendorNumber",
    ];

    /// Of a bundle.
    pub const BUNDLE: &[&str] = &[
        "number",
        "active",
        "name",
        "description",
        "price",
        "currency",
        "licenseTemplateNumbers",
        "staleLicenseTemplateNumbers",
    ];

    /// Of a notification.
    pub const NOTIFICATION: &[&str] = &[
        "number", "active", "name", "events", "protocol", "endpoint", "payload",
    ];

    /// Of a payment method.
    pub const PAYMENT_METHOD: &[&str] = &["number", "active"];
}

fn put_truth(item: &mut Item, name: &'static str, value: bool) {
    item.put(name, if value { "true" } else { "false" });
}

fn put_text(item: &mut Item, name: &'static str, text: Option<&str>) {
    if let Some(text) = text {
        item.put(name, text);
    }
}

fn put_instant(item: &mut Item, name: &'static str, at: Option<Timestamp>) {
    if let Some(at) = at {
        item.put(name, format_timestamp(at));
    }
}

fn put_price(item: &mut Item, price: Option<Money>) {
    if let Some(price) = price {
        item.put("price", price.amount());
        item.put("currency", price.currency.as_str());
    }
}

/// Puts the standard properties among `properties` in the order of `standard`.
fn put_standard(item: &mut Item, properties: &Properties, standard: &[&'static str]) {
    for name in standard {
        if let Some(text) = properties.get(name) {
            item.put(name, canonical(name, text));
        }
    }
}

/// Puts all other properties, by name.
fn put_custom(item: &mut Item, properties: &Properties, standard: &[&str]) {
    let custom = properties
        .iter()
        .filter(|(name, _)| !standard.contains(name));
    for (name, value) in custom {
        item.put_custom(name, value);
    }
}

/// A stored text as a reply shows it: the one Boolean term in lower case, everything else as given.
fn canonical<'a>(name: &str, text: &'a str) -> &'a str {
    match (name, boolean(text)) {
        ("gracePeriod", Some(true)) => "true",
        ("gracePeriod", Some(false)) => "false",
        _ => text,
    }
}
