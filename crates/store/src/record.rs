//! Records: what is written along with a change.

use std::collections::HashSet;

use jiff::Timestamp;
use leasehold_model::number::LicenseNumber;
use leasehold_model::property::Properties;
use leasehold_model::transaction::{Transaction, TransactionStatus};

use crate::command::{JoinedLicense, Step};
use crate::ids::{EventId, Ids, TransactionId};
use crate::memory::{Books, NameChanges};
use crate::write::{Announcement, AutoTransaction, CallKey, Record};

/// Resolves a record to its step; `None` when nobody listens to what it announces. `names` are as
/// they will be once what it goes along with has applied.
pub(crate) fn step(
    names: &NameChanges<'_>,
    books: &Books,
    ids: &Ids,
    record: Record,
    now: Timestamp,
) -> Option<Step> {
    match record {
        Record::Transaction(entry) => Some(transaction(names, ids, entry, now)),
        Record::Announcement(announcement) => announce(books, ids, announcement, now),
        Record::Reply(reply) => Some(Step::Remember(reply)),
    }
}

fn transaction(names: &NameChanges<'_>, ids: &Ids, entry: AutoTransaction, now: Timestamp) -> Step {
    Step::CreateTransaction {
        id: TransactionId(ids.next(now)),
        transaction: Transaction {
            number: entry.number,
            active: true,
            status: TransactionStatus::Closed,
            source: entry.source,
            amounts: None,
            created: now,
            closed: Some(now),
            payment_method: None,
            licensee: entry.licensee,
            custom: Properties::new(),
        },
        is_drawn: true,
        joined: joined(names, entry.licenses),
    }
}

/// Licenses with the rows they have, each once.
pub(crate) fn joined(names: &NameChanges<'_>, licenses: Vec<LicenseNumber>) -> Vec<JoinedLicense> {
    let mut seen = HashSet::new();
    licenses
        .into_iter()
        .filter(|number| seen.insert(number.clone()))
        .map(|number| JoinedLicense {
            id: names.license(&number).map(|place| place.id),
            number,
        })
        .collect()
}

fn announce(books: &Books, ids: &Ids, announcement: Announcement, now: Timestamp) -> Option<Step> {
    let listeners = books.listeners(announcement.kind);
    (!listeners.is_empty()).then(|| Step::Announce {
        id: EventId(ids.next(now)),
        announcement,
        listeners,
    })
}

impl Record {
    /// True for what an answer need not wait for.
    pub(crate) fn is_optional(&self) -> bool {
        matches!(self, Self::Announcement(_))
    }

    /// The call that it remembers the reply to.
    pub(crate) fn call(&self) -> Option<CallKey> {
        match self {
            Self::Reply(reply) => Some(reply.call),
            Self::Transaction(_) | Self::Announcement(_) => None,
        }
    }
}
