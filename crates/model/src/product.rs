//! Products and their modules: what a vendor sells, and by which licensing model.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::money::Currency;
use crate::number::{ProductModuleNumber, ProductNumber};
use crate::property::Properties;

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Unique within the vendor.
    pub number: ProductNumber,
    /// Inactive: no new licensees and no new licenses (G-6).
    pub active: bool,
    /// For people.
    pub name: Box<str>,
    /// For people; empty when none was given.
    pub version: Box<str>,
    /// For people; rich text.
    pub description: Option<Box<str>>,
    /// For people; rich text.
    pub licensing_info: Option<Box<str>>,
    /// Validation may create an unknown licensee (G-5).
    pub licensee_auto_create: bool,
    /// Deprecated, still served (G-11); `None` when never set, which means disabled.
    pub licensee_secret_mode: Option<LicenseeSecretMode>,
    /// `GROSS` or `NET`; for the shop only.
    pub vat_mode: Option<VatMode>,
    /// For the shop only; no part in validation.
    pub discounts: Vec<Discount>,
    /// Whatever else the vendor keeps here.
    pub custom: Properties,
}

/// How a licensee's secret is checked (G-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LicenseeSecretMode {
    /// It is not.
    #[default]
    Disabled,
    /// The vendor sets it.
    Predefined,
    /// The first one shown is stored.
    Client,
}

/// How a product's prices are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VatMode {
    /// Prices include tax.
    Gross,
    /// Prices are without tax.
    Net,
}

/// A product discount: from this total on, this much less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discount {
    /// The total from which it holds, in hundredths.
    pub total_hundredths: i64,
    /// In which currency.
    pub currency: Currency,
    /// What is taken off.
    pub amount: DiscountAmount,
}

/// What a discount takes off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiscountAmount {
    /// Hundredths of the currency's unit.
    Fixed(i64),
    /// Percent, as a canonical decimal text without trailing zeros.
    Percent(Box<str>),
}

/// A product module: one licensing model of a product.
///
/// Its model's own settings are `settings`, as text; what they mean is read
/// from them when the module is made (see [`crate::property::Given`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductModule {
    /// Unique within the vendor.
    pub number: ProductModuleNumber,
    /// Inactive: no new licenses, still validated (G-6).
    pub active: bool,
    /// For people.
    pub name: Box<str>,
    /// By which model its licenses are judged.
    pub licensing_model: LicensingModel,
    /// The model's settings and custom properties, by their names on the wire.
    pub properties: Properties,
}

/// The licensing models (G-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LicensingModel {
    /// Free for a time, then bought.
    TryAndBuy,
    /// Calendar time, extendable.
    Subscription,
    /// Many features, each with its own subscription.
    Rental,
    /// Concurrent sessions.
    Floating,
    /// Switches.
    MultiFeature,
    /// Counted credits.
    PayPerUse,
    /// Plans with SKUs.
    PricingTable,
    /// A fixed number to compare with.
    Quota,
    /// Binding to node secrets.
    NodeLocked,
    /// Undocumented shop codes: accepted, never validated.
    Discount,
}

impl LicensingModel {
    /// The nine models that validate, in the wire's order.
    pub const VALIDATED: [Self; 9] = [
        Self::TryAndBuy,
        Self::Subscription,
        Self::Rental,
        Self::Floating,
        Self::MultiFeature,
        Self::PayPerUse,
        Self::PricingTable,
        Self::Quota,
        Self::NodeLocked,
    ];

    /// Reads a name; the names from before version 2.1 mean today's.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "TryAndBuy" | "TimeLimitedEvaluation" | "TimeEvaluation" => Self::TryAndBuy,
            "Subscription" | "TimeVolume" => Self::Subscription,
            "Rental" | "FeatureWithTimeVolume" => Self::Rental,
            "Floating" => Self::Floating,
            "MultiFeature" => Self::MultiFeature,
            "PayPerUse" => Self::PayPerUse,
            "PricingTable" => Self::PricingTable,
            "Quota" => Self::Quota,
            "NodeLocked" => Self::NodeLocked,
            "Discount" => Self::Discount,
            _ => return None,
        })
    }

    /// Today's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TryAndBuy => "TryAndBuy",
            Self::Subscription => "Subscription",
            Self::Rental => "Rental",
            Self::Floating => "Floating",
            Self::MultiFeature => "MultiFeature",
            Self::PayPerUse => "PayPerUse",
            Self::PricingTable => "PricingTable",
            Self::Quota => "Quota",
            Self::NodeLocked => "NodeLocked",
            Self::Discount => "Discount",
        }
    }
}

impl LicenseeSecretMode {
    /// Reads the wire's exact spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "DISABLED" => Self::Disabled,
            "PREDEFINED" => Self::Predefined,
            "CLIENT" => Self::Client,
            _ => return None,
        })
    }

    /// The wire's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "DISABLED",
            Self::Predefined => "PREDEFINED",
            Self::Client => "CLIENT",
        }
    }
}

impl VatMode {
    /// Reads the wire's exact spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "GROSS" => Self::Gross,
            "NET" => Self::Net,
            _ => return None,
        })
    }

    /// The wire's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gross => "GROSS",
            Self::Net => "NET",
        }
    }
}
