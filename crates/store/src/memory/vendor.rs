//! One vendor's state, and the directory of all vendors.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, RwLock};

use leasehold_model::bundle::Bundle;
use leasehold_model::event::{EventKind, EventSet};
use leasehold_model::number::{ProductNumber, VendorNumber};
use leasehold_model::payment_method::{PaymentMethod, PaymentMethodKind};
use leasehold_model::snapshot::StatefulRights;

use super::calls::Calls;
use super::catalogue::Catalogue;
use super::entry::Entry;
use super::names::Names;
use crate::error::StoreError;
use crate::ids::{BundleId, ImportId, LicenseeId, NotificationId, ProductId, TokenId, VendorId};
use crate::inner::read;
use crate::write::{
    Account, Binding, Generation, ImportRecord, SealedPackageKey, StoredNotification, StoredToken,
};

/// A vendor.
#[derive(Debug)]
pub(crate) struct VendorCell {
    pub(crate) id: VendorId,
    pub(crate) number: VendorNumber,
    pub(crate) account: RwLock<Arc<Account>>,
    /// Shared by decisions and looks, exclusive for edits. An asynchronous lock, since an edit may
    /// read bodies from disk while it holds it; no task waits for anything else while it does.
    pub(crate) state: Arc<tokio::sync::RwLock<VendorState>>,
}

/// Everything of a vendor but its account.
#[derive(Debug, Default)]
pub(crate) struct VendorState {
    pub(crate) catalogue: Arc<Catalogue>,
    /// All licensees, oldest first.
    pub(crate) entries: BTreeMap<LicenseeId, Arc<Entry>>,
    /// How many of them a product has.
    pub(crate) licensees: HashMap<ProductId, usize>,
    /// Behind a lock of its own, since a decision may add or rename licenses.
    pub(crate) names: RwLock<Names>,
    pub(crate) books: Arc<Books>,
    /// Behind a lock of its own, since decisions remember replies, too.
    pub(crate) calls: Mutex<Calls>,
    /// The newest edit: what rests on this state must wait for it.
    pub(crate) edited: u64,
}

/// Tokens, bundles, notifications, payment methods, the package key, and the books of exports and
/// imports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Books {
    /// Oldest first.
    pub(crate) tokens: BTreeMap<TokenId, Arc<StoredToken>>,
    pub(crate) package_key: Option<SealedPackageKey>,
    /// By which package a licensee travelled last. Shared, since there may be many: most edits of
    /// the books leave them alone.
    pub(crate) bindings: Arc<BTreeMap<LicenseeId, Arc<Binding>>>,
    pub(crate) generations: HashMap<ProductNumber, HashMap<Box<str>, Generation>>,
    /// Oldest first.
    pub(crate) imports: BTreeMap<ImportId, ImportRecord>,
    /// Oldest first.
    pub(crate) bundles: BTreeMap<BundleId, Bundle>,
    /// Oldest first.
    pub(crate) notifications: BTreeMap<NotificationId, StoredNotification>,
    /// Those that were ever touched.
    pub(crate) payment_methods: BTreeMap<PaymentMethodKind, PaymentMethod>,
}

/// All vendors.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    /// Oldest first.
    pub(crate) vendors: BTreeMap<VendorId, Arc<VendorCell>>,
    pub(crate) numbers: HashMap<VendorNumber, VendorId>,
    pub(crate) logins: HashMap<Box<str>, VendorId>,
}

/// All vendors' tokens by look-up key.
#[derive(Debug, Default)]
pub(crate) struct Tokens(HashMap<[u8; 32], TokenPlace>);

/// Whose a token is.
#[derive(Debug, Clone)]
pub(crate) struct TokenPlace {
    pub(crate) vendor: VendorNumber,
    pub(crate) id: TokenId,
    pub(crate) token: Arc<StoredToken>,
}

impl Directory {
    pub(crate) fn by_number(&self, number: &str) -> Option<&Arc<VendorCell>> {
        self.vendors.get(self.numbers.get(number)?)
    }

    pub(crate) fn by_login(&self, login: &str) -> Option<&Arc<VendorCell>> {
        self.vendors.get(self.logins.get(login)?)
    }

    /// The account as it is to be written for the vendor of this row; `None` when it is written so
    /// already. The login and number of an existing one never change.
    pub(crate) fn admit(
        &self,
        id: VendorId,
        mut account: Account,
    ) -> Result<Option<Account>, StoreError> {
        let existing = self.by_number(account.vendor.number.as_str());
        let with_login = self.by_login(&account.vendor.login);
        if existing.is_some_and(|cell| cell.id != id) {
            return Err(StoreError::NumberTaken((&account.vendor.number).into()));
        }
        if with_login.map(|cell| cell.id) != existing.map(|cell| cell.id) {
            return Err(StoreError::NumberTaken(account.vendor.login.into()));
        }
        if let Some(cell) = existing {
            let before = read(&cell.account);
            account.revision = account.revision.max(before.revision);
            if before.password != account.password {
                account.revision = account.revision.max(before.revision + 1);
            }
            if **before == account {
                return Ok(None);
            }
        }
        Ok(Some(account))
    }

