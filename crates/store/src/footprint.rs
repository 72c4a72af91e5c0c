//! What a command touches: how nodes that share a database tell each other what is no longer as they
//! remember it.

use jiff::Timestamp;

use crate::command::{Command, Step};
use crate::ids::{LicenseeId, Position, VendorId};
use crate::write::CallKey;

/// How far a command reaches into what nodes have in memory. Each reach includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// Nothing of it: the outbox lies on disk only.
    Outside,
    /// The licensees that it names.
    Licensees,
    /// Which numbers of licensees and licenses are taken, and what is listed and counted of a vendor.
    Names,
    /// A vendor's catalogue and books.
    Vendor,
    /// A vendor's account, and which there are.
    Account,
}

impl Reach {
    const ALL: [Self; 5] = [
        Self::Outside,
        Self::Licensees,
        Self::Names,
        Self::Vendor,
        Self::Account,
    ];

    /// As the feed has it.
    pub(crate) fn code(self) -> i64 {
        self as i64
    }

    /// Reads [`Reach::code`].
    pub(crate) fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|reach| reach.code() == code)
    }
}

/// What one command touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Footprint {
    /// Of its audit row.
    pub(crate) position: Position,
    pub(crate) vendor: VendorId,
    pub(crate) reach: Reach,
    /// Those that came, went or changed.
    pub(crate) licensees: Vec<LicenseeId>,
    /// The calls whose replies it remembers.
    pub(crate) calls: Vec<CallKey>,
    /// True when something may be due in the outbox.
    pub(crate) announces: bool,
    /// The newest id that its node had made.
    pub(crate) newest_id: i64,
    /// When it was decided.
    pub(crate) at: Timestamp,
    /// False for one of our own that did not come about.
    pub(crate) is_committed: bool,
}

/// What other nodes have committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Feed {
    /// How far the audit log reached when it was read.
    pub(crate) position: Position,
    /// True when there were others at all.
    pub(crate) has_others: bool,
    /// Oldest first.
    pub(crate) footprints: Vec<Footprint>,
}

impl Command {
    /// What it touches, once it has become the audit row at `position`.
    pub(crate) fn footprint(&self, position: Position) -> Footprint {
        Footprint {
            position,
            vendor: self.vendor,
            reach: self.reach,
            licensees: self.touched.clone(),
            calls: self.calls().collect(),
            announces: self.steps.iter().any(Step::concerns_outbox),
            newest_id: self.newest_id,
            at: self.at,
            is_committed: true,
        }
    }

    /// What it would have touched, had it come about.
    pub(crate) fn taken_back(&self, seen: Position) -> Footprint {
        Footprint {
            is_committed: false,
            ..self.footprint(seen)
        }
    }

    /// The calls whose replies it remembers.
    pub(crate) fn calls(&self) -> impl Iterator<Item = CallKey> {
        self.steps.iter().filter_map(|step| match step {
            Step::Remember(reply) => Some(reply.call),
            _ => None,
        })
    }
}

impl Step {
    /// How far it reaches.
    pub(crate) fn reach(&self) -> Reach {
        match self {
            Self::PutAccount(_) => Reach::Account,
            Self::PutProduct { .. }
            | Self::RemoveProduct(..)
            | Self::PutModule { .. }
            | Self::RemoveModule(..)
            | Self::PutTemplate { .. }
            | Self::RemoveTemplate(..)
            | Self::PutToken(..)
            | Self::RemoveToken(_)
            | Self::PutPackageKey(_)
            | Self::PutGeneration(_)
            | Self::PutBinding(..)
            | Self::RemoveBinding(_)
            | Self::PutImport(..)
            | Self::PutBundle(..)
            | Self::RemoveBundle(..)
            | Self::PutNotification(..)
            | Self::RemoveNotification(..)
            | Self::PutPaymentMethod(..) => Reach::Vendor,
            Self::CreateLicensee { .. }
            | Self::RemoveLicensee(..)
            | Self::CreateTransaction { .. }
            | Self::UpdateTransaction { .. } => Reach::Names,
            Self::Licensee(_) | Self::Remember(_) | Self::Announce { .. } => Reach::Licensees,
            Self::Deliver(_)
            | Self::Forget { .. }
            | Self::PutDocument(_)
            | Self::RemoveDocument(_) => Reach::Outside,
        }
    }
}
