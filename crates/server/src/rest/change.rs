//! A change on behalf of a call: durable together with its audit row and, when the call has a key,
//! with the reply that a repetition of it is given.

use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::number::VendorNumber;
use leasehold_service::rest::call::{Call, Reply};
use leasehold_service::rest::problem::Problem;
use leasehold_store::{CallKey, Edit, Origin, Record, RememberedReply, VendorView, Write};

use super::remembered;
use crate::App;

/// A call that changes something: whose state, who asks, and how the reply is remembered.
pub(super) struct Change {
    vendor: VendorNumber,
    origin: Origin,
    key: Option<CallKey>,
    now: Timestamp,
}

impl Change {
    /// The change that `call` asks for; `action` is for the audit log.
    pub(super) fn of(call: &Call, action: &'static str) -> Self {
        Self {
            vendor: call.principal.vendor.clone(),
            origin: Origin {
                actor: call.principal.actor.clone(),
                action,
            },
            key: call.key,
            now: call.now,
        }
    }

    /// Makes the change durable as a whole, the reply to be given again along with it.
    pub(super) async fn commit(
        self,
        app: &App,
        edit: impl Fn(&VendorView<'_>) -> Result<Edit<Reply>, Problem> + Send + Sync + 'static,
    ) -> Result<Reply, Problem> {
        let Self {
            vendor,
            origin,
            key,
            now,
        } = self;
        let installation = Arc::clone(&app.installation);
        let edit = move |view: &VendorView<'_>| {
            let mut edit = edit(view)?;
            if let Some(call) = key {
                let reply = remembered::seal(&installation, &edit.outcome.remembered());
                let reply = RememberedReply { call, reply };
                edit.writes.push(Write::Record(Record::Reply(reply)));
            }
            Ok(edit)
        };
        app.store.edit(&vendor, origin, now, edit).await?
    }
}