    pub(crate) fn insert(&mut self, cell: Arc<VendorCell>, login: &str) {
        self.numbers.insert(cell.number.clone(), cell.id);
        self.logins.insert(login.into(), cell.id);
        self.vendors.insert(cell.id, cell);
    }
}

impl Books {
    /// The bundle of this number.
    pub(crate) fn bundle(&self, number: &str) -> Option<(BundleId, &Bundle)> {
        let mut bundles = self.bundles.iter();
        let found = bundles.find(|(_, bundle)| bundle.number.as_str() == number);
        found.map(|(id, bundle)| (*id, bundle))
    }

    /// The notification of this number.
    pub(crate) fn notification(
        &self,
        number: &str,
    ) -> Option<(NotificationId, &StoredNotification)> {
        let mut all = self.notifications.iter();
        let found = all.find(|(_, stored)| stored.notification.number.as_str() == number);
        found.map(|(id, stored)| (*id, stored))
    }

    /// What some active notification listens to.
    pub(crate) fn awaited_events(&self) -> EventSet {
        let active = self
            .notifications
            .values()
            .map(|stored| &stored.notification);
        active
            .filter(|notification| notification.active)
            .fold(EventSet::NONE, |all, one| all.with(one.events))
    }

    /// The active notifications that listen to `kind`.
    pub(crate) fn listeners(&self, kind: EventKind) -> Vec<NotificationId> {
        let listens = |stored: &StoredNotification| {
            stored.notification.active && stored.notification.events.has(kind)
        };
        let all = self.notifications.iter();
        all.filter(|(_, stored)| listens(stored))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Where the tokens are found by everybody.
    pub(crate) fn places(&self, vendor: &VendorNumber) -> HashMap<[u8; 32], Option<TokenPlace>> {
        let place = |(id, token): (&TokenId, &Arc<StoredToken>)| {
            let place = TokenPlace {
                vendor: vendor.clone(),
                id: *id,
                token: Arc::clone(token),
            };
            (token.lookup, Some(place))
        };
        self.tokens.iter().map(place).collect()
    }

    /// Who gives away what this licensee has only so much of.
    pub(crate) fn stateful_rights(&self, licensee: LicenseeId) -> StatefulRights {
        let binding = self.bindings.get(&licensee);
        binding.map_or(StatefulRights::Held, |binding| binding.stateful)
    }

    pub(crate) fn put_binding(&mut self, licensee: LicenseeId, binding: Arc<Binding>) {
        Arc::make_mut(&mut self.bindings).insert(licensee, binding);
    }

    /// True when there was one.
    pub(crate) fn remove_binding(&mut self, licensee: LicenseeId) -> bool {
        self.bindings.contains_key(&licensee)
            && Arc::make_mut(&mut self.bindings)
                .remove(&licensee)
                .is_some()
    }

    pub(crate) fn put_generation(&mut self, generation: Generation) {
        self.generations
            .entry(generation.product.clone())
            .or_default()
            .insert(generation.recipient.clone(), generation);
    }
}

impl Tokens {
    pub(crate) fn get(&self, lookup: &[u8; 32]) -> Option<&TokenPlace> {
        self.0.get(lookup)
    }

    /// Fails when one of them is another vendor's.
    pub(crate) fn check(
        &self,
        changes: &HashMap<[u8; 32], Option<TokenPlace>>,
    ) -> Result<(), StoreError> {
        let is_foreign = |(lookup, place): (&[u8; 32], &Option<TokenPlace>)| {
            let held = self.get(lookup);
            held.zip(place.as_ref())
                .is_some_and(|(held, place)| held.vendor != place.vendor)
        };
        if changes.iter().any(is_foreign) {
            Err(token_taken())
        } else {
            Ok(())
        }
    }

    /// Puts tokens, or removes them where there is `None`.
    pub(crate) fn apply(&mut self, changes: HashMap<[u8; 32], Option<TokenPlace>>) {
        for (lookup, place) in changes {
            match place {
                Some(place) => self.0.insert(lookup, place),
                None => self.0.remove(&lookup),
            };
        }
    }
}

/// An API key's number is a secret, so that the error does not tell it.
pub(crate) fn token_taken() -> StoreError {
    StoreError::NumberTaken("of an API key".into())
}
