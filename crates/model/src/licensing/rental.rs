//! Rental: many features, each with a subscription of its own (section 4).

use alloc::vec::Vec;
use jiff::Timestamp;

use super::chain::{Grace, Right, stand};
use super::{Judgment, ModuleView, earliest};
use crate::license::License;
use crate::licensee::WarningLevel;
use crate::property::integer;
use crate::template::LicenseType;
use crate::validate::{RentedFeature, Verdict};

/// Judges a Rental module (RENT-1 to RENT-6).
pub(super) fn judge(view: ModuleView<'_>) -> Judgment {
    let thresholds = Thresholds::read(view);
    let (unbound, bound) = time_volumes(view);
    // A grace license bound to no feature serves them all (RENT-6); a regular one serves none.
    let shared_grace = Grace::of(unbound.into_iter().filter(|license| license.terms().grace));

    let mut changes = Vec::new();
    let mut features = Vec::new();
    let mut holds_until = None;
    for feature in view.active(LicenseType::Feature) {
        let parent = feature.number.as_str();
        let from = bound.partition_point(|(name, _)| *name < parent);
        let to = bound.partition_point(|(name, _)| *name <= parent);
        let licenses = |grace: bool| {
            bound[from..to]
                .iter()
                .map(|(_, license)| *license)
                .filter(move |license| license.terms().grace == grace)
        };
        let grace = Grace::of(licenses(true)).max(shared_grace);
        let standing = stand(licenses(false), grace, &mut changes, view.now);
        let right = standing.right(grace, view.now);
        let expires = right.map(Right::expires);
        holds_until = earliest([holds_until, expires, standing.next_block]);
        features.push(RentedFeature {
            license: feature.number.clone(),
            valid: right.is_some(),
            expires,
            grace: right.is_some_and(Right::is_grace),
            warning_level: thresholds.level(right, view.now),
        });
    }
    let level = features
        .iter()
        .map(|feature| feature.warning_level)
        .max()
        .unwrap_or(WarningLevel::Red);
    Judgment {
        holds_until,
        changes,
        ..Judgment::new(Verdict::Rental(features), level)
    }
}

type Unbound<'a> = Vec<&'a License>;
type Bound<'a> = Vec<(&'a str, &'a License)>;

/// The active time volumes: those without a parent, and the others sorted by parent and number.
fn time_volumes(view: ModuleView<'_>) -> (Unbound<'_>, Bound<'_>) {
    let (mut unbound, mut bound) = (Vec::new(), Vec::new());
    for license in view.active(LicenseType::TimeVolume) {
        match license.terms().parent_feature.as_deref() {
            None => unbound.push(license),
            Some(parent) => bound.push((parent, license)),
        }
    }
    bound.sort_by_key(|(parent, _)| *parent);
    (unbound, bound)
}

/// So many days before its end a feature turns yellow, and red (RENT-4).
struct Thresholds {
    yellow_ms: i64,
    red_ms: i64,
}

impl Thresholds {
    fn read(view: ModuleView<'_>) -> Self {
        const DAY_MS: i64 = 86_400_000;
        let days = |name| view.setting(name).and_then(integer).unwrap_or(0);
        Self {
            yellow_ms: days("yellowThreshold").saturating_mul(DAY_MS),
            red_ms: days("redThreshold").saturating_mul(DAY_MS),
        }
    }

    fn level(&self, right: Option<Right>, now: Timestamp) -> WarningLevel {
        let Some(Right::Block(block)) = right else {
            return WarningLevel::Red;
        };
        let remaining = block.end.as_millisecond() - now.as_millisecond();
        if remaining <= self.red_ms {
            WarningLevel::Red
        } else if remaining <= self.yellow_ms {
            WarningLevel::Yellow
        } else {
            WarningLevel::Green
        }
    }
}
