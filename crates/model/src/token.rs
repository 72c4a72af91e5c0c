//! API keys: what a program signs in with.

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
