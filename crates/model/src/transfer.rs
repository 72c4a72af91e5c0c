//! Transfer: the licenses of one licensee become another's (G-13).

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::change::{Change, LicenseeChange};
use crate::gather::{Place, TemplateIndex};
use crate::license::License;
use crate::product::LicensingModel;
use crate::snapshot::{LicenseeAggregate, ProductTree};
use crate::template::{LicenseTemplate, LicenseType};

/// A licensee and the product it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// Its product.
    pub product: &'a ProductTree,
    /// The licensee and its licenses.
    pub licensee: &'a LicenseeAggregate,
}

/// Why nothing is transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransferRefusal {
    /// Source and target are one.
    #[error("Source and target of the transfer are the same licensee")]
    SameLicensee,
    /// They belong to different products.
    #[error("Source and target of the transfer belong to different products")]
    OtherProduct,
    /// The source has no `markedForTransfer=true`.
    #[error("The source licensee is not marked for transfer")]
    NotMarked,
}

/// Moves the licenses of `source` to `target`, active or not, with number and state. Automatic
/// licenses stay, or each purchase through a temporary licensee would add a free period; except
/// a Rental feature whose paid time moves.
///
/// Returns the changes in the order in which they apply; none when there is nothing to move. The
/// source stays, and stays marked. Source: licensing models, G-13.
pub fn transfer(source: Party<'_>, target: Party<'_>) -> Result<Vec<Change>, TransferRefusal> {
    let (from, to) = (&source.licensee.licensee, &target.licensee.licensee);
    if from.number == to.number {
        return Err(TransferRefusal::SameLicensee);
    }
    if source.product.product.number != target.product.product.number {
        return Err(TransferRefusal::OtherProduct);
    }
    if from.marked_for_transfer != Some(true) {
        return Err(TransferRefusal::NotMarked);
    }
    let changes = moving(source).into_iter().flat_map(|license| {
        [
            Change::Licensee {
                licensee: from.number.clone(),
                change: LicenseeChange::RemoveLicense(license.number.clone()),
            },
            Change::Licensee {
                licensee: to.number.clone(),
                change: LicenseeChange::PutLicense {
                    former: None,
                    license: license.clone(),
                },
            },
        ]
    });
    Ok(changes.collect())
}

fn moving(source: Party<'_>) -> Vec<&License> {
    let index = TemplateIndex::of(source.product);
    let placed = || {
        let licenses = source.licensee.licenses.iter();
        licenses.map(|license| (license, index.place(license)))
    };
    let is_bought =
        |place: Option<Place>| place.is_none_or(|place| !template(source.product, place).automatic);
    let paid_features: BTreeSet<(usize, &str)> = placed()
        .filter(|(_, place)| is_bought(*place))
        .filter_map(|(license, place)| paid_feature(source.product, license, place?))
        .collect();
    placed()
        .filter(|(license, place)| {
            is_bought(*place)
                || place.is_some_and(|place| {
                    template(source.product, place).license_type == LicenseType::Feature
                        && paid_features.contains(&(place.module, license.number.as_str()))
                })
        })
        .map(|(license, _)| license)
        .collect()
}

/// The module and number of the Rental feature that a time volume belongs to.
fn paid_feature<'a>(
    product: &ProductTree,
    license: &'a License,
    place: Place,
) -> Option<(usize, &'a str)> {
    let is_time = template(product, place).license_type == LicenseType::TimeVolume;
    let module = &product.modules[place.module].module;
    let parent = license.terms().parent_feature.as_deref()?;
    (is_time && module.licensing_model == LicensingModel::Rental).then_some((place.module, parent))
}

fn template(product: &ProductTree, place: Place) -> &LicenseTemplate {
    &product.modules[place.module].templates[place.template]
}
