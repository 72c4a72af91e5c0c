//! What an edit or a list may look at: one vendor's whole state.

use std::cell::RefCell;
use std::sync::Arc;

use leasehold_model::bundle::Bundle;
use leasehold_model::event::EventSet;
use leasehold_model::license::License;
use leasehold_model::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber, ProductNumber,
};
use leasehold_model::payment_method::{PaymentMethod, PaymentMethodKind};
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree, ProductTree, StatefulRights};
use leasehold_model::template::LicenseTemplate;

use crate::delivery::LoggedDelivery;
use crate::error::StoreError;
use crate::ids::LicenseeId;
use crate::inner::{Inner, Keep, read};
use crate::memory::{Entry, VendorCell, VendorState};
use crate::write::{
    Account, Binding, Generation, ImportRecord, SealedPackageKey, StoredNotification, StoredToken,
    StoredTransaction,
};

/// One vendor's state. In an edit nothing of it changes while the view lives; in a look nobody
/// edits meanwhile, and each licensee is handed out whole, but decisions about others go on.
/// Everything that lists comes in creation order. Other vendors cannot be reached from it.
///
/// A licensee that cannot be read from disk is passed over here; the edit or look as a whole then
/// fails with the cause.
pub struct VendorView<'a> {
    inner: &'a Inner,
    cell: &'a VendorCell,
    state: &'a VendorState,
    account: Arc<Account>,
    failure: RefCell<Option<StoreError>>,
}

impl<'a> VendorView<'a> {
    pub(crate) fn new(inner: &'a Inner, cell: &'a VendorCell, state: &'a VendorState) -> Self {
        Self {
            inner,
            cell,
            state,
            account: Arc::clone(&read(&cell.account)),
            failure: RefCell::new(None),
        }
    }

    /// Fails when something could not be shown.
    pub(crate) fn finish(self) -> Result<(), StoreError> {
        self.failure.into_inner().map_or(Ok(()), Err)
    }

    /// The vendor itself.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// All products.
    pub fn products(&self) -> impl Iterator<Item = &Arc<ProductTree>> {
        self.state.catalogue.products()
    }

    /// The product of this number.
    pub fn product(&self, number: &str) -> Option<&Arc<ProductTree>> {
        self.state.catalogue.product(number)
    }

    /// The module of this number, and its product.
    pub fn module(&self, number: &str) -> Option<(&Arc<ProductTree>, &ModuleTree)> {
        self.state.catalogue.module(number)
    }

    /// The template of this number, its module and its product.
    pub fn template(
        &self,
        number: &str,
    ) -> Option<(&Arc<ProductTree>, &ModuleTree, &LicenseTemplate)> {
        self.state.catalogue.template(number)
    }

    /// Calls `look` with the licensee of this number or alias, and its product.
    pub fn licensee<T>(
        &self,
        number_or_alias: &str,
        look: impl FnOnce(&Arc<ProductTree>, &LicenseeAggregate) -> T,
    ) -> Option<T> {
        self.look(number_or_alias, Keep::Yes, look)
    }

    /// The same for one of very many, which does not stay at hand.
    pub fn licensee_of_many<T>(
        &self,
        number_or_alias: &str,
        look: impl FnOnce(&Arc<ProductTree>, &LicenseeAggregate) -> T,
    ) -> Option<T> {
        self.look(number_or_alias, Keep::No, look)
    }

    fn look<T>(
        &self,
        number_or_alias: &str,
        keep: Keep,
        look: impl FnOnce(&Arc<ProductTree>, &LicenseeAggregate) -> T,
    ) -> Option<T> {
        let entry = read(&self.state.names).licensee(number_or_alias).cloned()?;
        let (product, body) = self.open(&entry, keep)?;
        Some(look(product, &body))
    }

    /// Who gives away what this licensee has only so much of.
    pub fn stateful_rights(&self, licensee: &LicenseeNumber) -> StatefulRights {
        self.binding(licensee)
            .map_or(StatefulRights::Held, |binding| binding.stateful)
    }

