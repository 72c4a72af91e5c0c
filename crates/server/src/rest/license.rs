//! Licenses (wire contract, 7.5).

use jiff::Timestamp;
use leasehold_model::role::Operation;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_service::rest::route::{Parameter, Route};
use leasehold_store::{Edit, VendorView};
use leasehold_wire::context::Item;
use leasehold_wire::form::Form;

use super::parameters;
use super::resource::{self, Removable, Resource};
use crate::App;
use crate::app::names::{self, Names};
use crate::app::{license, removal};

pub(super) fn routes() -> Vec<Route<App>> {
    resource::routes::<Licenses>()
}

struct Licenses;

impl Resource for Licenses {
    const ENTITY: Entity = Entity::License;
    const COLLECTION: &'static str = "/license";
    const ITEM: &'static str = "/license/{licenseNumber}";
    const CHANGE: Operation = Operation::ChangeLicensees;
    const NAMES: Names = names::LICENSE;
    const ACTIONS: [&'static str; 2] = ["license.create", "license.update"];
    const SUMMARIES: [&'static str; 4] = [
        "List the licenses",
        "Read a license",
        "Create a license",
        "Update a license",
    ];
    const KIND: &'static str = "License";
    const CREATE: &'static [Parameter] = parameters::LICENSE;
    const UPDATE: &'static [Parameter] = parameters::LICENSE_UPDATE;

    fn all(view: &VendorView<'_>) -> Vec<Item> {
        let mut all = Vec::new();
        view.each_license(|product, aggregate, license| {
            all.extend(license::item_of(product, aggregate, license));
        });
        all
    }

    fn one(view: &VendorView<'_>, number: &str) -> Option<Item> {
        license::item(view, number)
    }

    fn create(view: &VendorView<'_>, form: &Form, now: Timestamp) -> Result<Edit<Item>, Problem> {
        license::create(view, form, now)
    }

    fn update(
        view: &VendorView<'_>,
        number: &str,
        form: &Form,
        now: Timestamp,
    ) -> Result<Edit<Item>, Problem> {
        license::update(view, number, form, now)
    }
}

impl Removable for Licenses {
    const DELETE_ACTION: &'static str = "license.delete";
    const DELETE_SUMMARY: &'static str = "Delete a license";

    fn delete(view: &VendorView<'_>, number: &str, cascade: bool) -> Result<Edit<()>, Problem> {
        removal::license(view, number, cascade)
    }
}
