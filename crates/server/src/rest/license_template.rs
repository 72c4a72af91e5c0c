//! License templates (wire contract, 7.3).

use jiff::Timestamp;
use leasehold_model::role::Operation;
use leasehold_model::snapshot::ModuleTree;
use leasehold_model::template::LicenseTemplate;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_service::rest::route::{Parameter, Route};
use leasehold_store::{Edit, VendorView};
use leasehold_wire::context::Item;
use leasehold_wire::entity;
use leasehold_wire::form::Form;

use super::parameters;
use super::resource::{self, Removable, Resource};
use crate::App;
use crate::app::names::{self, Names};
use crate::app::{license_template, removal};

pub(super) fn routes() -> Vec<Route<App>> {
    resource::routes::<LicenseTemplates>()
}

struct LicenseTemplates;

impl Resource for LicenseTemplates {
    const ENTITY: Entity = Entity::LicenseTemplate;
    const COLLECTION: &'static str = "/licensetemplate";
    const ITEM: &'static str = "/licensetemplate/{licenseTemplateNumber}";
    const CHANGE: Operation = Operation::ChangeCatalogue;
    const NAMES: Names = names::LICENSE_TEMPLATE;
    const ACTIONS: [&'static str; 2] = ["licensetemplate.create", "licensetemplate.update"];
    const SUMMARIES: [&'static str; 4] = [
        "List the license templates",
        "Read a license template",
        "Create a license template",
        "Update a license template",
    ];
    const KIND: &'static str = "LicenseTemplate";
    const CREATE: &'static [Parameter] = parameters::LICENSE_TEMPLATE;
    const UPDATE: &'static [Parameter] = parameters::LICENSE_TEMPLATE_UPDATE;

    fn all(view: &VendorView<'_>) -> Vec<Item> {
        view.products()
            .flat_map(|product| &product.modules)
            .flat_map(|tree| {
                tree.templates
                    .iter()
                    .map(move |template| item(view, tree, template))
            })
            .collect()
    }

    fn one(view: &VendorView<'_>, number: &str) -> Option<Item> {
        view.template(number)
            .map(|(_, tree, template)| item(view, tree, template))
    }

    fn create(view: &VendorView<'_>, form: &Form, _now: Timestamp) -> Result<Edit<Item>, Problem> {
        license_template::create(view, form)
    }

    fn update(
        view: &VendorView<'_>,
        number: &str,
        form: &Form,
        _now: Timestamp,
    ) -> Result<Edit<Item>, Problem> {
        license_template::update(view, number, form)
    }
}

impl Removable for LicenseTemplates {
    const DELETE_ACTION: &'static str = "licensetemplate.delete";
    const DELETE_SUMMARY: &'static str = "Delete a license template";

    fn delete(view: &VendorView<'_>, number: &str, cascade: bool) -> Result<Edit<()>, Problem> {
        removal::license_template(view, number, cascade)
    }
}

fn item(view: &VendorView<'_>, tree: &ModuleTree, template: &LicenseTemplate) -> Item {
    let in_use = view.template_in_use(&template.number);
    entity::license_template(template, &tree.module, in_use)
}
