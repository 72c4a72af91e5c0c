//! Licensees (wire contract, 7.4).

use jiff::Timestamp;
use leasehold_model::role::Operation;
use leasehold_model::snapshot::{LicenseeAggregate, ProductTree};

use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_service::rest::route::{Note, Parameter, Route};
use leasehold_store::{Edit, VendorView};
use leasehold_wire::context::Item;
use leasehold_wire::entity;
use leasehold_wire::form::Form;

use super::parameters;
use super::resource::{self, Removable, Resource};
use crate::App;
use crate::app::names::{self, Names};
use crate::app::{licensee, removal};

pub(super) fn routes() -> Vec<Route<App>> {
    resource::routes::<Licensees>()
}

struct Licensees;

impl Resource for Licensees {
    const ENTITY: Entity = Entity::Licensee;
    const COLLECTION: &'static str = "/licensee";
    const ITEM: &'static str = "/licensee/{licenseeNumber}";
    const CHANGE: Operation = Operation::ChangeLicensees;
    const NAMES: Names = names::LICENSEE;
    const ACTIONS: [&'static str; 2] = ["licensee.create", "licensee.update"];
    const SUMMARIES: [&'static str; 4] = [
        "List the licensees",
        "Read a licensee",
        "Create a licensee",
        "Update a licensee",
    ];
    const KIND: &'static str = "Licensee";
    const CREATE: &'static [Parameter] = parameters::LICENSEE;
    const UPDATE: &'static [Parameter] = parameters::LICENSEE_UPDATE;
    const CREATE_NOTES: &'static [Note] = &[Note::NeedsPlan];

    fn all(view: &VendorView<'_>) -> Vec<Item> {
        let mut all = Vec::new();
        view.each_licensee(|product, aggregate| all.push(item(product, aggregate)));
        all
    }

    fn one(view: &VendorView<'_>, number: &str) -> Option<Item> {
        view.licensee(number, |product, aggregate| item(product, aggregate))
    }

    fn create(view: &VendorView<'_>, form: &Form, _now: Timestamp) -> Result<Edit<Item>, Problem> {
        licensee::create(view, form)
    }

    fn update(
        view: &VendorView<'_>,
        number: &str,
        form: &Form,
        _now: Timestamp,
    ) -> Result<Edit<Item>, Problem> {
        licensee::update(view, number, form)
    }
}

impl Removable for Licensees {
    const DELETE_ACTION: &'static str = "licensee.delete";
    const DELETE_SUMMARY: &'static str = "Delete a licensee";

    fn delete(view: &VendorView<'_>, number: &str, cascade: bool) -> Result<Edit<()>, Problem> {
        removal::licensee(view, number, cascade)
    }
}

fn item(product: &ProductTree, aggregate: &LicenseeAggregate) -> Item {
    let in_use = !aggregate.licenses.is_empty();
    entity::licensee(&aggregate.licensee, &product.product.number, in_use)
}
