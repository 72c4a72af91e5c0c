//! Pay-per-Use: counted credits (section 7).

use alloc::vec::Vec;

use super::{Defect, Judgment, ModuleView, given, level, sum};
use crate::change::LicenseeChange;
use crate::license::License;
use crate::property::{LARGEST_INTEGER, integer};
use crate::template::LicenseType;
use crate::validate::{ModuleParameters, Notice, Verdict};

/// Judges a Pay-per-Use module (PPU-1 to PPU-7).
pub(super) fn judge(view: ModuleView<'_>) -> Judgment {
    let licenses = || view.active(LicenseType::Quantity);
    let total = sum(licenses().map(quantity));
    let used = sum(licenses().map(License::used));
    let remaining = total.saturating_sub(used);
    let judgment = |valid: bool, used: i64| {
        let remaining = total.saturating_sub(used);
        let verdict = Verdict::PayPerUse { valid, remaining };
        Judgment::new(verdict, level::of_credits(used, total))
    };

    let demand = match Demand::read(view.parameters) {
        Ok(demand) => demand,
        Err(defect) => {
            return Judgment {
                notice: Some(defect.notice(view.number())),
                ..judgment(false, used)
            };
        }
    };
    if let Some(notice) = view.delegated().filter(|_| demand.takes()) {
        return Judgment {
            notice: Some(notice),
            ..judgment(false, used)
        };
    }
    let has_license = licenses().next().is_some();
    match demand {
        Demand::Use(amount) => {
            let changes = write_off(amount, licenses());
            let used = used.saturating_add(written(&changes));
            let exceeds = amount > remaining && amount > 0;
            Judgment {
                notice: exceeds
                    .then(|| Notice::UsedQuantityExceedsRemaining(view.number().clone())),
                changes,
                ..judgment(has_license && total > used, used)
            }
        }
        Demand::Reserve(amount) if has_license && amount <= remaining => {
            let changes = write_off(amount, licenses());
            let used = used.saturating_add(written(&changes));
            Judgment {
                changes,
                ..judgment(true, used)
            }
        }
        Demand::Reserve(_) => judgment(false, used),
    }
}

/// What the caller wants written off.
#[derive(Clone, Copy)]
enum Demand {
    /// It is used already, however much is left.
    Use(i64),
    /// All of it or nothing.
    Reserve(i64),
}

impl Demand {
    /// Something is to be written off: a demand of nothing only asks what is left.
    fn takes(self) -> bool {
        let (Self::Use(amount) | Self::Reserve(amount)) = self;
        amount > 0
    }

    /// PPU-1 and PPU-5
    fn read(parameters: Option<&ModuleParameters>) -> Result<Self, Defect> {
        let amount = |text: Option<&str>| match given(text) {
            None => Ok(None),
            Some(text) => integer(text)
                .filter(|amount| *amount >= 0)
                .map(Some)
                .ok_or(Defect::Malformed),
        };
        let Some(parameters) = parameters else {
            return Ok(Self::Use(0));
        };
        match (
            amount(parameters.used_quantity.as_deref())?,
            amount(parameters.reserve_quantity.as_deref())?,
        ) {
            (Some(_), Some(_)) => Err(Defect::Malformed),
            (None, Some(amount)) => Ok(Self::Reserve(amount)),
            (used, None) => Ok(Self::Use(used.unwrap_or(0))),
        }
    }
}

/// PPU-4: by number, each as much as it has left; the last takes the rest, beyond its quantity
/// if need be, but never more than can be read back.
fn write_off<'a>(amount: i64, licenses: impl Iterator<Item = &'a License>) -> Vec<LicenseeChange> {
    let mut rest = amount;
    let mut changes = Vec::new();
    let mut licenses = licenses.peekable();
    while let Some(license) = licenses.next() {
        let used = license.used();
        let room = if licenses.peek().is_some() {
            quantity(license).saturating_sub(used).max(0)
        } else {
            LARGEST_INTEGER - used
        };
        let share = rest.min(room);
        if share > 0 {
            rest -= share;
            changes.push(LicenseeChange::Use {
                license: license.number.clone(),
                amount: share,
            });
        }
    }
    changes
}

fn written(changes: &[LicenseeChange]) -> i64 {
    sum(changes.iter().map(|change| match change {
        LicenseeChange::Use { amount, .. } => *amount,
        _ => 0,
    }))
}

/// Credits a license grants; unusable or negative: 0 (G-3).
fn quantity(license: &License) -> i64 {
    license.terms().quantity.flatten().unwrap_or(0).max(0)
}
