//! A decision about one licensee: under its lock, in memory.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::change::LicenseeChange;
use leasehold_model::event::EventSet;
use leasehold_model::number::LicenseeNumber;
use leasehold_model::snapshot::{LicenseeAggregate, Snapshot, Subject};
use leasehold_model::vendor::TtlMinutes;

use crate::command::{Command, Step};
use crate::error::StoreError;
use crate::footprint::Reach;
use crate::inner::{ColdBody, Inner, lock, read, write};
use crate::memory::{
    Entry, NameChanges, Names, Slot, VendorCell, VendorState, changes_names, changes_weight,
    is_refusal, rests_on_body,
};
use crate::others::Moment;
use crate::record;
use crate::write::{Decided, Origin, Record};

/// What one decision is about.
pub(crate) struct Question<'a> {
    pub(crate) cell: &'a VendorCell,
    pub(crate) licensee: &'a str,
    pub(crate) product: Option<&'a str>,
    pub(crate) origin: Origin,
    pub(crate) now: Timestamp,
    /// True when memory is new enough to deny something.
    pub(crate) may_deny: bool,
}

/// How an attempt to decide ended.
pub(crate) enum Attempt<T, E> {
    /// With an answer, which may leave once the commands that it rests on are durable: the newest
    /// edit, and the newest about the licensee.
    Settled {
        answer: Result<T, E>,
        awaited: [u64; 2],
    },
    /// The licensee's body must be read first.
    Cold(Arc<Entry>),
    /// With a denial, which memory as it is must not give.
    Denied,
}

impl Inner {
    /// Decides, unless the licensee is not in memory. `cold` is the body read after an attempt
    /// before, which counts when nothing has happened to the licensee meanwhile.
    pub(crate) fn attempt<T, E>(
        &self,
        question: &Question<'_>,
        state: &VendorState,
        cold: Option<ColdBody>,
        decide: &impl Fn(Snapshot<'_>) -> Result<Decided<T>, E>,
    ) -> Result<Attempt<T, E>, StoreError> {
        self.progress.check()?;
        let basis = self.others.applied();
        let ttl = read(&question.cell.account).vendor.ttl;
        let awaited_events = state.books.awaited_events();
        let mut cold = cold;
        loop {
            let found = read(&state.names).licensee(question.licensee).cloned();
            let Some(entry) = found else {
                return self.decide_unknown(question, state, ttl, decide);
            };
            let mut slot = entry.lock();
            let body = match (self.cache.open(&entry, &mut slot)?, cold.take()) {
                (Some(body), _) => body,
                (None, Some(cold)) if cold.version == slot.version => {
                    let body = Arc::clone(&cold.body);
                    self.cache.put(&entry, &mut slot, cold.body);
                    body
                }
                (None, _) => {
                    drop(slot);
                    return Ok(Attempt::Cold(entry));
                }
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
                awaited_events,
                subject: Subject::Known {
                    product,
                    licensee: &body,
                    stateful: state.books.stateful_rights(entry.id),
                },
            });
            let (answer, queued) = match decision {
                Err(refusal) => (Err(refusal), 0),
                Ok(Decided { denies: true, .. }) if !question.may_deny => {
                    return Ok(Attempt::Denied);
                }
                Ok(Decided {
                    outcome,
                    changes,
                    records,
                    ..
                }) => {
                    let decided = (changes, records);
                    let found = (&entry, &mut *slot, body);
                    let queued = self.change(question, state, basis, found, decided)?;
                    (Ok(outcome), queued)
                }
            };
            let awaited = [state.edited, slot.awaited.max(queued)];
            drop(slot);
            self.cache.trim(&self.progress);
            return Ok(Attempt::Settled { answer, awaited });
        }
    }

