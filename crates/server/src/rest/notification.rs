//! Notifications (wire contract, 7.12), and the log of their deliveries, which is ours.

use std::sync::Arc;

use leasehold_model::role::Operation;
use leasehold_service::rest::call::{Call, Method, Reply};
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_service::rest::route::{About, FILTER, Note, Returns, Route};
use leasehold_store::VendorView;
use leasehold_wire::entity;

use super::change::Change;
use super::parameters;
use super::resource::{FORCE_CASCADE, captured, nothing, one_item, page, reply};
use crate::App;
use crate::app::input;
use crate::app::names::{self, Names};
use crate::app::notification;

const COLLECTION: &str = "/notification";
const ITEM: &str = "/notification/{notificationNumber}";

pub(super) fn routes() -> Vec<Route<App>> {
    let operation = Operation::ManageNotifications;
    let one = Returns::Item("Notification");
    vec![
        Route {
            method: Method::Get,
            path: COLLECTION,
            operation,
            about: About {
                summary: "List the notifications",
                parameters: &[FILTER],
                returns: Returns::Page("Notification"),
                notes: &[],
            },
            handler: |app, call| Box::pin(list(app, call)),
        },
        Route {
            method: Method::Get,
            path: ITEM,
            operation,
            about: About {
                summary: "Read a notification",
                parameters: &[],
                returns: one,
                notes: &[],
            },
            handler: |app, call| Box::pin(read(app, call)),
        },
        Route {
            method: Method::Post,
            path: COLLECTION,
            operation,
            about: About {
                summary: "Create a notification; the reply tells its secret, once",
                parameters: parameters::NOTIFICATION,
                returns: one,
                notes: &[Note::NeedsPlan],
            },
            handler: |app, call| Box::pin(create(app, call)),
        },
        Route {
            method: Method::Post,
            path: ITEM,
            operation,
            about: About {
                summary: "Update a notification",
                parameters: parameters::NOTIFICATION_UPDATE,
                returns: one,
                notes: &[],
            },
            handler: |app, call| Box::pin(update(app, call)),
        },
        Route {
            method: Method::Delete,
            path: ITEM,
            operation,
            about: About {
                summary: "Delete a notification, and cancel what waits for its endpoint",
                parameters: &[FORCE_CASCADE],
                returns: Returns::Nothing,
                notes: &[],
            },
            handler: |app, call| Box::pin(delete(app, call)),
        },
        Route {
            method: Method::Get,
            path: "/notification/{notificationNumber}/delivery",
            operation,
            about: About {
                summary: "List the latest deliveries, the newest first",
                parameters: &[FILTER],
                returns: Returns::Page("NotificationDelivery"),
                notes: &[],
            },
            handler: |app, call| Box::pin(deliveries(app, call)),
        },
    ]
}

async fn list(app: &App, call: Call) -> Result<Reply, Problem> {
    let form = call.form;
    let look = move |view: &VendorView<'_>| {
        let all = view.notifications();
        let items = all.map(|stored| entity::notification(&stored.notification));
        page(items.collect(), &form, names::NOTIFICATION)
    };
    Ok(app.store.read(&call.principal.vendor, look).await?)
}

async fn read(app: &App, call: Call) -> Result<Reply, Problem> {
    let number = captured(&call);
    let look = move |view: &VendorView<'_>| {
        let stored = view.notification(&number)?;
        Some(entity::notification(&stored.notification))
    };
    let item = app.store.read(&call.principal.vendor, look).await?;
    Ok(reply(vec![
        item.ok_or(Problem::NotFound(Entity::Notification))?,
    ]))
}

async fn create(app: &App, call: Call) -> Result<Reply, Problem> {
    let installation = Arc::clone(&app.installation);
    let change = Change::of(&call, "notification.create");
    let form = call.form;
    change
        .commit(app, move |view| {
            Ok(notification::create(view, &installation, &form)?.map(one_item))
        })
        .await
}

async fn update(app: &App, call: Call) -> Result<Reply, Problem> {
    let installation = Arc::clone(&app.installation);
    let change = Change::of(&call, "notification.update");
    let number = captured(&call);
    let form = call.form;
    change
        .commit(app, move |view| {
            let edit = notification::update(view, &installation, &number, &form)?;
            Ok(edit.map(one_item))
        })
        .await
}

async fn delete(app: &App, call: Call) -> Result<Reply, Problem> {
    let change = Change::of(&call, "notification.delete");
    let number = captured(&call);
    // Nothing depends on one, but what cannot be read is refused as everywhere.
    input::force_cascade(&call.form)?;
    change
        .commit(app, move |view| {
            Ok(notification::delete(view, &number)?.map(nothing))
        })
        .await
}

async fn deliveries(app: &App, call: Call) -> Result<Reply, Problem> {
    let number = captured(&call);
    let form = call.form;
    let look = move |view: &VendorView<'_>| {
        let all = notification::deliveries(view, &number)?;
        Ok::<_, Problem>(page(all, &form, Names::NONE))
    };
    app.store.read(&call.principal.vendor, look).await?
}
