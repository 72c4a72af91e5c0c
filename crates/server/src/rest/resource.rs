//! What the entities of the object model have in common: five endpoints each, with the same
//! walk through the store.

use jiff::Timestamp;
use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Reply};
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_service::rest::route::{
    About, FILTER, Note, Parameter, ParameterKind, Returns, Route,
};
use leasehold_store::{Edit, VendorView};
use leasehold_wire::context::{Context, Item, Items};
use leasehold_wire::filter::Filter;
use leasehold_wire::form::Form;

use super::change::Change;
use crate::App;
use crate::app::input;
use crate::app::names::Names;

/// One kind of entity. Numbers are those of the path, still unproven.
pub(super) trait Resource: 'static {
    /// As texts name it.
    const ENTITY: Entity;
    /// Where they are listed and created.
    const COLLECTION: &'static str;
    /// Where one of them is.
    const ITEM: &'static str;
    /// What changing them is, hence who may.
    const CHANGE: Operation;
    /// Their names, which a filter knows.
    const NAMES: Names;
    /// What the audit log calls creating and updating one.
    const ACTIONS: [&'static str; 2];
    /// What the description of the API says of listing, reading, creating and updating one.
    const SUMMARIES: [&'static str; 4];
    /// Their type on the wire.
    const KIND: &'static str;
    /// What a create reads.
    const CREATE: &'static [Parameter];
    /// What an update reads.
    const UPDATE: &'static [Parameter];
    /// What is particular about creating one.
    const CREATE_NOTES: &'static [Note] = &[];
    /// What is particular about updating one.
    const UPDATE_NOTES: &'static [Note] = &[];

    /// Reads the filter of a list.
    fn filter(form: &Form) -> Filter {
        Filter::parse(form.get("filter"))
    }

    /// All of them, in creation order.
    fn all(view: &VendorView<'_>) -> Vec<Item>;

    /// The one of this number.
    fn one(view: &VendorView<'_>, number: &str) -> Option<Item>;

    /// Creates one.
    fn create(view: &VendorView<'_>, form: &Form, now: Timestamp) -> Result<Edit<Item>, Problem>;

    /// Updates the one of this number.
    fn update(
        view: &VendorView<'_>,
        number: &str,
        form: &Form,
        now: Timestamp,
    ) -> Result<Edit<Item>, Problem>;
}

/// An entity that can be deleted.
pub(super) trait Removable: Resource {
    /// What the audit log calls deleting one.
    const DELETE_ACTION: &'static str;
    /// What the description of the API says of it.
    const DELETE_SUMMARY: &'static str;

    /// Deletes the one of this number, and what depends on it when `cascade` says so.
    fn delete(view: &VendorView<'_>, number: &str, cascade: bool) -> Result<Edit<()>, Problem>;
}

/// The rows of one kind of entity that can be deleted.
pub(super) fn routes<R: Removable>() -> Vec<Route<App>> {
    let mut rows = lasting_routes::<R>();
    rows.push(Route {
        method: Method::Delete,
        path: R::ITEM,
        operation: R::CHANGE,
        about: About {
            summary: R::DELETE_SUMMARY,
            parameters: &[FORCE_CASCADE],
            returns: Returns::Nothing,
            notes: &[],
        },
        handler: |app, call| Box::pin(delete::<R>(app, call)),
    });
    rows
}

/// The rows of one kind of entity that stays.
pub(super) fn lasting_routes<R: Resource>() -> Vec<Route<App>> {
    vec![
        Route {
            method: Method::Get,
            path: R::COLLECTION,
            operation: Operation::Read,
            about: About {
                summary: R::SUMMARIES[0],
                parameters: &[FILTER],
                returns: Returns::Page(R::KIND),
                notes: &[],
            },
            handler: |app, call| Box::pin(list::<R>(app, call)),
        },
        Route {
            method: Method::Get,
            path: R::ITEM,
            operation: Operation::Read,
            about: About {
                summary: R::SUMMARIES[1],
                parameters: &[],
                returns: Returns::Item(R::KIND),
                notes: &[],
            },
            handler: |app, call| Box::pin(read::<R>(app, call)),
        },
        Route {
            method: Method::Post,
            path: R::COLLECTION,
            operation: R::CHANGE,
            about: About {
                summary: R::SUMMARIES[2],
                parameters: R::CREATE,
                returns: Returns::Item(R::KIND),
                notes: R::CREATE_NOTES,
            },
            handler: |app, call| Box::pin(create::<R>(app, call)),
        },
        Route {
            method: Method::Post,
            path: R::ITEM,
            operation: R::CHANGE,
            about: About {
                summary: R::SUMMARIES[3],
                parameters: R::UPDATE,
                returns: Returns::Item(R::KIND),
                notes: R::UPDATE_NOTES,
            },
            handler: |app, call| Box::pin(update::<R>(app, call)),
        },
    ]
}

/// Deletes what depends on the entity, too.
pub(super) const FORCE_CASCADE: Parameter = Parameter::may(
    "forceCascade",
    ParameterKind::Boolean,
    "delete what depends on it, too; without it such a delete is refused; true when it is empty",
);

/// A page of `all`, as the request's filter picks it.
pub(super) fn page(all: Vec<Item>, form: &Form, names: Names) -> Reply {
    selected(all, Filter::parse(form.get("filter")), names)
}

fn selected(all: Vec<Item>, filter: Filter, names: Names) -> Reply {
    let (items, infos) = filter.select(all, names.standard);
    Reply::Context(Context {
        infos,
        items: Some(items),
        ttl: None,
    })
}

/// A reply of these items, which is no page.
pub(super) fn reply(items: Vec<Item>) -> Reply {
    Reply::Context(Context {
        infos: Vec::new(),
        items: Some(Items { items, page: None }),
        ttl: None,
    })
}

/// The reply of one item.
pub(super) fn one_item(item: Item) -> Reply {
    reply(vec![item])
}

/// The reply of nothing.
pub(super) fn nothing((): ()) -> Reply {
    Reply::NoContent
}

/// The number in the path. Every path with a capture has one.
pub(super) fn captured(call: &Call) -> String {
    call.captures.first().cloned().unwrap_or_default()
}

async fn list<R: Resource>(app: &App, call: Call) -> Result<Reply, Problem> {
    let form = call.form;
    // Filtered on the blocking thread, too: a list may be long.
    let look = move |view: &VendorView<'_>| selected(R::all(view), R::filter(&form), R::NAMES);
    Ok(app.store.read(&call.principal.vendor, look).await?)
}

async fn read<R: Resource>(app: &App, call: Call) -> Result<Reply, Problem> {
    let number = captured(&call);
    let item = app
        .store
        .read(&call.principal.vendor, move |view| R::one(view, &number))
        .await?
        .ok_or(Problem::NotFound(R::ENTITY))?;
    Ok(reply(vec![item]))
}

async fn create<R: Resource>(app: &App, call: Call) -> Result<Reply, Problem> {
    let change = Change::of(&call, R::ACTIONS[0]);
    let (form, now) = (call.form, call.now);
    change
        .commit(app, move |view| {
            Ok(R::create(view, &form, now)?.map(one_item))
        })
        .await
}

async fn update<R: Resource>(app: &App, call: Call) -> Result<Reply, Problem> {
    let change = Change::of(&call, R::ACTIONS[1]);
    let number = captured(&call);
    let (form, now) = (call.form, call.now);
    change
        .commit(app, move |view| {
            Ok(R::update(view, &number, &form, now)?.map(one_item))
        })
        .await
}

async fn delete<R: Removable>(app: &App, call: Call) -> Result<Reply, Problem> {
    let change = Change::of(&call, R::DELETE_ACTION);
    let number = captured(&call);
    let cascade = input::force_cascade(&call.form)?;
    change
        .commit(app, move |view| {
            Ok(R::delete(view, &number, cascade)?.map(nothing))
        })
        .await
}
