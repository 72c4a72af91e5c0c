//! Products (wire contract, 7.1).

use jiff::Timestamp;
use leasehold_model::product::Product;
use leasehold_model::role::Operation;

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
use crate::app::{product, removal};

pub(super) fn routes() -> Vec<Route<App>> {
    resource::routes::<Products>()
}

struct Products;

impl Resource for Products {
    const ENTITY: Entity = Entity::Product;
    const COLLECTION: &'static str = "/product";
    const ITEM: &'static str = "/product/{productNumber}";
    const CHANGE: Operation = Operation::ChangeCatalogue;
    const NAMES: Names = names::PRODUCT;
    const ACTIONS: [&'static str; 2] = ["product.create", "product.update"];
    const SUMMARIES: [&'static str; 4] = [
        "List the products",
        "Read a product",
        "Create a product",
        "Update a product",
    ];
    const KIND: &'static str = "Product";
    const CREATE: &'static [Parameter] = parameters::PRODUCT;
    const UPDATE: &'static [Parameter] = parameters::PRODUCT_UPDATE;
    const CREATE_NOTES: &'static [Note] = &[Note::NeedsPlan];

    fn all(view: &VendorView<'_>) -> Vec<Item> {
        view.products()
            .map(|tree| item(view, &tree.product))
            .collect()
    }

    fn one(view: &VendorView<'_>, number: &str) -> Option<Item> {
        view.product(number).map(|tree| item(view, &tree.product))
    }

    fn create(view: &VendorView<'_>, form: &Form, _now: Timestamp) -> Result<Edit<Item>, Problem> {
        product::create(view, form)
    }

    fn update(
        view: &VendorView<'_>,
        number: &str,
        form: &Form,
        _now: Timestamp,
    ) -> Result<Edit<Item>, Problem> {
        product::update(view, number, form)
    }
}

impl Removable for Products {
    const DELETE_ACTION: &'static str = "product.delete";
    const DELETE_SUMMARY: &'static str = "Delete a product";

    fn delete(view: &VendorView<'_>, number: &str, cascade: bool) -> Result<Edit<()>, Problem> {
        removal::product(view, number, cascade)
    }
}

fn item(view: &VendorView<'_>, product: &Product) -> Item {
    entity::product(product, view.product_in_use(&product.number))
}
