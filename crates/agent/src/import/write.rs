//! Taking in: from judged packages to one edit of the store.

use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::vendor::Vendor;
use leasehold_store::{Account, Edit, Origin, Store};

use super::Imported;
use super::judge::Taken;
use super::plan::Plan;
use crate::error::AgentError;

/// Writes all packages, which are of one vendor, in one transaction. Fails with nothing written.
pub(super) async fn write(
    store: &Store,
    taken: Vec<Taken>,
    force: bool,
    now: Timestamp,
) -> Result<Imported, AgentError> {
    // The newest package knows the vendor's settings best.
    let Some(newest) = taken.iter().max_by_key(|package| package.assets.made_at) else {
        return Ok(Imported::default());
    };
    let vendor = newest.assets.vendor.clone();
    let number = vendor.number.clone();
    let taken = Arc::new(taken);
    if store.account(&number).is_some() {
        // What is refused must have changed nothing, the account included.
        let taken = Arc::clone(&taken);
        store
            .read(&number, move |view| {
                Plan::of(view, &taken, force, now).map(drop)
            })
            .await??;
    }
    put_account(store, &vendor, now).await?;
    store
        .edit(&number, origin(), now, move |view| {
            let plan = Plan::of(view, &taken, force, now)?;
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

/// The vendor's account, with nothing to sign in with.
async fn put_account(store: &Store, vendor: &Vendor, now: Timestamp) -> Result<(), AgentError> {
    let present = store.account(&vendor.number);
    if present.is_some_and(|account| account.vendor == *vendor) {
        return Ok(());
    }
    let account = Account {
        vendor: vendor.clone(),
        password: None,
        revision: 0,
    };
    Ok(store.put_account(account, origin(), now).await?)
}

fn origin() -> Origin {
    Origin {
        actor: "local".into(),
        action: "agent.import",
    }
}
