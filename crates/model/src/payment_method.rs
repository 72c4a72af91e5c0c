//! Payment methods: fixed rows that a vendor switches on and annotates for its shop (wire
//! contract, 7.10). No money moves here.

use crate::property::Properties;

/// Which payment method; there are no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentMethodKind {
    /// No payment.
    Null,
    /// PayPal.
    PayPal,
    /// PayPal's playground.
    PayPalSandbox,
    /// Stripe.
    Stripe,
    /// Stripe's playground.
    StripeTesting,
}

impl PaymentMethodKind {
    /// All of them, in the wire's order.
    pub const ALL: [Self; 5] = [
        Self::Null,
        Self::PayPal,
        Self::PayPalSandbox,
        Self::Stripe,
        Self::StripeTesting,
    ];

    /// Reads the wire's exact spelling, which is the method's number.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The wire's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::PayPal => "PAYPAL",
            Self::PayPalSandbox => "PAYPAL_SANDBOX",
            Self::Stripe => "STRIPE",
            Self::StripeTesting => "STRIPE_TESTING",
        }
    }
}

/// A vendor's settings of one payment method; inactive and without properties until it is touched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentMethod {
    /// Offered in the shop.
    pub active: bool,
    /// What the method needs to know, `paypal.subject` for example.
    pub custom: Properties,
}
