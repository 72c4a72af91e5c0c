//! Which license belongs to which module and template of a product.

use alloc::vec::Vec;

use crate::license::License;
use crate::licensing::Owned;
use crate::number::LicenseTemplateNumber;
use crate::snapshot::{LicenseeAggregate, ProductTree};

/// Where a template stands in its product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The place of its module in the product.
    pub(crate) module: usize,
    /// The place of the template in the module.
    pub(crate) template: usize,
}

/// The templates of a product, to be found by number.
pub(crate) struct TemplateIndex<'a>(Vec<(&'a LicenseTemplateNumber, Place)>);

impl<'a> TemplateIndex<'a> {
    pub(crate) fn of(product: &'a ProductTree) -> Self {
        let modules = product.modules.iter().enumerate();
        let mut places: Vec<_> = modules
            .flat_map(|(module, tree)| {
                let templates = tree.templates.iter().enumerate();
                templates
                    .map(move |(template, entity)| (&entity.number, Place { module, template }))
            })
            .collect();
        places.sort_unstable_by_key(|(number, _)| *number);
        Self(places)
    }

    /// Where the template of `license` stands; `None` when the product has no such template.
    pub(crate) fn place(&self, license: &License) -> Option<Place> {
        let found = self
            .0
            .binary_search_by_key(&&license.template, |(number, _)| number);
        found.ok().map(|at| self.0[at].1)
    }
}

/// What the licensee owns, by module in the product's order, then by license number. A license
/// of a template that the product does not have counts nowhere.
pub(crate) fn owned<'a>(product: &ProductTree, licensee: &'a LicenseeAggregate) -> Vec<Owned<'a>> {
    let index = TemplateIndex::of(product);
    let mut owned: Vec<_> = licensee
        .licenses
        .iter()
        .filter_map(|license| {
            let Place { module, template } = index.place(license)?;
            Some(Owned {
                module,
                template,
                active: license.active && licensee.licensee.active,
                license,
            })
        })
        .collect();
    owned.sort_by_key(|owned| owned.module);
    owned
}
