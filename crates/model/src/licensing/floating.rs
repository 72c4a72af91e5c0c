//! Floating: concurrent sessions (section 5).

use alloc::vec::Vec;
use jiff::Timestamp;

use super::{Defect, Judgment, ModuleView, Owned, given, identifier, level, sum};
use crate::change::LicenseeChange;
use crate::license::License;
use crate::property::{Given, integer};
use crate::template::LicenseType;
use crate::timestamp::later_by;
use crate::validate::{ModuleParameters, Verdict};

/// Judges a Floating module (FL-1 to FL-8).
pub(super) fn judge(view: ModuleView<'_>) -> Judgment {
    let pool = Pool::count(view);
    let call = match Call::read(view) {
        Ok(call) => call,
        Err(defect) => {
            return Judgment {
                notice: Some(defect.notice(view.number())),
                ..pool.judge(None, pool.used)
            };
        }
    };
    let mut changes = lapsed_sessions(view);
    let judgment = match call.action {
        Action::CheckOut { .. } if view.delegated().is_some() => Judgment {
            notice: view.delegated(),
            ..pool.judge(None, pool.used)
        },
        Action::CheckOut { validity } => {
            let until = later_by(view.now, validity.saturating_mul(1000));
            check_out(view, &pool, call.session, until, &mut changes)
        }
        Action::CheckIn => check_in(view, &pool, call.session, &mut changes),
    };
    Judgment {
        changes,
        ..judgment
    }
}

/// FL-2 and FL-4
fn check_out(
    view: ModuleView<'_>,
    pool: &Pool,
    session: &str,
    until: Timestamp,
    changes: &mut Vec<LicenseeChange>,
) -> Judgment {
    let hold = |license: &License| LicenseeChange::HoldSession {
        license: license.number.clone(),
        session: session.into(),
        until,
    };
    let licenses = || view.active(LicenseType::Floating);
    let renewed =
        licenses().find_map(|license| Some((license, held_until(license, session, view.now)?)));
    if let Some((license, held)) = renewed {
        // While the limit is exceeded nobody's seat lasts longer than it did (FL-2).
        let is_extended = pool.used <= pool.total && until > held;
        if is_extended {
            changes.push(hold(license));
        }
        let until = if is_extended { until } else { held };
        return pool.judge(Some(until), pool.used);
    }
    let free = (pool.used < pool.total)
        .then(|| licenses().find(|license| has_free_seat(license, view.now)))
        .flatten();
    match free {
        Some(license) => {
            changes.push(hold(license));
            pool.judge(Some(until), pool.used.saturating_add(1))
        }
        None => Judgment {
            holds_until: pool.first_end,
            ..pool.judge(None, pool.used)
        },
    }
}

/// FL-5: from every license of the module, inactive ones included.
fn check_in(
    view: ModuleView<'_>,
    pool: &Pool,
    session: &str,
    changes: &mut Vec<LicenseeChange>,
) -> Judgment {
    let mut freed = 0;
    for owned in view.all(LicenseType::Floating) {
        if held_until(owned.license, session, view.now).is_some() {
            freed += i64::from(owned.active);
            changes.push(LicenseeChange::DropSession {
                license: owned.license.number.clone(),
                session: session.into(),
            });
        }
    }
    Judgment {
        is_check_in: true,
        ..pool.judge(None, pool.used - freed)
    }
}

/// FL-1: what has lapsed goes, from every license of the module.
fn lapsed_sessions(view: ModuleView<'_>) -> Vec<LicenseeChange> {
    let mut changes = Vec::new();
    for Owned { license, .. } in view.all(LicenseType::Floating) {
        let lapsed = license
            .sessions
            .iter()
            .filter(|(_, until)| !is_live(until, view.now));
        changes.extend(lapsed.map(|(session, _)| LicenseeChange::DropSession {
            license: license.number.clone(),
            session: session.clone(),
        }));
    }
    changes
}

/// The seats of all active licenses together.
struct Pool {
    used: i64,
    total: i64,
    /// When the first of the live sessions ends.
    first_end: Option<Timestamp>,
}

impl Pool {
    fn count(view: ModuleView<'_>) -> Self {
        let licenses = || view.active(LicenseType::Floating);
        let live = || licenses().flat_map(|license| live_sessions(license, view.now));
        Self {
            used: sum(live().map(|_| 1)),
            total: sum(licenses().map(|license| license.terms().max_sessions)),
            first_end: live().min(),
        }
    }

    /// The judgment when `used` seats are taken in the end.
    fn judge(&self, expiration: Option<Timestamp>, used: i64) -> Judgment {
        let verdict = Verdict::Floating {
            valid: expiration.is_some(),
            expiration,
        };
        Judgment {
            holds_until: expiration,
            ..Judgment::new(verdict, level::of_seats(used, self.total))
        }
    }
}

/// What the caller wants, once it has been read.
struct Call<'a> {
    session: &'a str,
    action: Action,
}

enum Action {
    /// For so many seconds, at most what the module allows.
    CheckOut {
        validity: i64,
    },
    CheckIn,
}

impl<'a> Call<'a> {
    /// FL-3 and G-7
    fn read(view: ModuleView<'a>) -> Result<Self, Defect> {
        let seconds = |text: &str| integer(text).filter(|seconds| *seconds >= 1);
        let longest = view
            .setting("maxCheckoutValidity")
            .and_then(seconds)
            .ok_or(Defect::Misconfigured)?;
        let parameter = |pick: fn(&ModuleParameters) -> Option<&str>| {
            view.parameters
                .and_then(|parameters| given(pick(parameters)))
        };
        let session = parameter(|parameters| parameters.session_id.as_deref());
        let action = parameter(|parameters| parameters.action.as_deref());
        let (session, action) = session.zip(action).ok_or(Defect::Missing)?;
        let validity = match parameter(|parameters| parameters.max_checkout_validity.as_deref()) {
            None => longest,
            Some(text) => seconds(text).ok_or(Defect::Malformed)?.min(longest),
        };
        let action = if action.eq_ignore_ascii_case("checkOut") {
            Action::CheckOut { validity }
        } else if action.eq_ignore_ascii_case("checkIn") {
            Action::CheckIn
        } else {
            return Err(Defect::Malformed);
        };
        Ok(Self {
            session: identifier(session)?,
            action,
        })
    }
}

/// FL-1; a text that is no instant has lapsed (G-3).
fn is_live(until: &Given<Timestamp>, now: Timestamp) -> bool {
    until.value().is_some_and(|until| now < *until)
}

fn live_sessions(license: &License, now: Timestamp) -> impl Iterator<Item = Timestamp> {
    let ends = license.sessions.values().filter_map(Given::value).copied();
    ends.filter(move |until| now < *until)
}

fn held_until(license: &License, session: &str, now: Timestamp) -> Option<Timestamp> {
    let until = license.sessions.get(session)?;
    until.value().copied().filter(|until| now < *until)
}

fn has_free_seat(license: &License, now: Timestamp) -> bool {
    sum(live_sessions(license, now).map(|_| 1)) < license.terms().max_sessions
}
