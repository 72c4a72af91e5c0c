//! Quota: a fixed number to compare with (section 8).

use super::{Judgment, ModuleView, sum};
use crate::license::License;
use crate::licensee::WarningLevel;
use crate::template::LicenseType;
use crate::validate::Verdict;

const UNLIMITED: i64 = -1;

/// Judges a Quota module.
pub(super) fn judge(view: ModuleView<'_>) -> Judgment {
    let counts = || view.active(LicenseType::Quantity).filter_map(count);
    let quota = if counts().any(|count| count == UNLIMITED) {
        UNLIMITED
    } else {
        sum(counts())
    };
    let valid = quota != 0;
    let level = if valid {
        WarningLevel::Green
    } else {
        WarningLevel::Red
    };
    Judgment::new(Verdict::Quota { valid, quota }, level)
}

/// What a license adds; an unusable value is no license at all, rather than 0.
fn count(license: &License) -> Option<i64> {
    let terms = license.terms();
    terms
        .quantity
        .or(terms.quota)
        .flatten()
        .filter(|count| *count >= UNLIMITED)
}
