//! Node-Locked: binding to node secrets (section 9).

use alloc::vec::Vec;

use super::{Defect, Judgment, ModuleView, given, identifier, level, sum};
use crate::change::LicenseeChange;
use crate::license::License;
use crate::template::LicenseType;
use crate::validate::Verdict;

/// Judges a Node-Locked module (NL-1 to NL-8).
pub(super) fn judge(view: ModuleView<'_>) -> Judgment {
    let licenses = || view.active(LicenseType::Quantity);
    let total = sum(licenses().map(quota));
    let used = sum(licenses().map(|license| count(counted_slots(license).count())));
    let judgment = |valid: bool, used: i64| {
        Judgment::new(Verdict::NodeLocked { valid }, level::of_seats(used, total))
    };

    let (mode, secret) = match read(view) {
        Ok(read) => read,
        Err(defect) => {
            return Judgment {
                notice: Some(defect.notice(view.number())),
                ..judgment(false, used)
            };
        }
    };
    let is_bound = licenses()
        .flat_map(counted_slots)
        .any(|(_, bound)| bound == secret);
    if is_bound || mode == Mode::Predefined {
        return judgment(is_bound, used);
    }
    if let Some(notice) = view.delegated() {
        return Judgment {
            notice: Some(notice),
            ..judgment(false, used)
        };
    }
    let Some((license, slot)) = licenses().find_map(|license| Some((license, free_slot(license)?)))
    else {
        return judgment(false, used);
    };
    Judgment {
        changes: Vec::from([LicenseeChange::BindNode {
            license: license.number.clone(),
            slot,
            secret: secret.into(),
        }]),
        ..judgment(true, used.saturating_add(1))
    }
}

/// Who says which nodes may run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The vendor.
    Predefined,
    /// Whoever comes first.
    Client,
}

/// The mode and the secret shown (NL-1, G-7).
fn read(view: ModuleView<'_>) -> Result<(Mode, &str), Defect> {
    let mode = view
        .setting("nodeSecretMode")
        .or_else(|| view.setting("licenseeSecretMode"));
    let mode = match mode {
        None | Some("PREDEFINED") => Mode::Predefined,
        Some("CLIENT") => Mode::Client,
        Some(_) => return Err(Defect::Misconfigured),
    };
    let secret = view
        .parameters
        .and_then(|parameters| given(parameters.node_secret.as_deref()))
        .ok_or(Defect::Missing)?;
    Ok((mode, identifier(secret)?))
}

/// How many secrets a license binds (NL-8); unusable or negative: 0 (G-3).
fn quota(license: &License) -> i64 {
    let terms = license.terms();
    terms.quota.or(terms.quantity).flatten().unwrap_or(0).max(0)
}

/// The slots below the quota. Those beyond are dormant (NL-4).
fn counted_slots(license: &License) -> impl Iterator<Item = (u32, &str)> {
    let quota = quota(license);
    license
        .node_secrets
        .iter()
        .map(|(slot, secret)| (*slot, &**secret))
        .take_while(move |(slot, _)| i64::from(*slot) < quota)
}

/// The lowest free slot below the quota.
fn free_slot(license: &License) -> Option<u32> {
    let mut free = 0;
    for (slot, _) in counted_slots(license) {
        if slot != free {
            break;
        }
        free = slot.checked_add(1)?;
    }
    (i64::from(free) < quota(license)).then_some(free)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
