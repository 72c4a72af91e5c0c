//! Tokens (7.9), their numbers shown: for their vendor's eyes.

use leasehold_model::number::{TokenNumber, VendorNumber};
use leasehold_model::property::Properties;
use leasehold_model::token::{ApiKey, Ticket};

use super::{put_custom, put_instant, put_standard, put_text, put_truth};
use crate::context::Item;

/// An API key.
pub fn api_key(number: &TokenNumber, key: &ApiKey, vendor: &VendorNumber) -> Item {
    let mut item = Item::new("Token");
    item.put("number", number);
    put_truth(&mut item, "active", key.active);
    put_instant(&mut item, "expirationTime", key.expires);
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

/// Where a ticket leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketLinks {
    /// `shopURL`, of a SHOP token.
    pub shop: Option<String>,
    /// `customerPortalURL`, of an ACTION token.
    pub customer_portal: Option<String>,
}

/// A token of another type.
pub fn ticket(
    number: &TokenNumber,
    ticket: &Ticket,
    links: &TicketLinks,
    vendor: &VendorNumber,
) -> Item {
    let mut item = Item::new("Token");
    item.put("number", number);
    put_truth(&mut item, "active", ticket.active);
    put_instant(&mut item, "expirationTime", ticket.expires);
    item.put("tokenType", ticket.kind.as_str());
    put_text(&mut item, "shopURL", links.shop.as_deref());
    for name in TICKET_ORDER {
        match *name {
            "customerPortalURL" => put_text(&mut item, name, links.customer_portal.as_deref()),
            "licenseTemplateNumber" => put_templates(&mut item, &ticket.properties),
            _ => put_standard(&mut item, &ticket.properties, &[name]),
        }
    }
    let custom = ticket.properties.iter();
    let custom = custom.filter(|(name, _)| !TICKET_ORDER.contains(name) && !is_template(name));
    for (name, value) in custom {
        item.put_custom(name, value);
    }
    if let Some(licensee) = &ticket.licensee {
        item.put("licenseeNumber", licensee);
    }
    item.put("vendorNumber", vendor);
    item
}

/// The properties of tickets in the order of section 7.9, those of the cart at
/// `licenseTemplateNumber`.
const TICKET_ORDER: &[&str] = &[
    "cancelURL",
    "successURL",
    "successURLTitle",
    "cancelURLTitle",
    "customerPortalURL",
    "action",
    "bundleNumber",
    "bundlePrice",
    "productNumber",
    "predefinedShoppingItem",
    "licenseTemplateNumber",
    "name",
];

fn put_templates(item: &mut Item, properties: &Properties) {
    for (name, value) in properties.iter().filter(|(name, _)| is_template(name)) {
        item.put_custom(name, value);
    }
}

/// `licenseTemplateNumber`, or `licenseTemplateNumber_N`.
fn is_template(name: &str) -> bool {
    match name.strip_prefix("licenseTemplateNumber") {
        Some(rest) => rest.is_empty() || rest.starts_with('_'),
        None => false,
    }
}
