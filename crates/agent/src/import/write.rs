//! Taking in: from judged packages to one edit of the store.

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
    let directory = store.directory().to_owned();
    // With nothing to sign in with.
    let account = Account {
        vendor: newest.assets.vendor.clone(),
        password: None,
        revision: 0,
    };
    store
        .edit_with_account(account, origin(), now, move |view| {
            let mut plan = Plan::of(view, &taken, force, now, clock)?;
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
