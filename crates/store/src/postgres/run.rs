//! What validations change, many commands at once: one statement for each kind of row.
//!
//! Steps that follow each other without one of another kind among them are a *run*. What a run does
//! to one row is folded into what it comes to, so that a statement meets each row once; the rows are
//! the same as if each step had been written by the shared SQL, one after the other.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

use leasehold_model::change::LicenseeChange;
use leasehold_model::timestamp::format_timestamp;

use self::newcomers::Newcomers;
use self::statements::{
    DELIVERIES, DROPPED, EVENTS, HELD, JOINED, NODES, REPLIES, SECRETS, STARTS, TRANSACTIONS,
    USAGE, USED, WARNINGS,
};
use super::group::Group;
use super::session::Session;
use crate::command::{Command, LicenseePart, LicenseeStep, Step};
use crate::error::StoreError;
use crate::ids::{LicenseId, LicenseeId, VendorId};
use crate::sql::apply::{At, transaction_row};
use crate::sql::text::{write_properties, write_warning_levels};
use crate::sql::values;
use crate::write::{Announcement, RememberedReply};

mod newcomers;
mod statements;

type LicenseeKey = (VendorId, LicenseeId);
type LicenseKey = (VendorId, LicenseeId, LicenseId);

/// See above. Borrows from the commands.
#[derive(Debug)]
pub(super) struct Run<'c> {
    newcomers: Newcomers<'c>,
    sessions: BTreeMap<(LicenseKey, &'c str), SessionEnd>,
    used: BTreeMap<LicenseKey, i64>,
    usage: Group,
    starts: BTreeMap<LicenseKey, jiff::Timestamp>,
    nodes: BTreeMap<(LicenseKey, u32), &'c str>,
    secrets: BTreeMap<LicenseeKey, &'c str>,
    warnings: BTreeMap<LicenseeKey, String>,
    replies: BTreeMap<(VendorId, [u8; 32]), (&'c RememberedReply, i64)>,
    transactions: Group,
    joined: Group,
    events: Group,
    deliveries: Group,
}

/// What becomes of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SessionEnd {
    Held {
        until: jiff::Timestamp,
        taken: i64,
        /// A stored session that lives beyond this instant keeps the position where it was taken.
        live_after_ms: i64,
    },
    Dropped,
}

impl SessionEnd {
    /// A seat that was certainly not held before.
    const NEVER_LIVE: i64 = i64::MAX;

    fn hold(before: Option<Self>, at: &At, until: jiff::Timestamp) -> Self {
        let (taken, live_after_ms) = match before {
            None => (at.position, at.at_ms),
            Some(Self::Held {
                until,
                taken,
                live_after_ms,
            }) if until.as_millisecond() > at.at_ms => (taken, live_after_ms),
            Some(_) => (at.position, Self::NEVER_LIVE),
        };
        Self::Held {
            until,
            taken,
            live_after_ms,
        }
    }
}

impl<'c> Run<'c> {
    pub(super) fn new() -> Self {
        Self {
            newcomers: Newcomers::new(),
            sessions: BTreeMap::new(),
            used: BTreeMap::new(),
            usage: Group::new(USAGE),
            starts: BTreeMap::new(),
            nodes: BTreeMap::new(),
            secrets: BTreeMap::new(),
            warnings: BTreeMap::new(),
            replies: BTreeMap::new(),
            transactions: Group::new(TRANSACTIONS),
            joined: Group::new(JOINED),
            events: Group::new(EVENTS),
            deliveries: Group::new(DELIVERIES),
        }
    }

    /// True when all that the command does can be part of a run. A license counts as one that
    /// comes with its licensee, and not as one that is rewritten, where both come in one command.
    pub(super) fn takes(command: &Command) -> bool {
        let (mut licensees, mut licenses) = (HashSet::new(), HashSet::new());
        command.steps.iter().all(|step| match step {
            Step::CreateLicensee { id, .. } => licensees.insert(*id),
            Step::Licensee(LicenseeStep { id, part }) => match part {
                LicenseePart::Own(change) => matches!(
                    change,
                    LicenseeChange::StoreSecret(_) | LicenseeChange::Warn(_)
                ),
                LicenseePart::PutLicense { id: license, .. } => {
                    licensees.contains(id) && licenses.insert(*license)
                }
                LicenseePart::Use(..) | LicenseePart::License(..) => true,
                LicenseePart::RemoveLicense(..) => false,
            },
            Step::CreateTransaction { is_drawn, .. } => *is_drawn,
            Step::Announce { .. } | Step::Remember(_) => true,
            _ => false,
        })
    }