    /// By which package this licensee travelled last.
    pub fn binding(&self, licensee: &LicenseeNumber) -> Option<&Arc<Binding>> {
        let id = read(&self.state.names).licensee(licensee.as_str())?.id;
        self.state.books.bindings.get(&id)
    }

    /// The binding of each licensee that has travelled.
    pub fn bindings(&self) -> impl Iterator<Item = &Arc<Binding>> {
        self.state.books.bindings.values()
    }

    /// All licensees about which somebody else decides, and by which package. Reads each from disk that
    /// is not in memory.
    pub fn delegations(&self) -> impl Iterator<Item = (LicenseeNumber, &Arc<Binding>)> {
        let all = self.state.books.bindings.iter();
        let delegated = all.filter(|(_, binding)| binding.stateful == StatefulRights::Delegated);
        delegated.filter_map(|(id, binding)| {
            let (_, body) = self.open(self.state.entries.get(id)?, Keep::No)?;
            Some((body.licensee.number.clone(), binding))
        })
    }

    /// Calls `look` with every licensee, and its product.
    pub fn each_licensee(&self, mut look: impl FnMut(&Arc<ProductTree>, &LicenseeAggregate)) {
        for entry in self.state.entries.values() {
            let Some((product, body)) = self.open(entry, Keep::No) else {
                return;
            };
            look(product, &body);
        }
    }

    /// The licensee that owns the license of this number.
    pub fn license_owner(&self, number: &LicenseNumber) -> Option<LicenseeNumber> {
        let names = read(&self.state.names);
        let owner = names.license(number.as_str())?.owner;
        drop(names);
        let (_, body) = self.open(self.state.entries.get(&owner)?, Keep::Yes)?;
        Some(body.licensee.number.clone())
    }

    /// Calls `look` with every license in creation order, with its licensee and product.
    pub fn each_license(
        &self,
        mut look: impl FnMut(&Arc<ProductTree>, &LicenseeAggregate, &License),
    ) {
        let licenses = read(&self.state.names).licenses();
        // Licenses of one licensee are mostly made together: its body is opened once for them.
        let mut opened: Option<(LicenseeId, &Arc<ProductTree>, Arc<LicenseeAggregate>)> = None;
        for (number, place) in licenses {
            let (product, body) = match &opened {
                Some((owner, product, body)) if *owner == place.owner => {
                    (*product, Arc::clone(body))
                }
                _ => {
                    let owner = self.state.entries.get(&place.owner);
                    match owner.and_then(|owner| self.open(owner, Keep::No)) {
                        Some(opened) => opened,
                        None => return,
                    }
                }
            };
            if let Some(license) = body.license(&number) {
                look(product, &body, license);
            }
            opened = Some((place.owner, product, body));
        }
    }

    /// True when the product has a licensee.
    pub fn product_in_use(&self, number: &ProductNumber) -> bool {
        let id = self.state.catalogue.product_id(number.as_str());
        id.and_then(|id| self.state.licensees.get(&id))
            .is_some_and(|count| *count > 0)
    }

    /// True when the module's product has a licensee.
    pub fn module_in_use(&self, number: &ProductModuleNumber) -> bool {
        let module = self.state.catalogue.module(number.as_str());
        module.is_some_and(|(tree, _)| self.product_in_use(&tree.product.number))
    }

    /// True when a license was made from the template.
    pub fn template_in_use(&self, number: &LicenseTemplateNumber) -> bool {
        let place = self.state.catalogue.template_place(number.as_str());
        place.is_some_and(|place| read(&self.state.names).uses(place.id) > 0)
    }

    /// All tokens.
    pub fn tokens(&self) -> impl Iterator<Item = &StoredToken> {
        self.state.books.tokens.values().map(|token| &**token)
    }

    /// The vendor's key for packages, once made.
    pub fn package_key(&self) -> Option<&SealedPackageKey> {
        self.state.books.package_key.as_ref()
    }

    /// The newest export of `product` to `recipient`.
    pub fn generation(&self, product: &ProductNumber, recipient: &str) -> Option<&Generation> {
        self.state.books.generations.get(product)?.get(recipient)
    }

