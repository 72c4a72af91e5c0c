//! What the writer is told: changes whose numbers have been resolved to rows.

use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::change::{LicenseeChange, used_after};
use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;
use leasehold_model::number::{
    BundleNumber, LicenseNumber, LicenseTemplateNumber, LicenseeNumber, NotificationNumber,
    ProductModuleNumber, ProductNumber, TransactionNumber, VendorNumber,
};
use leasehold_model::product::{Product, ProductModule};
use leasehold_model::template::LicenseTemplate;

use leasehold_model::bundle::Bundle;
use leasehold_model::payment_method::{PaymentMethod, PaymentMethodKind};
use leasehold_model::transaction::Transaction;

use crate::delivery::Attempt;
use crate::footprint::Reach;
use crate::ids::{
    BundleId, EventId, ImportId, LicenseId, LicenseeId, ModuleId, NotificationId, ProductId,
    TemplateId, TokenId, TransactionId, VendorId,
};
use crate::others::Moment;
use crate::write::{
    Account, Announcement, Binding, Document, Generation, ImportRecord, Origin, RememberedReply,
    SealedPackageKey, StoredNotification, StoredToken,
};

/// Steps of one vendor that become durable together, with one row in the audit log.
///
/// Everything a step refers to exists when it is its turn: that was checked in memory before the
/// command was queued, since a commit that fails stops the store.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) vendor: VendorId,
    pub(crate) vendor_number: VendorNumber,
    /// The one licensee it is about, by the number before the command.
    pub(crate) licensee: Option<LicenseeNumber>,
    pub(crate) origin: Origin,
    pub(crate) at: Timestamp,
    pub(crate) steps: Vec<Step>,
    /// What had reached memory when it was decided.
    pub(crate) basis: Moment,
    pub(crate) reach: Reach,
    /// The licensees that it makes, changes or removes.
    pub(crate) touched: Vec<LicenseeId>,
    /// The newest id that this node had made by then.
    pub(crate) newest_id: i64,
}

/// One step of a command. `Put…` writes the row whether or not it is there.
#[derive(Debug)]
pub(crate) enum Step {
    PutAccount(Account),
    PutProduct {
        id: ProductId,
        product: Product,
    },
    RemoveProduct(ProductId, ProductNumber),
    PutModule {
        product: ProductId,
        id: ModuleId,
        module: ProductModule,
    },
    RemoveModule(ModuleId, ProductModuleNumber),
    PutTemplate {
        module: ModuleId,
        id: TemplateId,
        template: LicenseTemplate,
    },
    RemoveTemplate(TemplateId, LicenseTemplateNumber),
    CreateLicensee {
        product: ProductId,
        id: LicenseeId,
        licensee: Licensee,
    },
    RemoveLicensee(LicenseeId, LicenseeNumber),
    Licensee(LicenseeStep),
    PutToken(TokenId, StoredToken),
    RemoveToken(TokenId),
    PutPackageKey(SealedPackageKey),
    PutGeneration(Generation),
    PutBinding(LicenseeId, Arc<Binding>),
    RemoveBinding(LicenseeId),
    PutImport(ImportId, ImportRecord),
    PutDocument(Document),
    RemoveDocument(Box<str>),
    PutBundle(BundleId, Bundle),
    RemoveBundle(BundleId, BundleNumber),
    PutNotification(NotificationId, StoredNotification),
    RemoveNotification(NotificationId, NotificationNumber),
    PutPaymentMethod(PaymentMethodKind, PaymentMethod),
    CreateTransaction {
        id: TransactionId,
        transaction: Transaction,
        /// Nobody was told its number, which is drawn anew should another one have it.
        is_drawn: bool,
        joined: Vec<JoinedLicense>,
    },
    UpdateTransaction {
        former: TransactionNumber,
        transaction: Transaction,
        joined: Vec<JoinedLicense>,
    },
    /// An event, and whom it is delivered to.
    Announce {
        id: EventId,
        announcement: Announcement,
        listeners: Vec<NotificationId>,
    },
    Remember(RememberedReply),
    Deliver(Attempt),
    /// What was told or answered before these instants is forgotten.
    Forget {
        events_before: Timestamp,
        replies_before: Timestamp,
    },
}

/// A license that joins a transaction: by its row while it has one, and by its number.
#[derive(Debug, Clone)]
pub(crate) struct JoinedLicense {
    pub(crate) id: Option<LicenseId>,
    pub(crate) number: LicenseNumber,
}

impl Step {
    /// True for what may make something due, or not due any more: an event, a notification that is
    /// set anew (switched on or off, or its pause ends), and one that goes.
    pub(crate) fn concerns_outbox(&self) -> bool {
        matches!(
            self,
            Self::Announce { .. } | Self::PutNotification(..) | Self::RemoveNotification(..)
        )
    }
}

/// A step within one licensee's aggregate.
#[derive(Debug)]
pub(crate) struct LicenseeStep {
    pub(crate) id: LicenseeId,
    pub(crate) part: LicenseePart,
}

/// The licensee's own row, or one license of it.
#[derive(Debug)]
pub(crate) enum LicenseePart {
    /// The licensee's own properties: `Put`, `StoreSecret` or `Warn`.
    Own(LicenseeChange),
    PutLicense {
        id: LicenseId,
        template: TemplateId,
        license: License,
    },
    RemoveLicense(LicenseId, LicenseNumber),
    /// Credits of a license are written off.
    Use(LicenseId, Use),
    /// The state of a license: everything else.
    License(LicenseId, LicenseeChange),
}

/// Credits that are written off a license, and what had been before: whoever writes it down need not look.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) license: LicenseNumber,
    pub(crate) amount: i64,
    pub(crate) before: i64,
}

impl Use {
    /// What the license's uses come to with these.
    pub(crate) fn after(&self) -> i64 {
        used_after(self.before, self.amount)
    }
}