    /// Adds a step of a command that the run takes.
    pub(super) fn add(&mut self, at: &At, step: &'c Step) {
        match step {
            Step::CreateLicensee {
                product,
                id,
                licensee,
            } => self.newcomers.licensee(at, *product, *id, licensee),
            Step::Licensee(step) => match &step.part {
                LicenseePart::Own(change) => self.change_own((at.vendor, step.id), change),
                LicenseePart::PutLicense {
                    id,
                    template,
                    license,
                } => {
                    let key = (at.vendor, step.id, *id);
                    self.warnings.remove(&(at.vendor, step.id));
                    self.newcomers.license(at, key, *template, license);
                }
                LicenseePart::Use(id, used) => {
                    self.add_use(at, (at.vendor, step.id, *id), used.amount);
                }
                LicenseePart::License(id, change) => {
                    self.change_license(at, (at.vendor, step.id, *id), change);
                }
                LicenseePart::RemoveLicense(..) => {}
            },
            Step::CreateTransaction {
                id,
                transaction,
                joined,
                ..
            } => {
                let properties = write_properties(&transaction.custom);
                let number = transaction.number.as_str();
                let row = transaction_row(at, id.0, number, transaction, &properties);
                self.transactions.push(&row);
                for (place, license) in (0_i64..).zip(joined) {
                    self.joined.push(values![
                        at.vendor.0,
                        id.0,
                        place,
                        license.id.map(|id| id.0),
                        license.number.as_str(),
                    ]);
                }
            }
            Step::Announce {
                id,
                announcement,
                listeners,
            } => {
                self.announce(at, id.0, announcement);
                let lane = announcement.licensee.as_ref().map(|number| number.as_str());
                for listener in listeners {
                    self.deliveries.push(values![
                        at.vendor.0,
                        listener.0,
                        id.0,
                        lane.unwrap_or_default(),
                        at.at_ms,
                    ]);
                }
            }
            Step::Remember(reply) => {
                let key = (at.vendor, reply.call.key);
                self.replies.insert(key, (reply, at.at_ms));
            }
            _ => {}
        }
    }

    fn announce(&mut self, at: &At, id: i64, announcement: &Announcement) {
        self.events.push(values![
            at.vendor.0,
            id,
            announcement.id,
            announcement.kind.as_str(),
            announcement.licensee.as_ref().map(|number| number.as_str()),
            announcement.entities,
            at.at_ms,
        ]);
    }

    fn change_own(&mut self, key: LicenseeKey, change: &'c LicenseeChange) {
        match change {
            LicenseeChange::StoreSecret(secret) => {
                self.secrets.insert(key, secret.expose());
            }
            LicenseeChange::Warn(levels) => {
                self.warnings.insert(key, write_warning_levels(levels));
            }
            _ => {}
        }
    }

    fn add_use(&mut self, at: &At, key: LicenseKey, amount: i64) {
        let used = self.used.entry(key).or_default();
        let already = *used;
        *used = already.saturating_add(amount);
        self.usage.push(values![
            key.0.0,
            key.1.0,
            key.2.0,
            at.position,
            at.place,
            already,
            *used,
            at.at_ms,
        ]);
    }

    fn change_license(&mut self, at: &At, key: LicenseKey, change: &'c LicenseeChange) {
        match change {
            LicenseeChange::Start { at: start, .. } => {
                self.starts.insert(key, *start);
            }
            LicenseeChange::HoldSession { session, until, .. } => {
                let until = written(*until);
                match self.sessions.entry((key, session)) {
                    Entry::Vacant(place) => {
                        place.insert(SessionEnd::hold(None, at, until));
                    }
                    Entry::Occupied(mut end) => {
                        let before = *end.get();
                        end.insert(SessionEnd::hold(Some(before), at, until));
                    }
                }
            }
            LicenseeChange::DropSession { session, .. } => {
                self.sessions.insert((key, session), SessionEnd::Dropped);
            }
            LicenseeChange::BindNode { slot, secret, .. } => {
                self.nodes.insert((key, *slot), secret);
            }
            _ => {}
        }
    }

    /// Queues the run's statements, and begins another run.
    pub(super) fn write(&mut self, session: &Session) -> Result<(), StoreError> {
        let done = std::mem::replace(self, Self::new());
        for group in done.into_groups() {
            if let Some(statement) = group.into_statement() {
                session.enqueue(statement)?;
            }
        }
        Ok(())
    }

