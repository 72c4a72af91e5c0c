//! The static lists (wire contract, 7.13): the same on server and agent.

use leasehold_model::product::LicensingModel;
use leasehold_model::role::Operation;
use leasehold_model::template::LicenseType;
use leasehold_wire::context::{Context, Item};
use leasehold_wire::filter::Filter;

use crate::rest::call::{Call, Method, Reply};
use crate::rest::countries::{COUNTRIES, Country};
use crate::rest::route::{About, FILTER, Returns, Route};

/// The rows of the route table.
pub fn routes<A: 'static>() -> Vec<Route<A>> {
    vec![
        Route {
            method: Method::Get,
            path: "/utility/licensingModels",
            operation: Operation::Read,
            about: lists("List the licensing models", "LicensingModelProperties"),
            handler: |_, call| Box::pin(async move { Ok(licensing_models(&call)) }),
        },
        Route {
            method: Method::Get,
            path: "/utility/licenseTypes",
            operation: Operation::Read,
            about: lists("List the license types", "LicenseType"),
            handler: |_, call| Box::pin(async move { Ok(license_types(&call)) }),
        },
        Route {
            method: Method::Get,
            path: "/utility/countries",
            operation: Operation::Read,
            about: lists("List the countries and their VAT", "Country"),
            handler: |_, call| Box::pin(async move { Ok(countries(&call)) }),
        },
    ]
}

fn lists(summary: &'static str, kind: &'static str) -> About {
    About {
        summary,
        parameters: &[FILTER],
        returns: Returns::Page(kind),
        notes: &[],
    }
}

fn licensing_models(call: &Call) -> Reply {
    let names = LicensingModel::VALIDATED.map(LicensingModel::as_str);
    list(call, named("LicensingModelProperties", &names), &["name"])
}

fn license_types(call: &Call) -> Reply {
    let names = LicenseType::ALL.map(LicenseType::as_str);
    list(call, named("LicenseType", &names), &["name"])
}

fn countries(call: &Call) -> Reply {
    let known = ["code", "name", "vatPercent", "isEu"];
    list(call, COUNTRIES.iter().map(item).collect(), &known)
}

fn named(kind: &'static str, names: &[&str]) -> Vec<Item> {
    names
        .iter()
        .map(|name| {
            let mut item = Item::new(kind);
            item.put("name", *name);
            item
        })
        .collect()
}

fn item(country: &Country) -> Item {
    let mut item = Item::new("Country");
    item.put("code", country.code).put("name", country.name);
    // An empty percentage makes a client throw, so there is none where none is known.
    if let Some(percent) = country.eu_vat_percent {
        item.put("vatPercent", percent);
    }
    item.put("isEu", country.eu_vat_percent.is_some().to_string());
    item
}

fn list(call: &Call, items: Vec<Item>, known: &[&str]) -> Reply {
    let (items, infos) = Filter::parse(call.form.get("filter")).select(items, known);
    Reply::Context(Context {
        infos,
        items: Some(items),
        ttl: None,
    })
}
