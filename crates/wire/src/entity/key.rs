//! What programs sign in with.

use leasehold_model::number::{TokenNumber, VendorNumber};
use leasehold_model::timestamp::format_timestamp;
use leasehold_model::token::ApiKey;

use super::{put_custom, put_text, put_truth};
use crate::context::Item;

/// An API key (7.9), its number shown: for its vendor's eyes.
pub fn api_key(number: &TokenNumber, key: &ApiKey, vendor: &VendorNumber) -> Item {
    let mut item = Item::new("Token");
    item.put("number", number);
    put_truth(&mut item, "active", key.active);
    if let Some(expires) = key.expires {
        item.put("expirationTime", format_timestamp(expires));
    }
    item.put("tokenType", "APIKEY");
    item.put("apiKeyRole", key.role.as_str());
    put_text(&mut item, "name", key.name.as_deref());
    put_custom(&mut item, &key.custom, &[]);
    if let Some(licensee) = &key.licensee {
        item.put("licenseeNumber", licensee);
    }
    item.put("vendorNumber", vendor);
    item
}
