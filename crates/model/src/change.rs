//! What a decision changes. The store writes these and nothing else, and the
//! same `apply` keeps the copy in memory equal to it.

use alloc::boxed::Box;
use alloc::vec::Vec;
use jiff::Timestamp;

use crate::license::License;
use crate::licensee::{Licensee, LicenseeSecret, WarningLevels};
use crate::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber, ProductNumber,
};
use crate::product::{Product, ProductModule};
use crate::property::{Given, LARGEST_INTEGER};
use crate::snapshot::LicenseeAggregate;
use crate::template::LicenseTemplate;

/// One change within one vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A product is created, or updated where `former` names the one it replaces.
    PutProduct {
        /// The number it had until now; `None` when it is new.
        former: Option<ProductNumber>,
        /// As it is from now on.
        product: Product,
    },
    /// A product goes, with its modules and templates. Its licensees have gone before.
    RemoveProduct(ProductNumber),
    /// A module is created in `product`, or updated.
    PutModule {
        /// The product it belongs to; it never moves.
        product: ProductNumber,
        /// The number it had until now; `None` when it is new.
        former: Option<ProductModuleNumber>,
        /// As it is from now on.
        module: ProductModule,
    },
    /// A module goes, with its templates.
    RemoveModule(ProductModuleNumber),
    /// A template is created in `module`, or updated.
    PutTemplate {
        /// The module it belongs to; it never moves.
        module: ProductModuleNumber,
        /// The number it had until now; `None` when it is new.
        former: Option<LicenseTemplateNumber>,
        /// As it is from now on.
        template: LicenseTemplate,
    },
    /// A template goes. Licenses made from it have gone before.
    RemoveTemplate(LicenseTemplateNumber),
    /// A licensee is created in `product`, without licenses.
    CreateLicensee {
        /// The product it belongs to; it never moves.
        product: ProductNumber,
        /// The licensee.
        licensee: Licensee,
    },
    /// Something about one licensee changes.
    Licensee {
        /// The number it has before the change.
        licensee: LicenseeNumber,
        /// What changes.
        change: LicenseeChange,
    },
    /// A licensee goes, with its licenses.
    RemoveLicensee(LicenseeNumber),
}

/// One change of one licensee's aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LicenseeChange {
    /// The licensee's own properties, its number included, are as given from now on.
    Put(Licensee),
    /// A license is added, or rewritten where `former` names the one it replaces.
    PutLicense {
        /// The number it had until now; `None` when it is new.
        former: Option<LicenseNumber>,
        /// As it is from now on, state included.
        license: License,
    },
    /// A license goes.
    RemoveLicense(LicenseNumber),
    /// An undated license begins.
    Start {
        /// Which license.
        license: LicenseNumber,
        /// When.
        at: Timestamp,
    },
    /// A session takes a seat, or keeps it for longer.
    HoldSession {
        /// On which license.
        license: LicenseNumber,
        /// The client's id of the session.
        session: Box<str>,
        /// The seat is free again from then on.
        until: Timestamp,
    },
    /// A session gives its seat back, or has lapsed.
    DropSession {
        /// On which license.
        license: LicenseNumber,
        /// The client's id of the session.
        session: Box<str>,
    },
    /// Credits are written off.
    Use {
        /// From which license.
        license: LicenseNumber,
        /// How many, at least 1.
        amount: i64,
    },
    /// A node secret takes a free slot.
    BindNode {
        /// On which license.
        license: LicenseNumber,
        /// Which slot.
        slot: u32,
        /// The secret.
        secret: Box<str>,
    },
    /// The first secret a client showed is kept (G-11).
    StoreSecret(LicenseeSecret),
    /// The warning levels seen by a validation. A cache: losing it loses nothing.
    Warn(WarningLevels),
}

impl LicenseeChange {
    /// True for a change that an answer need not wait for, since losing it loses nothing.
    pub fn is_cache(&self) -> bool {
        matches!(self, Self::Warn(_))
    }
}

impl LicenseeAggregate {
    /// The license with this number.
    pub fn license(&self, number: &LicenseNumber) -> Option<&License> {
        self.place(number).ok().map(|at| &self.licenses[at])
    }

    /// Applies one change. A change that names a license the aggregate does not have is ignored:
    /// it was decided on this very state, so that cannot happen.
    pub fn apply(&mut self, change: &LicenseeChange) {
        match change {
            LicenseeChange::Put(licensee) => self.licensee = licensee.clone(),
            LicenseeChange::PutLicense { former, license } => {
                if let Some(former) = former {
                    self.remove(former);
                }
                self.licensee.warning_levels = None;
                match self.place(&license.number) {
                    Ok(at) => self.licenses[at] = license.clone(),
                    Err(at) => self.licenses.insert(at, license.clone()),
                }
            }
            LicenseeChange::RemoveLicense(number) => {
                self.licensee.warning_levels = None;
                self.remove(number);
            }
            LicenseeChange::Start { license, at } => self.change(license, |license| {
                license.start_date = Some(Given::at(*at));
            }),
            LicenseeChange::HoldSession {
                license,
                session,
                until,
            } => self.change(license, |license| {
                let until = Given::at(*until);
                license.sessions.insert(session.clone(), until);
            }),
            LicenseeChange::DropSession { license, session } => self.change(license, |license| {
                license.sessions.remove(session);
            }),
            LicenseeChange::Use { license, amount } => self.change(license, |license| {
                let used = used_after(license.used(), *amount);
                license.used_quantity = Some(Given::read(
                    &alloc::format!("{used}"),
                    crate::property::integer,
                ));
            }),
            LicenseeChange::BindNode {
                license,
                slot,
                secret,
            } => self.change(license, |license| {
                license.node_secrets.insert(*slot, secret.clone());
            }),
            LicenseeChange::StoreSecret(secret) => self.licensee.secret = Some(secret.clone()),
            LicenseeChange::Warn(levels) => self.licensee.warning_levels = Some(levels.clone()),
        }
    }

    fn change(&mut self, number: &LicenseNumber, change: impl FnOnce(&mut License)) {
        if let Ok(at) = self.place(number) {
            change(&mut self.licenses[at]);
        }
    }

    fn remove(&mut self, number: &LicenseNumber) {
        if let Ok(at) = self.place(number) {
            self.licenses.remove(at);
        }
    }

    fn place(&self, number: &LicenseNumber) -> Result<usize, usize> {
        self.licenses
            .binary_search_by(|license| license.number.cmp(number))
    }
}

impl License {
    /// Credits used so far; absent, malformed or negative: 0 (G-3).
    pub fn used(&self) -> i64 {
        self.used_quantity
            .as_ref()
            .and_then(Given::value)
            .copied()
            .unwrap_or(0)
            .max(0)
    }
}

/// A count of used credits with `amount` more: it stops at the largest that can be told (G-7).
pub fn used_after(used: i64, amount: i64) -> i64 {
    used.saturating_add(amount).min(LARGEST_INTEGER)
}

/// An answer, and what it changed. The answer may leave once the changes are durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<T> {
    /// The answer.
    pub outcome: T,
    /// In the order in which they apply.
    pub changes: Vec<LicenseeChange>,
}
