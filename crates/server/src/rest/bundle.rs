//! Bundles (wire contract, 7.11), and obtaining them.

use jiff::Timestamp;
use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Reply};
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_service::rest::route::{About, Note, Parameter, Returns, Route};
use leasehold_store::{Edit, VendorView};
use leasehold_wire::context::Item;
use leasehold_wire::form::Form;

use super::change::Change;
use super::parameters;
use super::resource::{self, Removable, Resource, captured, page};
use crate::App;
use crate::app::bundle;
use crate::app::names::{self, Names};

pub(super) fn routes() -> Vec<Route<App>> {
    let mut rows = resource::routes::<Bundles>();
    rows.push(Route {
        method: Method::Post,
        path: "/bundle/{bundleNumber}/obtain",
        operation: Operation::ChangeLicensees,
        about: About {
            summary: "Make the licenses of a bundle for a licensee",
            parameters: parameters::OBTAIN,
            returns: Returns::Page("License"),
            notes: &[],
        },
        handler: |app, call| Box::pin(obtain(app, call)),
    });
    rows
}

async fn obtain(app: &App, call: Call) -> Result<Reply, Problem> {
    let change = Change::of(&call, "bundle.obtain");
    let number = captured(&call);
    let form = call.form;
    change
        .commit(app, move |view| {
            let obtained = bundle::obtain(view, &number, &form)?;
            // A whole list: what was obtained is not filtered.
            Ok(obtained.map(|items| page(items, &Form::default(), names::LICENSE)))
        })
        .await
}

struct Bundles;

impl Resource for Bundles {
    const ENTITY: Entity = Entity::Bundle;
    const COLLECTION: &'static str = "/bundle";
    const ITEM: &'static str = "/bundle/{bundleNumber}";
    const CHANGE: Operation = Operation::ChangeCatalogue;
    const NAMES: Names = names::BUNDLE;
    const ACTIONS: [&'static str; 2] = ["bundle.create", "bundle.update"];
    const SUMMARIES: [&'static str; 4] = [
        "List the bundles",
        "Read a bundle",
        "Create a bundle",
        "Update a bundle",
    ];
    const KIND: &'static str = "Bundle";
    const CREATE: &'static [Parameter] = parameters::BUNDLE;
    const UPDATE: &'static [Parameter] = parameters::BUNDLE_UPDATE;
    const CREATE_NOTES: &'static [Note] = &[Note::NeedsPlan];

    fn all(view: &VendorView<'_>) -> Vec<Item> {
        let bundles = view.bundles();
        bundles.map(|bundle| bundle::item(view, bundle)).collect()
    }

    fn one(view: &VendorView<'_>, number: &str) -> Option<Item> {
        let found = view.bundle(number)?;
        Some(bundle::item(view, found))
    }

    fn create(view: &VendorView<'_>, form: &Form, _now: Timestamp) -> Result<Edit<Item>, Problem> {
        bundle::create(view, form)
    }

    fn update(
        view: &VendorView<'_>,
        number: &str,
        form: &Form,
        _now: Timestamp,
    ) -> Result<Edit<Item>, Problem> {
        bundle::update(view, number, form)
    }
}

impl Removable for Bundles {
    const DELETE_ACTION: &'static str = "bundle.delete";
    const DELETE_SUMMARY: &'static str = "Delete a bundle";

    fn delete(view: &VendorView<'_>, number: &str, _cascade: bool) -> Result<Edit<()>, Problem> {
        bundle::delete(view, number)
    }
}
