//! License templates: from which licenses are made.

use alloc::boxed::Box;

use crate::money::Money;
use crate::number::LicenseTemplateNumber;
use crate::property::Properties;

/// A license template. The terms that a license copies from it (volume, seats, quantity …) stand
/// in `properties` by their names on the wire; what they mean is read by [`crate::license::Terms`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseTemplate {
    /// Unique within the vendor.
    pub number: LicenseTemplateNumber,
    /// Inactive: no new license from it; licenses made before still count (G-6).
    pub active: bool,
    /// For people; the feature's name in MultiFeature, the plan's in PricingTable.
    pub name: Box<str>,
    /// What kind of license it makes.
    pub license_type: LicenseType,
    /// Copied to the license, read-only there.
    pub price: Option<Money>,
    /// A license is made from it with each new licensee (G-5).
    pub automatic: bool,
    /// Not shown in the shop.
    pub hidden: bool,
    /// Its licenses are not shown in the shop.
    pub hide_licenses: bool,
    /// Terms and custom properties.
    pub properties: Properties,
}

/// What a license grants, in kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LicenseType {
    /// A switch.
    Feature,
    /// A length of time.
    TimeVolume,
    /// Concurrent sessions.
    Floating,
    /// A number of things.
    Quantity,
}

impl LicenseType {
    /// All of them, in the wire's order.
    pub const ALL: [Self; 4] = [
        Self::Feature,
        Self::TimeVolume,
        Self::Floating,
        Self::Quantity,
    ];

    /// Reads the wire's exact spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The wire's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feature => "FEATURE",
            Self::TimeVolume => "TIMEVOLUME",
            Self::Floating => "FLOATING",
            Self::Quantity => "QUANTITY",
        }
    }
}
