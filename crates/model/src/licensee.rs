//! Licensees: whose licenses they are. A licensee is the organization (decision D3).

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::number::{LicenseeNumber, ProductModuleNumber};
use crate::property::Properties;

/// A licensee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licensee {
    /// Unique within the vendor, also among all aliases.
    pub number: LicenseeNumber,
    /// Inactive: nothing validates and nothing changes (G-6).
    pub active: bool,
    /// For people.
    pub name: Option<Box<str>>,
    /// Deprecated, still served (G-11).
    pub secret: Option<LicenseeSecret>,
    /// Its licenses may be transferred away (G-13); `None` when never set.
    pub marked_for_transfer: Option<bool>,
    /// Further numbers it answers to.
    pub aliases: Vec<LicenseeNumber>,
    /// The warning level of each module at the last validation; `None` when unknown.
    pub warning_levels: Option<WarningLevels>,
    /// Whatever else the vendor keeps here.
    pub custom: Properties,
}

impl Licensee {
    /// An active licensee of whom nothing but the number is known.
    pub fn new(number: LicenseeNumber) -> Self {
        Self {
            number,
            active: true,
            name: None,
            secret: None,
            marked_for_transfer: None,
            aliases: Vec::new(),
            warning_levels: None,
            custom: Properties::new(),
        }
    }
}

/// A licensee's secret. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct LicenseeSecret(Box<str>);

impl LicenseeSecret {
    /// Takes the text as the secret.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the store and for its owner's eyes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for LicenseeSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("LicenseeSecret(…)")
    }
}

/// How near a module's right is to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WarningLevel {
    /// All is well.
    Green,
    /// Look at it soon.
    Yellow,
    /// At or past its end.
    Red,
}

impl WarningLevel {
    /// Upper case, as items show it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Green => "GREEN",
            Self::Yellow => "YELLOW",
            Self::Red => "RED",
        }
    }

    /// Reads the upper-case spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Green, Self::Yellow, Self::Red]
            .into_iter()
            .find(|level| level.as_str() == text)
    }
}

/// Each module's level at the last validation, dry runs included, sorted by module number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct WarningLevels(pub Vec<(ProductModuleNumber, WarningLevel)>);
