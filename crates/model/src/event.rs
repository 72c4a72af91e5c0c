//! Events: what a vendor can be told of, and which of them a validation brings about.

use alloc::vec::Vec;

use crate::change::LicenseeChange;
use crate::licensee::{WarningLevel, WarningLevels};
use crate::number::ProductModuleNumber;
use crate::validate::{Notice, Validation, ValidationRequest, Verdict};

/// What can happen (wire contract, 7.12, and our own).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A licensee was created.
    LicenseeCreated,
    /// A license was created.
    LicenseCreated,
    /// A validation saw another warning level than the one before it.
    WarningLevelChanged,
    /// A transaction was closed.
    PaymentTransactionProcessed,
    /// Ours: somebody asked for a seat and there was none. A vendor wants to hear of it before
    /// the customer calls.
    CheckoutRefused,
}

impl EventKind {
    /// All of them, in the wire's order.
    pub const ALL: [Self; 5] = [
        Self::LicenseeCreated,
        Self::LicenseCreated,
        Self::WarningLevelChanged,
        Self::PaymentTransactionProcessed,
        Self::CheckoutRefused,
    ];

    /// Reads the wire's exact spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The wire's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LicenseeCreated => "LICENSEE_CREATED",
            Self::LicenseCreated => "LICENSE_CREATED",
            Self::WarningLevelChanged => "WARNING_LEVEL_CHANGED",
            Self::PaymentTransactionProcessed => "PAYMENT_TRANSACTION_PROCESSED",
            Self::CheckoutRefused => "CHECKOUT_REFUSED",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Some kinds of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventSet(u8);

impl EventSet {
    /// None.
    pub const NONE: Self = Self(0);

    /// True when `kind` is among them.
    pub fn has(self, kind: EventKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// True when there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// These and those of `other`.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// In the wire's order.
    pub fn iter(self) -> impl Iterator<Item = EventKind> {
        EventKind::ALL
            .into_iter()
            .filter(move |kind| self.has(*kind))
    }
}

impl FromIterator<EventKind> for EventSet {
    fn from_iter<I: IntoIterator<Item = EventKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |set, kind| set | kind.bit()))
    }
}

/// True when a validation that came to `changes` shows another warning level than was known
/// `before`. Unknown levels count as green: a licensee's first validation is no news, unless
/// something is amiss already.
pub fn changes_warning_level(before: Option<&WarningLevels>, changes: &[LicenseeChange]) -> bool {
    let after = changes.iter().find_map(|change| match change {
        LicenseeChange::Warn(levels) => Some(levels),
        _ => None,
    });
    after.is_some_and(|after| raised(before) != raised(Some(after)))
}

/// The modules that are not green, and how far from it.
fn raised(levels: Option<&WarningLevels>) -> Vec<(&str, WarningLevel)> {
    let levels = levels.iter().flat_map(|levels| &levels.0);
    levels
        .filter(|(_, level)| *level != WarningLevel::Green)
        .map(|(module, level)| (module.as_str(), *level))
        .collect()
}

/// True when the request asked for a seat of a Floating module and the answer is that there is
/// none. A request that could not be read asked for nothing.
pub fn refuses_checkout(request: &ValidationRequest, validation: &Validation) -> bool {
    let asks = |number: &str| {
        let mut groups = request.modules.iter();
        groups.any(|group| {
            let action = group.action.as_deref();
            &*group.module == number
                && action.is_some_and(|action| action.eq_ignore_ascii_case("checkOut"))
        })
    };
    let is_unread = |number: &ProductModuleNumber| {
        validation.notices.iter().any(|notice| match notice {
            Notice::LicenseeInactive | Notice::LicenseeSecretMismatch => true,
            Notice::MalformedParameter(module)
            | Notice::MissingParameter(module)
            | Notice::LicenseeDelegated(module)
            | Notice::ModuleMisconfigured(module) => module == number,
            Notice::AgentAssetsExpired
            | Notice::AgentClockBehind
            | Notice::UsedQuantityExceedsRemaining(_) => false,
        })
    };
    !request.dry_run
        && validation.modules.iter().any(|module| {
            matches!(module.verdict, Verdict::Floating { valid: false, .. })
                && asks(module.number.as_str())
                && !is_unread(&module.number)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: EventSet = [EventKind::LicenseCreated, EventKind::CheckoutRefused]
            .into_iter()
            .collect();
        assert!(
            set.iter()
                .eq([EventKind::LicenseCreated, EventKind::CheckoutRefused])
        );
        assert!(!set.has(EventKind::LicenseeCreated) && !set.is_empty());
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.as_str()), Some(kind));
        }
    }
}
