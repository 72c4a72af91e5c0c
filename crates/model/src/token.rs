//! Tokens: API keys, which programs sign in with, and tickets, which open a page to a person.

use alloc::boxed::Box;
use jiff::Timestamp;

use crate::number::LicenseeNumber;
use crate::property::Properties;
use crate::role::ApiKeyRole;

/// A token of type APIKEY, without its number: the number is the key itself, and only the server
/// that made it can tell it again. How it is found differs: the server looks it up by a keyed
/// hash, the agent by the salted digest that came with a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Inactive keys open nothing.
    pub active: bool,
    /// What it may do.
    pub role: ApiKeyRole,
    /// The one licensee it is for; it may then validate and transfer for that one only, whatever its role.
    pub licensee: Option<LicenseeNumber>,
    /// When it ends; never, when not given.
    pub expires: Option<Timestamp>,
    /// For people.
    pub name: Option<Box<str>>,
    /// Whatever else the vendor keeps here.
    pub custom: Properties,
}

impl ApiKey {
    /// True when the key opens anything at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.active && self.expires.is_none_or(|end| now < end)
    }
}

/// A token, without its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// What a program signs in with.
    ApiKey(ApiKey),
    /// What a person is handed.
    Ticket(Ticket),
}

/// A token of another type than APIKEY. It opens nothing of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Which type.
    pub kind: TicketKind,
    /// Inactive ones are listed all the same.
    pub active: bool,
    /// Whom it is for.
    pub licensee: Option<LicenseeNumber>,
    /// When it ends; never, for a permanent shop token.
    pub expires: Option<Timestamp>,
    /// The properties of its type, and whatever else the vendor keeps here.
    pub properties: Properties,
}

/// The types of tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketKind {
    /// For one use.
    Default,
    /// Opens the vendor's shop.
    Shop,
    /// Lets a licensee into the customer portal.
    Action,
}

impl TicketKind {
    /// Reads the wire's exact spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Default, Self::Shop, Self::Action]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }

    /// The wire's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "DEFAULT",
            Self::Shop => "SHOP",
            Self::Action => "ACTION",
        }
    }
}

impl Token {
    /// The API key, when it is one.
    pub fn api_key(&self) -> Option<&ApiKey> {
        match self {
            Self::ApiKey(key) => Some(key),
            Self::Ticket(_) => None,
        }
    }

    /// The one licensee it is for.
    pub fn licensee(&self) -> Option<&LicenseeNumber> {
        match self {
            Self::ApiKey(key) => key.licensee.as_ref(),
            Self::Ticket(ticket) => ticket.licensee.as_ref(),
        }
    }

    /// The same token for another licensee: it was renamed.
    #[must_use]
    pub fn with_licensee(mut self, licensee: LicenseeNumber) -> Self {
        match &mut self {
            Self::ApiKey(key) => key.licensee = Some(licensee),
            Self::Ticket(ticket) => ticket.licensee = Some(licensee),
        }
        self
    }

    /// When it ends.
    pub fn expires(&self) -> Option<Timestamp> {
        match self {
            Self::ApiKey(key) => key.expires,
            Self::Ticket(ticket) => ticket.expires,
        }
    }
}
