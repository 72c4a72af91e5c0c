//! What the entities of the object model have in common: five endpoints each, with the same
//! walk through the store.

use jiff::Timestamp;
use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Principal, Reply};
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_service::rest::route::Route;
use leasehold_store::{Edit, Origin, VendorView};
use leasehold_wire::context::{Context, Item, Items};
use leasehold_wire::filter::Filter;
use leasehold_wire::form::Form;

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
    /// What the audit log calls creating, updating and deleting one.
    const ACTIONS: [&'static str; 3];

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

    /// Deletes the one of this number, and what depends on it when `cascade` says so.
    fn delete(view: &VendorView<'_>, number: &str, cascade: bool) -> Result<Edit<()>, Problem>;
}

/// The rows of one kind of entity.
pub(super) fn routes<R: Resource>() -> Vec<Route<App>> {
    vec![
        Route {
            method: Method::Get,
            path: R::COLLECTION,
            operation: Operation::Read,
            handler: |app, call| Box::pin(list::<R>(app, call)),
        },
        Route {
            method: Method::Get,
            path: R::ITEM,
            operation: Operation::Read,
            handler: |app, call| Box::pin(read::<R>(app, call)),
        },
        Route {
            method: Method::Post,
            path: R::COLLECTION,
            operation: R::CHANGE,
            handler: |app, call| Box::pin(create::<R>(app, call)),
        },
        Route {
            method: Method::Post,
            path: R::ITEM,
            operation: R::CHANGE,
            handler: |app, call| Box::pin(update::<R>(app, call)),
        },
        Route {
            method: Method::Delete,
            path: R::ITEM,
            operation: R::CHANGE,
            handler: |app, call| Box::pin(delete::<R>(app, call)),
        },
    ]
}

/// A page of `all`, as the request's filter picks it.
pub(super) fn page(all: Vec<Item>, form: &Form, names: Names) -> Reply {
    let (items, infos) = Filter::parse(form.get("filter")).select(all, names.standard);
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

/// Who does what, for the audit log.
pub(super) fn origin(principal: &Principal, action: &'static str) -> Origin {
    Origin {
        actor: principal.actor.clone(),
        action,
    }
}

/// The number in the path. Every path with a capture has one.
pub(super) fn captured(call: &Call) -> String {
    call.captures.first().cloned().unwrap_or_default()
}

async fn list<R: Resource>(app: &App, call: Call) -> Result<Reply, Problem> {
    let form = call.form;
    // Filtered on the blocking thread, too: a list may be long.
    let look = move |view: &VendorView<'_>| page(R::all(view), &form, R::NAMES);
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
    let origin = origin(&call.principal, R::ACTIONS[0]);
    let (form, now) = (call.form, call.now);
    let item = app
        .store
        .edit(&call.principal.vendor, origin, now, move |view| {
            R::create(view, &form, now)
        })
        .await??;
    Ok(reply(vec![item]))
}

async fn update<R: Resource>(app: &App, call: Call) -> Result<Reply, Problem> {
    let origin = origin(&call.principal, R::ACTIONS[1]);
    let number = captured(&call);
    let (form, now) = (call.form, call.now);
    let item = app
        .store
        .edit(&call.principal.vendor, origin, now, move |view| {
            R::update(view, &number, &form, now)
        })
        .await??;
    Ok(reply(vec![item]))
}

async fn delete<R: Resource>(app: &App, call: Call) -> Result<Reply, Problem> {
    let origin = origin(&call.principal, R::ACTIONS[2]);
    let number = captured(&call);
    let cascade = input::force_cascade(&call.form)?;
    app.store
        .edit(&call.principal.vendor, origin, call.now, move |view| {
            R::delete(view, &number, cascade)
        })
        .await??;
    Ok(Reply::NoContent)
}
