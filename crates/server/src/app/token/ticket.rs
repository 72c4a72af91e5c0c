//! Tickets: tokens of the types DEFAULT, SHOP and ACTION.

use jiff::{SignedDuration, Timestamp};
use leasehold_model::property::Properties;
use leasehold_model::token::{Ticket, TicketKind};
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::VendorView;
use leasehold_wire::form::Form;

use super::expiration;
use crate::app::input::{self, Field};
use crate::app::names;

/// How long a ticket opens when nothing else is said.
const TICKET_LIFETIME: SignedDuration = SignedDuration::from_mins(30);

/// The properties of tickets that are kept as they are given; `licenseTemplateNumber_N` is a
/// custom one.
const TICKET_PROPERTIES: [&str; 11] = [
    "cancelURL",
    "successURL",
    "successURLTitle",
    "cancelURLTitle",
    "action",
    "bundleNumber",
    "bundlePrice",
    "productNumber",
    "predefinedShoppingItem",
    "licenseTemplateNumber",
    "name",
];

/// A ticket as the request says.
pub(super) fn make(
    view: &VendorView<'_>,
    kind: TicketKind,
    form: &Form,
    now: Timestamp,
) -> Result<Ticket, Problem> {
    let is_given = |name: &str| input::text(form, name).given().is_some();
    let has_template = form
        .iter()
        .any(|(name, value)| is_template(name) && !value.is_empty());
    let licensee = super::scope(view, form)?;
    // A permanent one sells the same thing to whoever comes, hence names nobody.
    let is_permanent = kind == TicketKind::Shop
        && licensee.is_none()
        && is_given("productNumber")
        && is_given("predefinedShoppingItem")
        && has_template;
    if kind == TicketKind::Action {
        input::read(form, "action", "licenseeLogin", |text| {
            (text == "licenseeLogin").then_some(())
        })?
        .given()
        .ok_or(Problem::MalformedToken("action"))?;
    }
    if kind == TicketKind::Shop {
        check_cart(view, form)?;
    }
    let needs_licensee = match kind {
        TicketKind::Default => false,
        TicketKind::Shop => !is_permanent,
        TicketKind::Action => true,
    };
    if needs_licensee && licensee.is_none() {
        return Err(Problem::MalformedToken("licenseeNumber"));
    }
    let mut ticket = Ticket {
        kind,
        active: true,
        licensee,
        expires: None,
        properties: Properties::new(),
    };
    input::boolean(form, "active")?.replace(&mut ticket.active);
    ticket.expires = match expiration::read(form)?.given() {
        None if !is_permanent => now.checked_add(TICKET_LIFETIME).ok(),
        given => given,
    };
    for name in TICKET_PROPERTIES {
        if let Field::Given(value) = input::text(form, name) {
            ticket.properties.set(name, value);
        }
    }
    let custom = input::custom(form, names::TOKEN, |_| false)?;
    input::apply(&mut ticket.properties, &custom);
    Ok(ticket)
}

/// What a shop is to offer must exist.
fn check_cart(view: &VendorView<'_>, form: &Form) -> Result<(), Problem> {
    for (name, value) in form.iter().filter(|(_, value)| !value.is_empty()) {
        let (exists, entity) = match name {
            "productNumber" => (view.product(value).is_some(), Entity::Product),
            "bundleNumber" => (view.bundle(value).is_some(), Entity::Bundle),
            _ if is_template(name) => (view.template(value).is_some(), Entity::LicenseTemplate),
            _ => continue,
        };
        if !exists {
            return Err(Problem::UnknownReference(entity));
        }
    }
    Ok(())
}

/// `licenseTemplateNumber`, or `licenseTemplateNumber_N`.
fn is_template(name: &str) -> bool {
    match name.strip_prefix("licenseTemplateNumber") {
        Some(rest) => rest.is_empty() || rest.starts_with('_'),
        None => false,
    }
}
