//! The outbox: events on their way to the endpoints that listen to them.
//!
//! An event's row and those of its deliveries are written with the change that they tell of. What
//! is told to one endpoint of one licensee is told in order, so that only the first of those that
//! wait is ever due.

use jiff::Timestamp;
use leasehold_model::event::EventKind;
use leasehold_model::number::{LicenseeNumber, NotificationNumber, VendorNumber};

use crate::ids::{EventId, NotificationId, VendorId};
use crate::write::StoredNotification;

/// Names the endpoint of one notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EndpointKey {
    vendor: VendorId,
    notification: NotificationId,
}

/// Names one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeliveryKey {
    pub(crate) vendor: VendorId,
    pub(crate) notification: NotificationId,
    pub(crate) event: EventId,
}

impl DeliveryKey {
    /// The endpoint that it goes to.
    pub fn endpoint(&self) -> EndpointKey {
        EndpointKey {
            vendor: self.vendor,
            notification: self.notification,
        }
    }
}

/// An event as it was announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Constant over all attempts.
    pub id: Box<str>,
    /// What happened.
    pub kind: EventKind,
    /// To whom.
    pub licensee: Option<LicenseeNumber>,
    /// A JSON object of the entities it is about.
    pub entities: Box<str>,
    /// When.
    pub at: Timestamp,
}

/// A delivery that is due.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// To name it when it was tried.
    pub key: DeliveryKey,
    /// Whose notification it is.
    pub vendor: VendorNumber,
    /// Where it goes, as it is set now.
    pub notification: StoredNotification,
    /// What it tells.
    pub event: Event,
    /// Attempts that failed.
    pub attempts: u32,
    /// Failures of this endpoint, whatever the event, since it last took one.
    pub failures: u32,
    /// Licensees whose first message this endpoint has failed to take, and has not taken yet.
    pub failing: u32,
}

/// What is due, and when there will be more.
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// At most one for each endpoint and licensee. By turns of the endpoints, each with what has
    /// waited longest; one that fails with what it has failed to take least often.
    pub deliveries: Vec<Delivery>,
    /// When the next of those that wait is due; `None` when nothing waits.
    pub next: Option<Timestamp>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// The endpoint took it.
    Delivered,
    /// It did not, and is asked again.
    Failed {
        /// When this delivery is due again.
        retry_at: Timestamp,
        /// Until when nothing is told to the endpoint at all.
        pause_until: Option<Timestamp>,
    },
    /// It did not often enough.
    GivenUp,
}

/// An attempt at a delivery.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Which one.
    pub key: DeliveryKey,
    /// How it ended.
    pub tried: Tried,
    /// The endpoint's status, if it answered.
    pub status: Option<u16>,
    /// What went wrong, for people.
    pub fault: Option<Box<str>>,
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is still to come.
    Waiting,
    /// The endpoint took it.
    Delivered,
    /// It was given up.
    GivenUp,
}

impl DeliveryState {
    /// As the store and the log of deliveries call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Delivered => "DELIVERED",
            Self::GivenUp => "GIVEN_UP",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::GivenUp]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// A row in the log of deliveries.
#[derive(Debug, Clone)]
pub struct LoggedDelivery {
    /// Which notification it is of.
    pub notification: NotificationNumber,
    /// The event's id, constant over all attempts.
    pub event: Box<str>,
    /// What happened.
    pub kind: EventKind,
    /// To whom.
    pub licensee: Option<LicenseeNumber>,
    /// When.
    pub at: Timestamp,
    /// How far it has come.
    pub state: DeliveryState,
    /// Attempts made.
    pub attempts: u32,
    /// When the last attempt was made.
    pub tried_at: Option<Timestamp>,
    /// When the next one is due, while it waits.
    pub next_at: Option<Timestamp>,
    /// What the endpoint answered last.
    pub status: Option<u16>,
    /// What went wrong last.
    pub fault: Option<Box<str>>,
}

/// A due delivery as the engine finds it: what memory knows of its notification is added later.
#[derive(Debug)]
pub(crate) struct DueRow {
    pub(crate) key: DeliveryKey,
    pub(crate) event: Event,
    pub(crate) attempts: u32,
    pub(crate) failures: u32,
    pub(crate) failing: u32,
}

/// What the engine finds due.
#[derive(Debug, Default)]
pub(crate) struct DueRows {
    pub(crate) rows: Vec<DueRow>,
    pub(crate) next: Option<Timestamp>,
}
