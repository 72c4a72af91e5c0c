//! Multi-Feature: switches (section 6).

use alloc::vec;

use super::{Judgment, ModuleView};
use crate::licensee::WarningLevel;
use crate::template::LicenseType;
use crate::validate::{Feature, Verdict};

/// Judges a Multi-Feature module (MF-1 to MF-3): every FEATURE template is listed, inactive and
/// hidden ones included.
pub(super) fn judge(view: ModuleView<'_>) -> Judgment {
    let mut is_owned = vec![false; view.tree.templates.len()];
    for owned in view.owned.iter().filter(|owned| owned.active) {
        is_owned[owned.template] = true;
    }
    let features = view
        .tree
        .templates
        .iter()
        .zip(is_owned)
        .filter(|(template, _)| template.license_type == LicenseType::Feature)
        .map(|(template, valid)| Feature {
            id: template.number.as_str().into(),
            name: template.name.clone(),
            valid,
        })
        .collect();
    Judgment::new(Verdict::MultiFeature(features), WarningLevel::Green)
}
