//! Product modules (wire contract, 7.2).

use jiff::Timestamp;
use leasehold_model::role::Operation;
use leasehold_model::snapshot::{ModuleTree, ProductTree};

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
use crate::app::{product_module, removal};

pub(super) fn routes() -> Vec<Route<App>> {
    resource::routes::<ProductModules>()
}

struct ProductModules;

impl Resource for ProductModules {
    const ENTITY: Entity = Entity::ProductModule;
    const COLLECTION: &'static str = "/productmodule";
    const ITEM: &'static str = "/productmodule/{productModuleNumber}";
    const CHANGE: Operation = Operation::ChangeCatalogue;
    const NAMES: Names = names::PRODUCT_MODULE;
    const ACTIONS: [&'static str; 2] = ["productmodule.create", "productmodule.update"];
    const SUMMARIES: [&'static str; 4] = [
        "List the product modules",
        "Read a product module",
        "Create a product module",
        "Update a product module",
    ];
    const KIND: &'static str = "ProductModule";
    const CREATE: &'static [Parameter] = parameters::PRODUCT_MODULE;
    const UPDATE: &'static [Parameter] = parameters::PRODUCT_MODULE_UPDATE;
    const CREATE_NOTES: &'static [Note] = &[Note::NeedsPlan];
    const UPDATE_NOTES: &'static [Note] = &[Note::NeedsPlan];

    fn all(view: &VendorView<'_>) -> Vec<Item> {
        view.products()
            .flat_map(|tree| {
                tree.modules
                    .iter()
                    .map(move |module| item(view, tree, module))
            })
            .collect()
    }

    fn one(view: &VendorView<'_>, number: &str) -> Option<Item> {
        view.module(number)
            .map(|(product, module)| item(view, product, module))
    }

    fn create(view: &VendorView<'_>, form: &Form, _now: Timestamp) -> Result<Edit<Item>, Problem> {
        product_module::create(view, form)
    }

    fn update(
        view: &VendorView<'_>,
        number: &str,
        form: &Form,
        _now: Timestamp,
    ) -> Result<Edit<Item>, Problem> {
        product_module::update(view, number, form)
    }
}

impl Removable for ProductModules {
    const DELETE_ACTION: &'static str = "productmodule.delete";
    const DELETE_SUMMARY: &'static str = "Delete a product module";

    fn delete(view: &VendorView<'_>, number: &str, cascade: bool) -> Result<Edit<()>, Problem> {
        removal::product_module(view, number, cascade)
    }
}

fn item(view: &VendorView<'_>, product: &ProductTree, tree: &ModuleTree) -> Item {
    let in_use = view.module_in_use(&tree.module.number);
    entity::product_module(&tree.module, &product.product.number, in_use)
}
