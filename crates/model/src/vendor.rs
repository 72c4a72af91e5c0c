//! Vendors: the accounts that own everything else.

use alloc::boxed::Box;

use crate::number::VendorNumber;
use crate::plan::Plan;

/// A vendor. Its password is the server's business and not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendor {
    /// Unique within the installation.
    pub number: VendorNumber,
    /// The name to sign in with, unique within the installation; never holds `:`.
    pub login: Box<str>,
    /// How long an answer may be cached (G-9).
    pub ttl: TtlMinutes,
    /// What the installation lets it do.
    pub plan: Plan,
}

/// How long an answer may be cached, in minutes: 1 to 10 080 (a week).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TtlMinutes(u32);

impl TtlMinutes {
    /// The default: one day.
    pub const DEFAULT: Self = Self(1440);

    /// Takes 1 to 10 080 minutes.
    pub fn new(minutes: u32) -> Option<Self> {
        (1..=10_080).contains(&minutes).then_some(Self(minutes))
    }

    /// The minutes.
    pub fn get(self) -> u32 {
        self.0
    }
}