    /// All packages taken in.
    pub fn imports(&self) -> impl Iterator<Item = &ImportRecord> {
        self.state.books.imports.values()
    }

    /// How many licensees the vendor has.
    pub fn licensee_count(&self) -> usize {
        self.state.entries.len()
    }

    /// All bundles.
    pub fn bundles(&self) -> impl Iterator<Item = &Bundle> {
        self.state.books.bundles.values()
    }

    /// The bundle of this number.
    pub fn bundle(&self, number: &str) -> Option<&Bundle> {
        self.state.books.bundle(number).map(|(_, bundle)| bundle)
    }

    /// All notifications.
    pub fn notifications(&self) -> impl Iterator<Item = &StoredNotification> {
        self.state.books.notifications.values()
    }

    /// The notification of this number.
    pub fn notification(&self, number: &str) -> Option<&StoredNotification> {
        let found = self.state.books.notification(number);
        found.map(|(_, notification)| notification)
    }

    /// What some active notification listens to.
    pub fn awaited_events(&self) -> EventSet {
        self.state.books.awaited_events()
    }

    /// The settings of a payment method; `None` when it was never touched.
    pub fn payment_method(&self, kind: PaymentMethodKind) -> Option<&PaymentMethod> {
        self.state.books.payment_methods.get(&kind)
    }

    /// The transaction of this number. Waits for what is on its way to the disk.
    pub fn transaction(&self, number: &str) -> Option<StoredTransaction> {
        self.found(self.inner.settled_transaction(self.cell.id, number))
            .flatten()
    }

    /// Calls `look` with every transaction. Waits for what is on its way to the disk.
    pub fn each_transaction(&self, mut look: impl FnMut(StoredTransaction)) {
        let settled = self.inner.settle();
        self.found(settled.and_then(|()| self.inner.engine.transactions(self.cell.id, &mut look)));
    }

    /// True when the license joined a transaction that is pending, and none that is closed but those
    /// that a mere change or a transfer made. Waits likewise.
    pub fn is_license_pending(&self, number: &LicenseNumber) -> bool {
        let place = read(&self.state.names).license(number.as_str());
        let Some(place) = place else {
            return false;
        };
        let settled = self.inner.settle();
        self.found(settled.and_then(|()| self.inner.engine.is_pending(self.cell.id, place.id)))
            .unwrap_or(false)
    }

    /// The log of a notification's deliveries, the newest events first, at most `limit` of them.
    pub fn deliveries(&self, number: &str, limit: usize) -> Vec<LoggedDelivery> {
        let Some((id, _)) = self.state.books.notification(number) else {
            return Vec::new();
        };
        let settled = self.inner.settle();
        self.found(settled.and_then(|()| self.inner.engine.deliveries(self.cell.id, id, limit)))
            .unwrap_or_default()
    }

    /// The document of this name; `None` when there is none. Blocks, and reads the disk.
    pub fn document(&self, name: &str) -> Option<Vec<u8>> {
        let settled = self.inner.settle();
        self.found(settled.and_then(|()| self.inner.engine.document(self.cell.id, name)))
            .flatten()
    }

    /// True when the audit log tells that a document of this name was kept once. Blocks, and reads the
    /// whole log: for when the document is missing.
    pub fn has_kept(&self, name: &str) -> bool {
        let settled = self.inner.settle();
        let told = || self.inner.engine.has_kept(self.cell.number.as_str(), name);
        self.found(settled.and_then(|()| told())).unwrap_or(true)
    }

    fn found<T>(&self, found: Result<T, StoreError>) -> Option<T> {
        match found {
            Ok(found) => Some(found),
            Err(error) => {
                self.failure.borrow_mut().get_or_insert(error);
                None
            }
        }
    }

    fn open(
        &self,
        entry: &Arc<Entry>,
        keep: Keep,
    ) -> Option<(&Arc<ProductTree>, Arc<LicenseeAggregate>)> {
        let product = self.state.catalogue.tree(entry.product)?;
        let body = self.found(self.inner.body(self.cell.id, entry, keep))?;
        Some((product, body))
    }
}
