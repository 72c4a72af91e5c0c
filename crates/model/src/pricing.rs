//! A pricing table as people read it: the plans of a module side by side.

use alloc::vec::Vec;

use crate::licensing;
use crate::snapshot::ModuleTree;
use crate::template::LicenseTemplate;
use crate::validate::Sku;

/// One plan, and what it grants of each SKU of the module, in the module's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<'a> {
    /// The plan.
    pub template: &'a LicenseTemplate,
    /// What it grants.
    pub skus: Vec<Sku>,
}

/// The plans that are offered: active and not hidden, in creation order. `None` when the module's
/// `skudef` cannot be read (PT-8).
pub fn offered(tree: &ModuleTree) -> Option<Vec<Plan<'_>>> {
    let templates = tree.templates.iter();
    templates
        .filter(|template| template.active && !template.hidden)
        .map(|template| {
            Some(Plan {
                template,
                skus: licensing::plan_skus(&tree.module, template)?,
            })
        })
        .collect()
}
