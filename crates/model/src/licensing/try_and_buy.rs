//! Try & Buy: free for a time, unlimited once bought (section 2).

use alloc::vec::Vec;
use jiff::Timestamp;

use super::{Judgment, ModuleView, earliest};
use crate::change::LicenseeChange;
use crate::license::{License, Terms};
use crate::licensee::WarningLevel;
use crate::number::LicenseNumber;
use crate::property::Given;
use crate::template::{LicenseTemplate, LicenseType};
use crate::validate::Verdict;
use crate::volume::TimeVolume;

/// Judges a Try & Buy module (TB-1 to TB-5). The first validation consumes the trial, even of
/// somebody who has bought already.
pub(super) fn judge(view: ModuleView<'_>, fresh: &mut dyn FnMut() -> LicenseNumber) -> Judgment {
    let mut changes = Vec::new();
    let trial = match new_trial(view, fresh) {
        Some((license, trial)) => {
            changes.push(LicenseeChange::PutLicense {
                former: None,
                license,
            });
            Some(trial)
        }
        None => running_trial(view, &mut changes),
    };
    let bought = view.active(LicenseType::Feature).next().is_some();
    let judgment = if bought {
        let verdict = Verdict::TryAndBuy {
            valid: true,
            evaluation: false,
            expires: None,
        };
        Judgment::new(verdict, WarningLevel::Green)
    } else {
        evaluate(trial, view.now)
    };
    Judgment {
        changes,
        ..judgment
    }
}

#[derive(Clone, Copy)]
struct Trial {
    start: Timestamp,
    volume: TimeVolume,
}

/// TB-1: the first validation makes the trial, unless there has ever been one.
fn new_trial(
    view: ModuleView<'_>,
    fresh: &mut dyn FnMut() -> LicenseNumber,
) -> Option<(License, Trial)> {
    let had_one = view.all(LicenseType::TimeVolume).next().is_some();
    if had_one || !view.acquirable {
        return None;
    }
    let volume = |template: &LicenseTemplate| Terms::read(&template.properties).volume;
    let offers = view.tree.templates.iter().filter(|template| {
        template.license_type == LicenseType::TimeVolume && template.active && template.automatic
    });
    let (template, volume) = offers
        .filter_map(|template| Some((template, volume(template)?)))
        .min_by_key(|(template, _)| &template.number)?;
    let start = view.now;
    let mut license = License::from_template(fresh(), template);
    license.start_date = Some(Given::at(start));
    Some((license, Trial { start, volume }))
}

/// TB-2 and TB-3: undated trials start now; the earliest alone counts.
fn running_trial(view: ModuleView<'_>, changes: &mut Vec<LicenseeChange>) -> Option<Trial> {
    let mut earliest: Option<Trial> = None;
    for license in view.active(LicenseType::TimeVolume) {
        let Some(volume) = license.terms().volume else {
            continue;
        };
        let start = match license.start_date.as_ref().map(Given::value) {
            Some(Some(&start)) => start,
            Some(None) => continue,
            None => {
                changes.push(LicenseeChange::Start {
                    license: license.number.clone(),
                    at: view.now,
                });
                view.now
            }
        };
        // Licenses come by number, so the first of equal starts stays.
        if earliest.is_none_or(|trial| start < trial.start) {
            earliest = Some(Trial { start, volume });
        }
    }
    earliest
}

/// TB-5
fn evaluate(trial: Option<Trial>, now: Timestamp) -> Judgment {
    let expires = trial.map(|trial| trial.volume.end(trial.start));
    let valid = trial
        .zip(expires)
        .is_some_and(|(trial, end)| trial.start <= now && now < end);
    let verdict = Verdict::TryAndBuy {
        valid,
        evaluation: true,
        expires,
    };
    let level = if valid {
        WarningLevel::Yellow
    } else {
        WarningLevel::Red
    };
    let future_start = trial.map(|trial| trial.start).filter(|start| *start > now);
    Judgment {
        holds_until: earliest([expires.filter(|_| valid), future_start]),
        ..Judgment::new(verdict, level)
    }
}
