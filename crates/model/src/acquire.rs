//! Automatic licenses: what a licensee gets by being created (G-5.4).

use alloc::vec::Vec;

use crate::license::License;
use crate::number::LicenseNumber;
use crate::product::LicensingModel;
use crate::snapshot::ProductTree;
use crate::template::LicenseType;

/// The licenses that a new licensee of `product` gets, undated and active, in the order of their
/// templates; none for one that is created only to buy for somebody else (`marked_for_transfer`).
///
/// `fresh` gives their numbers. Source: licensing models, G-5.4 and G-6.
pub fn automatic_licenses(
    product: &ProductTree,
    marked_for_transfer: bool,
    fresh: &mut dyn FnMut() -> LicenseNumber,
) -> Vec<License> {
    if marked_for_transfer || !product.product.active {
        return Vec::new();
    }
    let modules = product.modules.iter().filter(|tree| tree.module.active);
    modules
        .flat_map(|tree| tree.templates.iter().map(move |template| (tree, template)))
        .filter(|(tree, template)| {
            let model = tree.module.licensing_model;
            template.active && template.automatic && is_given(model, template.license_type)
        })
        .map(|(_, template)| License::from_template(fresh(), template))
        .collect()
}

/// A trial is made by validation (TB-1), and rented time belongs to a feature, which nobody can
/// name beforehand.
fn is_given(model: LicensingModel, kind: LicenseType) -> bool {
    let has_its_own_way = matches!(model, LicensingModel::TryAndBuy | LicensingModel::Rental);
    !(has_its_own_way && kind == LicenseType::TimeVolume)
}
