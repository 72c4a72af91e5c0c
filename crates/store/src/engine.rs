//! The narrow trait of a database engine (decision D5): it speaks aggregates and commands, not
//! rows. SQLite is one; PostgreSQL gets its own folder beside it.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::bundle::Bundle;
use leasehold_model::license::License;
use leasehold_model::number::LicenseNumber;
use leasehold_model::payment_method::{PaymentMethod, PaymentMethodKind};
use leasehold_model::product::{Product, ProductModule};
use leasehold_model::property::{Given, integer};
use leasehold_model::snapshot::LicenseeAggregate;
use leasehold_model::template::LicenseTemplate;

use crate::command::Command;
use crate::delivery::{DueRows, LoggedDelivery};
use crate::error::StoreError;
use crate::footprint::Feed;
use crate::ids::{
    BundleId, ImportId, LicenseId, LicenseeId, ModuleId, NodeNumber, NotificationId, Position,
    ProductId, TemplateId, TokenId, VendorId,
};
use crate::others::Others;
use crate::write::{
    Account, Binding, CallKey, Generation, ImportRecord, SealedPackageKey, StoredNotification,
    StoredToken, StoredTransaction,
};

/// Where the state lies. Everything here blocks.
pub(crate) trait Engine: Send + Sync + 'static {
    /// Tells all there is at one instant, vendor by vendor, each kind in creation order. Returns how
    /// far the audit log reached then.
    fn load_all(&self, visitor: &mut dyn Visitor) -> Result<Position, StoreError>;

    /// One licensee as last committed; `None` when there is none.
    fn load_licensee(
        &self,
        vendor: VendorId,
        licensee: LicenseeId,
    ) -> Result<Option<LoadedLicensee>, StoreError>;

    /// The transaction of this number as last committed.
    fn transaction(
        &self,
        vendor: VendorId,
        number: &str,
    ) -> Result<Option<StoredTransaction>, StoreError>;

    /// All transactions as last committed, oldest first.
    fn transactions(
        &self,
        vendor: VendorId,
        visit: &mut dyn FnMut(StoredTransaction),
    ) -> Result<(), StoreError>;

    /// True when the license joined a transaction that is pending.
    fn is_pending(&self, vendor: VendorId, license: LicenseId) -> Result<bool, StoreError>;

    /// The deliveries that are due at `now`, at most `limit` of them, and `each_endpoint` of one
    /// notification's.
    fn due(
        &self,
        now: Timestamp,
        limit: usize,
        each_endpoint: usize,
    ) -> Result<DueRows, StoreError>;

    /// True when there are events or replies from before these instants.
    fn is_anything_old(
        &self,
        vendor: VendorId,
        events_before: Timestamp,
        replies_before: Timestamp,
    ) -> Result<bool, StoreError>;

    /// The log of a notification's deliveries, the newest events first, at most `limit` of them.
    fn deliveries(
        &self,
        vendor: VendorId,
        notification: NotificationId,
        limit: usize,
    ) -> Result<Vec<LoggedDelivery>, StoreError>;

    /// The reply to the call of this key; `None` when there is none.
    fn reply(&self, vendor: VendorId, key: &[u8; 32]) -> Result<Option<Box<str>>, StoreError>;

    /// The document of this name as last committed; `None` when there is none.
    fn document(&self, vendor: VendorId, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// True when the audit log tells of a document of this name, which has nothing that JSON escapes.
    fn has_kept(&self, vendor: &str, name: &str) -> Result<bool, StoreError>;

    /// The one that writes. Called once.
    fn committer(&self) -> Result<Box<dyn Committer>, StoreError>;

    /// Writes a consistent copy to a new file.
    fn backup(&self, to: &Path) -> Result<(), StoreError>;

    /// The broken invariants within what is stored.
    fn verify(&self) -> Result<Vec<String>, StoreError>;

    /// The engine as several nodes share it; `None` for one that belongs to one process.
    fn shared(&self) -> Option<&dyn Shared> {
        None
    }
}

/// What an engine offers that several nodes share.
pub(crate) trait Shared: Send + Sync {
    /// The number of this node, which no other one has at the same time.
    fn node(&self) -> NodeNumber;

    /// What other nodes, an earlier life of this one among them, committed after `position`, oldest
    /// first. [`StoreError::LeftBehind`] when it is not kept any more.
    fn changes_after(&self, position: Position) -> Result<Feed, StoreError>;

    /// Tells one vendor without its licensees: the account, the catalogue, the books. Tells nothing
    /// when there is none.
    fn load_vendor(&self, vendor: VendorId, visitor: &mut dyn Visitor) -> Result<(), StoreError>;

