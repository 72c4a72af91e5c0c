//! Notifications: where a vendor wants to be told of events (wire contract, 7.12).

use alloc::boxed::Box;

use crate::event::EventSet;
use crate::number::NotificationNumber;
use crate::property::Properties;

/// A notification by webhook, the one protocol there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Unique within the vendor.
    pub number: NotificationNumber,
    /// Inactive: nothing is queued for it, and what waits goes on waiting.
    pub active: bool,
    /// For people.
    pub name: Box<str>,
    /// What it is told of; at least one.
    pub events: EventSet,
    /// An absolute http or https URL.
    pub endpoint: Box<str>,
    /// The template of the body; `None` means the whole event, `{$}`.
    pub payload: Option<Box<str>>,
    /// Whatever else the vendor keeps here.
    pub custom: Properties,
}
