//! A decision about one licensee: under its lock, in memory.

use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::change::{Decision, LicenseeChange};
use leasehold_model::number::LicenseeNumber;
use leasehold_model::snapshot::{LicenseeAggregate, Snapshot, Subject};
use leasehold_model::vendor::TtlMinutes;

use crate::command::{Command, Step};
use crate::error::StoreError;
use crate::inner::{ColdBody, Inner, read, write};
use crate::memory::{
    Entry, NameChanges, Names, Slot, VendorCell, VendorState, changes_names, changes_weight,
};
use crate::write::Origin;

/// What one decision is about.
pub(crate) struct Question<'a> {
    pub(crate) cell: &'a VendorCell,
    pub(crate) licensee: &'a str,
    pub(crate) product: Option<&'a str>,
    pub(crate) origin: Origin,
    pub(crate) now: Timestamp,
}

/// How an attempt to decide ended.
pub(crate) enum Attempt<T, E, F> {
    /// With an answer, which may leave once `awaited` is durable.
    Settled { answer: Result<T, E>, awaited: u64 },
    /// The licensee's body must be read first. Here is the question back.
    Cold(Arc<Entry>, F),
}

impl Inner {
    /// Decides, unless the licensee is not in memory. `cold` is the body read after an attempt
    /// before, which counts when nothing has happened to the licensee meanwhile.
    pub(crate) fn attempt<T, E, F>(
        &self,
        question: &Question<'_>,
        state: &VendorState,
        cold: Option<ColdBody>,
        decide: F,
    ) -> Result<Attempt<T, E, F>, StoreError>
    where
        F: FnOnce(Snapshot<'_>) -> Result<Decision<T>, E>,
    {
        self.progress.check()?;
        let ttl = read(&question.cell.account).vendor.ttl;
        let mut cold = cold;
        loop {
            let found = read(&state.names).licensee(question.licensee).cloned();
            let Some(entry) = found else {
                return self.decide_unknown(question, state, ttl, decide);
            };
            let mut slot = entry.lock();
            if slot.body.is_none() {
                match cold.take() {
                    Some(cold) if cold.version == slot.version => {
                        self.admit(&entry, &mut slot, cold.body);
                    }
                    _ => {
                        drop(slot);
                        return Ok(Attempt::Cold(entry, decide));
                    }
                }
            }
            let Some(body) = slot.body.clone() else {
                continue;
            };
            if !answers_to(&body, question.licensee) {
                // Renamed by another decision since it was looked up.
                continue;
            }
            let product = state
                .catalogue
                .tree(entry.product)
                .ok_or_else(|| StoreError::Damaged("a licensee has no product".into()))?;
            let decision = decide(Snapshot {
                ttl,
                subject: Subject::Known {
                    product,
                    licensee: &body,
                },
            });
            // Freed before anything applies: a body with one owner changes in place.
            drop(body);
            let before = slot.awaited.max(state.edited);
            let (answer, awaited) = match decision {
                Err(refusal) => (Err(refusal), before),
                Ok(Decision { outcome, changes }) => {
                    let queued = self.change(question, state, &entry, &mut slot, changes)?;
                    (Ok(outcome), before.max(queued))
                }
            };
            drop(slot);
            self.cache.trim(&self.progress);
            return Ok(Attempt::Settled { answer, awaited });
        }
    }

    fn decide_unknown<T, E, F>(
        &self,
        question: &Question<'_>,
        state: &VendorState,
        ttl: TtlMinutes,
        decide: F,
    ) -> Result<Attempt<T, E, F>, StoreError>
    where
        F: FnOnce(Snapshot<'_>) -> Result<Decision<T>, E>,
    {
        let number = LicenseeNumber::parse(question.licensee)
            .map_err(|source| StoreError::MalformedNumber(question.licensee.into(), source))?;
        let product = question
            .product
            .and_then(|number| state.catalogue.product(number));
        let subject = Subject::Unknown {
            number: &number,
            product: product.map(|tree| &**tree),
        };
        let answer = match decide(Snapshot { ttl, subject }) {
            Ok(decision) if !decision.changes.is_empty() => {
                return Err(StoreError::absent("licensee", number));
            }
            Ok(decision) => Ok(decision.outcome),
            Err(refusal) => Err(refusal),
        };
        let awaited = state.edited;
        Ok(Attempt::Settled { answer, awaited })
    }

    /// Checks, applies and queues changes; returns the command to wait for, 0 when there is none.
    fn change(
        &self,
        question: &Question<'_>,
        state: &VendorState,
        entry: &Arc<Entry>,
        slot: &mut Slot,
        changes: Vec<LicenseeChange>,
    ) -> Result<u64, StoreError> {
        let Some(body) = slot.body.as_mut().filter(|_| !changes.is_empty()) else {
            return Ok(0);
        };
        let is_cache = changes.iter().all(LicenseeChange::is_cache);
        let place = match self.queue.reserve() {
            // Losing it loses nothing, so the answer need not fail for it.
            Err(StoreError::Busy) if is_cache => return Ok(0),
            place => place?,
        };
        let resolve = |names: &Names, body: &LicenseeAggregate| {
            let mut names = NameChanges::new(names);
            let mut licensee = &body.licensee;
            let mut steps = Vec::with_capacity(changes.len());
            for change in &changes {
                let step = names.resolve(
                    &state.catalogue,
                    &self.ids,
                    entry,
                    licensee,
                    change,
                    question.now,
                )?;
                if let LicenseeChange::Put(put) = change {
                    licensee = put;
                }
                steps.push(Step::Licensee(step));
            }
            Ok::<_, StoreError>((steps, names.finish()))
        };
        let command = |steps, body: &LicenseeAggregate| Command {
            vendor: question.cell.id,
            vendor_number: question.cell.number.clone(),
            licensee: Some(body.licensee.number.clone()),
            origin: question.origin.clone(),
            at: question.now,
            steps,
        };
        let sequence = if changes.iter().any(changes_names) {
            // Queued under the lock of the names, so that a number freed by one licensee and taken
            // by another reaches the disk in that order.
            let mut names = write(&state.names);
            let (steps, delta) = resolve(&names, body)?;
            names.apply(delta);
            place.fill(command(steps, body))
        } else {
            let (steps, _) = resolve(&read(&state.names), body)?;
            place.fill(command(steps, body))
        };
        let body = Arc::make_mut(body);
        for change in &changes {
            body.apply(change);
        }
        slot.version += 1;
        slot.queued = sequence;
        if changes.iter().any(changes_weight) {
            self.reweigh(slot);
        }
        if is_cache {
            return Ok(0);
        }
        slot.awaited = sequence;
        Ok(sequence)
    }
}

fn answers_to(aggregate: &LicenseeAggregate, name: &str) -> bool {
    let licensee = &aggregate.licensee;
    licensee.number.as_str() == name || licensee.aliases.iter().any(|alias| alias.as_str() == name)
}
