//! Transactions: the books of what happened to licenses, and why (wire contract, 7.8).

use alloc::boxed::Box;
use jiff::Timestamp;

use crate::money::{Currency, Money};
use crate::number::{LicenseeNumber, TransactionNumber};
use crate::property::Properties;

/// A transaction. Which licenses belong to it is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Unique within the vendor.
    pub number: TransactionNumber,
    /// True, unless it was cancelled and switched off with it.
    pub active: bool,
    /// How far it has come.
    pub status: TransactionStatus,
    /// What it comes from.
    pub source: TransactionSource,
    /// What was paid, if anything was.
    pub amounts: Option<Amounts>,
    /// When it began.
    pub created: Timestamp,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// By which payment method; for people, so that any text will do.
    pub payment_method: Option<Box<str>>,
    /// Whom it is about; its number then, which may have changed since.
    pub licensee: Option<LicenseeNumber>,
    /// Whatever else the vendor keeps here.
    pub custom: Properties,
}

/// What was paid, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amounts {
    /// The total, in hundredths.
    pub grand_total: i64,
    /// What was taken off, in hundredths.
    pub discount: i64,
    /// In which currency.
    pub currency: Currency,
}

impl Amounts {
    /// The total as money.
    pub fn grand_total(&self) -> Money {
        self.money(self.grand_total)
    }

    /// The discount as money.
    pub fn discount(&self) -> Money {
        self.money(self.discount)
    }

    fn money(&self, hundredths: i64) -> Money {
        Money {
            hundredths,
            currency: self.currency,
        }
    }
}

/// How far a transaction has come. The last two are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransactionStatus {
    /// Its licenses wait.
    Pending,
    /// Its licenses are active.
    Closed,
    /// Its licenses stay inactive.
    Cancelled,
}

impl TransactionStatus {
    /// Reads the wire's exact spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Closed, Self::Cancelled]
            .into_iter()
            .find(|status| status.as_str() == text)
    }

    /// The wire's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Closed => "CLOSED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

macro_rules! sources {
    ($($(#[$doc:meta])* $name:ident, $text:literal;)*) => {
        /// What a transaction comes from. Clients know these and throw at any other.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum TransactionSource {
            $($(#[$doc])* $name,)*
        }

        impl TransactionSource {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The wire's spelling.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

sources! {
    /// A purchase, told by a shop.
    Shop, "SHOP";
    /// A license was created.
    LicenseCreate, "AUTO_LICENSE_CREATE";
    /// A license was updated.
    LicenseUpdate, "AUTO_LICENSE_UPDATE";
    /// A license was deleted.
    LicenseDelete, "AUTO_LICENSE_DELETE";
    /// A licensee was created, with its automatic licenses.
    LicenseeCreate, "AUTO_LICENSEE_CREATE";
    /// A licensee was deleted.
    LicenseeDelete, "AUTO_LICENSEE_DELETE";
    /// A validation created licenses.
    LicenseeValidate, "AUTO_LICENSEE_VALIDATE";
    /// A template was deleted.
    LicenseTemplateDelete, "AUTO_LICENSETEMPLATE_DELETE";
    /// A module was deleted.
    ProductModuleDelete, "AUTO_PRODUCTMODULE_DELETE";
    /// A product was deleted.
    ProductDelete, "AUTO_PRODUCT_DELETE";
    /// Licenses moved to another licensee.
    LicensesTransfer, "AUTO_LICENSES_TRANSFER";
    /// The original's: a subscription was changed.
    SubscriptionUpdate, "SUBSCRIPTION_UPDATE";
    /// The original's: a recurring payment came in.
    RecurringPayment, "RECURRING_PAYMENT";
    /// The original's: a recurring payment ended.
    CancelRecurringPayment, "CANCEL_RECURRING_PAYMENT";
    /// A bundle was obtained.
    ObtainBundle, "OBTAIN_BUNDLE";
}

impl TransactionSource {
    /// Reads the wire's exact spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|source| source.as_str() == text)
    }
}
