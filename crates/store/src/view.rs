//! What an edit or a list may look at: one vendor's whole state, standing still.

use std::sync::Arc;

use leasehold_model::license::License;
use leasehold_model::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber, ProductNumber,
};
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree, ProductTree};
use leasehold_model::template::LicenseTemplate;

use crate::write::{Account, Generation, ImportRecord, SealedPackageKey, StoredToken};

/// One vendor's state. Nothing of it changes while the view lives. Everything that lists comes in
/// creation order. Other vendors cannot be reached from it.
pub struct VendorView<'a> {
    _state: std::marker::PhantomData<&'a ()>,
}

/// A licensee is handed out under its lock for as long as the closure runs; no copy is made.
impl<'a> VendorView<'a> {
    /// The vendor itself.
    pub fn account(&self) -> &Account {
        todo!()
    }

    /// All products.
    pub fn products(&self) -> impl Iterator<Item = &Arc<ProductTree>> {
        todo!();
        #[expect(unreachable_code, reason = "skeleton")]
        std::iter::empty()
    }

    /// The product of this number.
    pub fn product(&self, _number: &str) -> Option<&Arc<ProductTree>> {
        todo!()
    }

    /// The module of this number, and its product.
    pub fn module(&self, _number: &str) -> Option<(&Arc<ProductTree>, &ModuleTree)> {
        todo!()
    }

    /// The template of this number, its module and its product.
    pub fn template(
        &self,
        _number: &str,
    ) -> Option<(&Arc<ProductTree>, &ModuleTree, &LicenseTemplate)> {
        todo!()
    }

    /// Calls `look` with the licensee of this number or alias, and its product.
    pub fn licensee<T>(
        &self,
        _number_or_alias: &str,
        _look: impl FnOnce(&Arc<ProductTree>, &LicenseeAggregate) -> T,
    ) -> Option<T> {
        todo!()
    }

    /// Calls `look` with every licensee, and its product.
    pub fn each_licensee(&self, _look: impl FnMut(&Arc<ProductTree>, &LicenseeAggregate)) {
        todo!()
    }

    /// The licensee that owns the license of this number.
    pub fn license_owner(&self, _number: &LicenseNumber) -> Option<LicenseeNumber> {
        todo!()
    }

    /// Calls `look` with every license in creation order, with its licensee and product.
    pub fn each_license(&self, _look: impl FnMut(&Arc<ProductTree>, &LicenseeAggregate, &License)) {
        todo!()
    }

    /// True when the product has a licensee.
    pub fn product_in_use(&self, _number: &ProductNumber) -> bool {
        todo!()
    }

    /// True when the module's product has a licensee.
    pub fn module_in_use(&self, _number: &ProductModuleNumber) -> bool {
        todo!()
    }

    /// True when a license was made from the template.
    pub fn template_in_use(&self, _number: &LicenseTemplateNumber) -> bool {
        todo!()
    }

    /// All tokens.
    pub fn tokens(&self) -> impl Iterator<Item = &StoredToken> {
        todo!();
        #[expect(unreachable_code, reason = "skeleton")]
        std::iter::empty()
    }

    /// The vendor's key for packages, once made.
    pub fn package_key(&self) -> Option<&SealedPackageKey> {
        todo!()
    }

    /// The newest export of `product` to `recipient`.
    pub fn generation(&self, _product: &ProductNumber, _recipient: &str) -> Option<&Generation> {
        todo!()
    }

    /// All packages taken in.
    pub fn imports(&self) -> impl Iterator<Item = &ImportRecord> {
        todo!();
        #[expect(unreachable_code, reason = "skeleton")]
        std::iter::empty()
    }
}