    fn decide_unknown<T, E>(
        &self,
        question: &Question<'_>,
        state: &VendorState,
        ttl: TtlMinutes,
        decide: &impl Fn(Snapshot<'_>) -> Result<Decided<T>, E>,
    ) -> Result<Attempt<T, E>, StoreError> {
        let number = LicenseeNumber::parse(question.licensee)
            .map_err(|source| StoreError::MalformedNumber(question.licensee.into(), source))?;
        let product = question
            .product
            .and_then(|number| state.catalogue.product(number));
        let subject = Subject::Unknown {
            number: &number,
            product: product.map(|tree| &**tree),
        };
        let snapshot = Snapshot {
            ttl,
            awaited_events: EventSet::NONE,
            subject,
        };
        let answer = match decide(snapshot) {
            Ok(decided) if !decided.changes.is_empty() || !decided.records.is_empty() => {
                return Err(StoreError::absent("licensee", number));
            }
            Ok(decided) => Ok(decided.outcome),
            Err(refusal) => Err(refusal),
        };
        let awaited = [state.edited, 0];
        Ok(Attempt::Settled { answer, awaited })
    }

    /// Checks, applies and queues changes with their records; returns the command to wait for, 0
    /// when there is none.
    fn change(
        &self,
        question: &Question<'_>,
        state: &VendorState,
        basis: Moment,
        (entry, slot, mut body): (&Arc<Entry>, &mut Slot, Arc<LicenseeAggregate>),
        (changes, mut records): (Vec<LicenseeChange>, Vec<Record>),
    ) -> Result<u64, StoreError> {
        slot.drop_repeated_refusals(&mut records, question.now);
        if changes.is_empty() && records.is_empty() {
            return Ok(0);
        }
        let is_optional =
            changes.iter().all(LicenseeChange::is_cache) && records.iter().all(Record::is_optional);
        let place = match self.queue.reserve() {
            // Losing it loses nothing, so the answer need not fail for it.
            Err(StoreError::Busy) if is_optional => return Ok(0),
            place => place?,
        };
        let calls: Vec<_> = records.iter().filter_map(Record::call).collect();
        let tells_refusal = records.iter().any(is_refusal);
        let resolve = |names: &Names, body: &LicenseeAggregate| {
            let mut names = NameChanges::new(names);
            let mut staged = Staged::new(body, &changes);
            let mut steps = Vec::with_capacity(changes.len() + records.len());
            for (at, change) in changes.iter().enumerate() {
                if rests_on_body(change) {
                    staged.advance(at);
                }
                let step = names.resolve(
                    &state.catalogue,
                    &self.ids,
                    entry,
                    &staged.body,
                    change,
                    question.now,
                )?;
                steps.push(Step::Licensee(step));
            }
            for record in records {
                let step = record::step(&names, &state.books, &self.ids, record, question.now);
                steps.extend(step);
            }
            Ok::<_, StoreError>((steps, names.finish()))
        };
        let takes_names = changes.iter().any(changes_names);
        let queue = |steps: Vec<Step>, body: &LicenseeAggregate| {
            let announces = steps.iter().any(Step::concerns_outbox);
            let sequence = place.fill(Command {
                vendor: question.cell.id,
                vendor_number: question.cell.number.clone(),
                licensee: Some(body.licensee.number.clone()),
                origin: question.origin.clone(),
                at: question.now,
                steps,
                basis,
                reach: if takes_names {
                    Reach::Names
                } else {
                    Reach::Licensees
                },
                touched: vec![entry.id],
                newest_id: self.ids.newest(),
            });
            if announces {
                self.outbox.send_replace(sequence);
            }
            sequence
        };
        // Held until the command is queued: another licensee's decision may use the same key.
        let mut answered = (!calls.is_empty()).then(|| lock(&state.calls));
        if let Some(answered) = &answered {
            for call in &calls {
                answered.check(call, question.now)?;
            }
        }
        let sequence = if takes_names {
            // Queued under the lock of the names, so that a number freed by one licensee and taken
            // by another reaches the disk in that order.
            let mut names = write(&state.names);
            let (steps, delta) = resolve(&names, &body)?;
            names.apply(delta);
            queue(steps, &body)
        } else {
            let (steps, _) = resolve(&read(&state.names), &body)?;
            queue(steps, &body)
        };
        if let Some(answered) = &mut answered {
            for call in &calls {
                answered.put(call, question.now);
            }
        }
        drop(answered);
        // Out of the slot meanwhile: a body with one owner changes in place.
        let was_open = slot.let_go();
        for change in &changes {
            Arc::make_mut(&mut body).apply(change);
        }
        let is_heavier = changes.iter().any(changes_weight);
        self.cache.take_back(slot, body, was_open, is_heavier);
        slot.version += 1;
        slot.queued = sequence;
        if tells_refusal {
            slot.refusal_told = Some(Box::new(question.now));
        }
        if is_optional {
            return Ok(0);
        }
        slot.awaited = sequence;
        Ok(sequence)
    }
}

/// A body as it will be after some of the changes that are decided. Mostly nobody asks for more than none of
/// them, and nothing is copied.
struct Staged<'a> {
    body: Cow<'a, LicenseeAggregate>,
    changes: &'a [LicenseeChange],
    applied: usize,
}

impl<'a> Staged<'a> {
    fn new(body: &'a LicenseeAggregate, changes: &'a [LicenseeChange]) -> Self {
        Self {
            body: Cow::Borrowed(body),
            changes,
            applied: 0,
        }
    }

    /// Applies those before the change at this place.
    fn advance(&mut self, at: usize) {
        for change in &self.changes[self.applied..at] {
            self.body.to_mut().apply(change);
        }
        self.applied = at;
    }
}

fn answers_to(aggregate: &LicenseeAggregate, name: &str) -> bool {
    let licensee = &aggregate.licensee;
    licensee.number.as_str() == name || licensee.aliases.iter().any(|alias| alias.as_str() == name)
}