    /// In the order in which they are written: what is referred to comes first, and uses before
    /// what they add up to.
    fn into_groups(self) -> impl Iterator<Item = Group> {
        let (held, dropped) = sessions(&self.sessions);
        let used = each(
            USED,
            &self.used,
            |(vendor, licensee, license), total, row| {
                row.push(values![vendor.0, licensee.0, license.0, *total]);
            },
        );
        let starts = each(
            STARTS,
            &self.starts,
            |(vendor, licensee, license), at, row| {
                let text = format_timestamp(*at);
                let at_ms = written(*at).as_millisecond();
                row.push(values![vendor.0, licensee.0, license.0, text, at_ms]);
            },
        );
        let nodes = each(
            NODES,
            &self.nodes,
            |((vendor, licensee, license), slot), secret, row| {
                row.push(values![vendor.0, licensee.0, license.0, *slot, *secret]);
            },
        );
        let secrets = each(SECRETS, &self.secrets, |(vendor, licensee), secret, row| {
            row.push(values![vendor.0, licensee.0, *secret]);
        });
        let warnings = each(
            WARNINGS,
            &self.warnings,
            |(vendor, licensee), levels, row| {
                row.push(values![vendor.0, licensee.0, levels]);
            },
        );
        let replies = each(
            REPLIES,
            &self.replies,
            |(vendor, key), (reply, at_ms), row| {
                row.push(values![
                    vendor.0,
                    key,
                    reply.call.request,
                    reply.reply,
                    *at_ms
                ]);
            },
        );
        let changes = [
            self.transactions,
            self.joined,
            dropped,
            held,
            self.usage,
            used,
            starts,
            nodes,
            secrets,
            warnings,
            self.events,
            self.deliveries,
            replies,
        ];
        self.newcomers.into_groups().chain(changes)
    }
}

/// An instant as its text tells it.
fn written(at: jiff::Timestamp) -> jiff::Timestamp {
    leasehold_model::timestamp::parse_timestamp(&format_timestamp(at)).unwrap_or(at)
}

fn each<K, V>(
    sql: &'static str,
    rows: &BTreeMap<K, V>,
    mut add: impl FnMut(&K, &V, &mut Group),
) -> Group {
    let mut group = Group::new(sql);
    for (key, value) in rows {
        add(key, value, &mut group);
    }
    group
}

/// Those that are held, and those that are gone.
fn sessions(ends: &BTreeMap<(LicenseKey, &str), SessionEnd>) -> (Group, Group) {
    let (mut held, mut dropped) = (Group::new(HELD), Group::new(DROPPED));
    for (((vendor, licensee, license), session), end) in ends {
        match end {
            SessionEnd::Held {
                until,
                taken,
                live_after_ms,
            } => held.push(values![
                vendor.0,
                licensee.0,
                license.0,
                *session,
                format_timestamp(*until),
                until.as_millisecond(),
                *taken,
                *live_after_ms,
            ]),
            SessionEnd::Dropped => {
                dropped.push(values![vendor.0, licensee.0, license.0, *session]);
            }
        }
    }
    (held, dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(position: i64, at_ms: i64) -> At {
        At {
            vendor: VendorId(1),
            position,
            place: 0,
            at_ms,
        }
    }

    fn instant(at_ms: i64) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(at_ms).unwrap()
    }

    #[test]
    fn a_seat_is_taken_where_it_was_not_held() {
        let first = SessionEnd::hold(None, &at(1, 10), instant(20));
        let held = |taken, live_after_ms, until| SessionEnd::Held {
            until: instant(until),
            taken,
            live_after_ms,
        };
        assert_eq!(first, held(1, 10, 20), "what is stored decides");
        let renewed = SessionEnd::hold(Some(first), &at(2, 19), instant(40));
        assert_eq!(renewed, held(1, 10, 40), "renewed in time");
        let late = SessionEnd::hold(Some(first), &at(2, 20), instant(40));
        assert_eq!(late, held(2, SessionEnd::NEVER_LIVE, 40), "it had lapsed");
        let again = SessionEnd::hold(Some(SessionEnd::Dropped), &at(3, 11), instant(40));
        assert_eq!(
            again,
            held(3, SessionEnd::NEVER_LIVE, 40),
            "it was given back"
        );
    }
}
