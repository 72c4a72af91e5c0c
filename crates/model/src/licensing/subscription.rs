//! Subscription: use for calendar time, extendable (section 3).

use super::chain::{Grace, Right, stand};
use super::{Judgment, ModuleView, earliest};
use crate::licensee::WarningLevel;
use crate::template::LicenseType;
use crate::validate::Verdict;
use alloc::vec::Vec;

/// Judges a Subscription module (SUB-1 to SUB-7).
pub(super) fn judge(view: ModuleView<'_>) -> Judgment {
    let licenses = |grace: bool| {
        view.active(LicenseType::TimeVolume)
            .filter(move |license| license.terms().grace == grace)
    };
    let grace = Grace::of(licenses(true));
    let mut changes = Vec::new();
    let standing = stand(licenses(false), grace, &mut changes, view.now);
    let right = standing.right(grace, view.now);
    let expires = right.map(Right::expires);
    let level = match right {
        Some(Right::Block(block)) => block.level(view.now),
        Some(Right::Grace(_)) | None => WarningLevel::Red,
    };
    let verdict = Verdict::Subscription {
        valid: right.is_some(),
        expires,
        grace: right.is_some_and(Right::is_grace),
    };
    Judgment {
        holds_until: earliest([expires, standing.next_block]),
        changes,
        ..Judgment::new(verdict, level)
    }
}
