//! Taking in: from judged packages to one edit of the store.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use leasehold_model::trusted_time::ClockState;
use leasehold_store::{Account, Edit, Origin, Store};

use super::Imported;
use super::judge::Taken;
use super::plan::Plan;
use crate::error::AgentError;
use crate::signing;

/// Writes all packages, which are of one vendor, and its account in one transaction. Fails with nothing
/// written. `clock` is what a running agent thinks of the system's; else it is judged by `now`.
pub(super) async fn write(
    store: &Store,
    taken: Vec<Taken>,
    force: bool,
    now: Timestamp,
    clock: Option<ClockState>,
) -> Result<Imported, AgentError> {
    // The newest package knows the vendor's settings best.
    let Some(newest) = taken.iter().max_by_key(|package| package.assets.made_at) else {
        return Ok(Imported::default());
    };
    // With nothing to sign in with.
    let account = Account {
        vendor: newest.assets.vendor.clone(),
        password: None,
        revision: 0,
    };
    let directory = store.directory().to_owned();
    // What the packages hold is handed on and not copied: there may be very much of it. Nobody shares
    // an agent's store, so that an edit is made once.
    let taken = Mutex::new(taken);
    store
        .edit_with_account(account, origin(), now, move |view| {
            let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
            let mut plan = Plan::of(view, &mut taken, force, now, clock)?;
            signing::keep(&directory, &taken, &mut plan.writes)?;
            Ok(Edit {
                outcome: Imported {
                    lines: plan.lines,
                    warnings: plan.warnings,
                },
                writes: plan.writes,
            })
        })
        .await?
}

fn origin() -> Origin {
    Origin {
        actor: "local".into(),
        action: "agent.import",
    }
}