    /// Claims `work` for this node until `until`. True when it has it: nobody else had, or what it
    /// had was over at `now`.
    fn claim(&self, work: &str, now: Timestamp, until: Timestamp) -> Result<bool, StoreError>;
}

/// Writes. Lives on the writer thread.
pub(crate) trait Committer: Send {
    /// Makes all of `commands` durable, in order and with their audit rows, or none. On a database
    /// that is shared, those that `others` has overtaken are left out; what other nodes have
    /// committed since [`Others::seen`] is noted there first, while nobody else can commit.
    ///
    /// [`StoreError::Unavailable`]: the database could not be reached and nothing was written, of
    /// which the engine is certain.
    fn commit(&mut self, commands: &[Command], others: &Others) -> Result<Committed, StoreError>;

    /// Keeps every other node from committing until the next [`Committer::commit`] has ended, or
    /// [`Committer::release`]; what they have committed is noted. For a moment only.
    fn hold(&mut self, _others: &Others) -> Result<(), StoreError> {
        Ok(())
    }

    /// Lets the others commit again.
    fn release(&mut self) {}

    /// Does what was left for later, once nothing more will be committed.
    fn finish(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// What became of a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Committed {
    /// The places of the commands that were overtaken and left out, rising.
    pub(crate) overtaken: Vec<usize>,
}

/// Is told what [`Engine::load_all`] finds. A vendor comes before what it owns, and whatever is
/// referred to before what refers to it.
pub(crate) trait Visitor {
    fn vendor(&mut self, id: VendorId, account: Account) -> Result<(), StoreError>;
    fn product(&mut self, id: ProductId, product: Product) -> Result<(), StoreError>;
    fn module(
        &mut self,
        product: ProductId,
        id: ModuleId,
        module: ProductModule,
    ) -> Result<(), StoreError>;
    fn template(
        &mut self,
        module: ModuleId,
        id: TemplateId,
        template: LicenseTemplate,
    ) -> Result<(), StoreError>;
    fn token(&mut self, id: TokenId, token: StoredToken) -> Result<(), StoreError>;
    fn package_key(&mut self, key: SealedPackageKey) -> Result<(), StoreError>;
    fn generation(&mut self, generation: Generation) -> Result<(), StoreError>;
    fn binding(&mut self, licensee: LicenseeId, binding: Binding) -> Result<(), StoreError>;
    fn import(&mut self, id: ImportId, import: ImportRecord) -> Result<(), StoreError>;
    fn bundle(&mut self, id: BundleId, bundle: Bundle) -> Result<(), StoreError>;
    fn notification(
        &mut self,
        id: NotificationId,
        notification: StoredNotification,
    ) -> Result<(), StoreError>;
    fn payment_method(
        &mut self,
        kind: PaymentMethodKind,
        method: PaymentMethod,
    ) -> Result<(), StoreError>;
    fn call(&mut self, call: CallKey, at: Timestamp) -> Result<(), StoreError>;
    /// The largest id of a row that is not told.
    fn untold(&mut self, id: i64) -> Result<(), StoreError>;
    fn licensee(&mut self, licensee: LoadedLicensee) -> Result<(), StoreError>;
}

/// A licensee as stored.
#[derive(Debug)]
pub(crate) struct LoadedLicensee {
    pub(crate) id: LicenseeId,
    pub(crate) product: ProductId,
    pub(crate) aggregate: Arc<LicenseeAggregate>,
    /// The rows of its licenses.
    pub(crate) licenses: Vec<(LicenseNumber, LicenseId, TemplateId)>,
}

impl LoadedLicensee {
    /// Sets what was used of one of its licenses.
    pub(crate) fn set_used(&mut self, license: LicenseId, used: i64) {
        if let Some(license) = self.license_mut(license) {
            license.used_quantity = Some(Given::read(&used.to_string(), integer));
        }
    }

    /// Sets until when a session holds a seat of one of its licenses; `None`: it holds none.
    pub(crate) fn set_session(
        &mut self,
        license: LicenseId,
        session: Box<str>,
        until: Option<Given<Timestamp>>,
    ) {
        let Some(license) = self.license_mut(license) else {
            return;
        };
        match until {
            Some(until) => license.sessions.insert(session, until),
            None => license.sessions.remove(&session),
        };
    }

    fn license_mut(&mut self, license: LicenseId) -> Option<&mut License> {
        let number = self.licenses.iter().find(|(_, id, _)| *id == license);
        let (number, ..) = number?;
        let aggregate = Arc::make_mut(&mut self.aggregate);
        let licenses = &mut aggregate.licenses;
        licenses.iter_mut().find(|one| one.number == *number)
    }
}
