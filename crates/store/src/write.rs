//! What can be written beside the object model: accounts, tokens, keys and
//! the books of exports and imports.

use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::bundle::Bundle;
use leasehold_model::change::{Change, Decision, LicenseeChange};
use leasehold_model::event::EventKind;
use leasehold_model::notification::Notification;
use leasehold_model::number::{
    BundleNumber, LicenseNumber, LicenseeNumber, NotificationNumber, ProductNumber,
    TransactionNumber, VendorNumber,
};
use leasehold_model::payment_method::{PaymentMethod, PaymentMethodKind};
use leasehold_model::snapshot::StatefulRights;
use leasehold_model::token::Token;
use leasehold_model::transaction::{Transaction, TransactionSource};
use leasehold_model::vendor::Vendor;

/// One write within one vendor; all writes of an edit become durable together.
#[derive(Debug, Clone)]
pub enum Write {
    /// The object model.
    Model(Change),
    /// A token is made.
    PutToken(StoredToken),
    /// A token is revoked, by its look-up key.
    RemoveToken([u8; 32]),
    /// The vendor's key for packages is made.
    PutPackageKey(SealedPackageKey),
    /// An export was made.
    PutGeneration(Generation),
    /// By which package the licensee travelled last, and who decides about it since.
    PutBinding(LicenseeNumber, Arc<Binding>),
    /// It has never travelled.
    RemoveBinding(LicenseeNumber),
    /// Forgets a document; one that is not there is forgotten already.
    RemoveDocument(Box<str>),
    /// A package was taken in.
    PutImport(ImportRecord),
    /// A document is kept, in place of the one of that name.
    PutDocument(Document),
    /// A bundle is created, or updated where `former` names the one it replaces.
    PutBundle {
        /// The number it had until now; `None` when it is new.
        former: Option<BundleNumber>,
        /// As it is from now on.
        bundle: Bundle,
    },
    /// A bundle goes.
    RemoveBundle(BundleNumber),
    /// A notification is created, or updated where `former` names the one it replaces.
    PutNotification {
        /// The number it had until now; `None` when it is new.
        former: Option<NotificationNumber>,
        /// As it is from now on.
        notification: StoredNotification,
    },
    /// A notification goes, and with it what waits for its endpoint.
    RemoveNotification(NotificationNumber),
    /// A payment method's settings, as they are from now on.
    PutPaymentMethod(PaymentMethodKind, PaymentMethod),
    /// A transaction is created, or updated where `former` names the one it replaces.
    PutTransaction {
        /// The number it had until now; `None` when it is new. A new number must have been found
        /// free by [`crate::VendorView::transaction`] within this very edit.
        former: Option<TransactionNumber>,
        /// As it is from now on.
        transaction: Transaction,
        /// The licenses that join it now, beside those it has; they exist when it is their turn.
        joined: Vec<LicenseNumber>,
    },
    /// What goes along with the change.
    Record(Record),
}

/// What becomes durable together with a change, and is never looked at by a decision.
#[derive(Debug, Clone)]
pub enum Record {
    /// An entry in the books of transactions.
    Transaction(AutoTransaction),
    /// An event, for the notifications that listen to it.
    Announcement(Announcement),
    /// The reply to a call with an `Idempotency-Key`.
    Reply(RememberedReply),
}

/// A transaction that comes about by itself: closed at once, and of a number that is drawn when
/// it is written, since nobody is told it.
#[derive(Debug, Clone)]
pub struct AutoTransaction {
    /// What it comes from.
    pub source: TransactionSource,
    /// Whom it is about.
    pub licensee: Option<LicenseeNumber>,
    /// Its licenses: those that exist when it is their turn, or by their mere numbers.
    pub licenses: Vec<LicenseNumber>,
    /// Where the drawing of its number begins.
    pub number: TransactionNumber,
}

/// An event that somebody wants to be told of.
#[derive(Debug, Clone)]
pub struct Announcement {
    /// Constant over all attempts to tell it, unique within the installation.
    pub id: Box<str>,
    /// What happened.
    pub kind: EventKind,
    /// To whom; what is told of one licensee is told in order.
    pub licensee: Option<LicenseeNumber>,
    /// A JSON object of the entities it is about.
    pub entities: Box<str>,
}

/// A reply that is given again when the same call comes again (decision D19).
#[derive(Debug, Clone)]
pub struct RememberedReply {
    /// The call.
    pub call: CallKey,
    /// What was answered; empty: nothing (204).
    pub reply: Box<str>,
}

/// What makes two calls the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallKey {
    /// A digest of the key that the caller chose.
    pub key: [u8; 32],
    /// A digest of who asked, and for what.
    pub request: [u8; 32],
}

/// What a decision about one licensee comes to.
#[derive(Debug, Clone)]
pub struct Decided<T> {
    /// For the caller, once the rest is durable.
    pub outcome: T,
    /// In the order in which they apply.
    pub changes: Vec<LicenseeChange>,
    /// What goes along with them.
    pub records: Vec<Record>,
    /// The answer denies what was asked for. Where other nodes share the database, memory that one of
    /// them may have overtaken must not say so: it is brought up to date, and decided on again.
    pub denies: bool,
}

impl<T> From<Decision<T>> for Decided<T> {
    fn from(decision: Decision<T>) -> Self {
        Self {
            outcome: decision.outcome,
            changes: decision.changes,
            records: Vec::new(),
            denies: false,
        }
    }
}

/// A notification, and the secret that its messages are signed with, encrypted under the
/// installation's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredNotification {
    /// The notification.
    pub notification: Notification,
    /// The secret.
    pub secret: Vec<u8>,
}

/// A transaction as stored, with the numbers of its licenses in the order in which they joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTransaction {
    /// The transaction.
    pub transaction: Transaction,
    /// Those that still exist by their present numbers, the others by their last.
    pub licenses: Vec<LicenseNumber>,
}

/// What an edit comes to.
#[derive(Debug, Clone)]
pub struct Edit<T> {
    /// For the caller, once the writes are durable.
    pub outcome: T,
    /// In the order in which they apply. None: nothing is written, not even to the audit log.
    pub writes: Vec<Write>,
}

impl<T> Edit<T> {
    /// The same edit with another outcome.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Edit<U> {
        Edit {
            outcome: f(self.outcome),
            writes: self.writes,
        }
    }
}

/// Who does what, for the audit log.
#[derive(Debug, Clone)]
pub struct Origin {
    /// A login, `apiKey` with the key's name, `local` for the control socket. Never a secret.
    pub actor: Box<str>,
    /// For example `licensee.validate`, `product.update`.
    pub action: &'static str,
}

/// A vendor and how it signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The vendor.
    pub vendor: Vendor,
    /// `None`: nobody can sign in by password (an agent's store).
    pub password: Option<PasswordHash>,
    /// Raised with each change of the password, so that cached sign-ins end.
    pub revision: u64,
}

/// A PHC string of Argon2id. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub Box<str>);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// A token as stored. `lookup` finds it: on the server the keyed hash of its number, on an
/// agent the digest that came with the package. `sealed` is the number encrypted under the
/// installation's key on the server, and the digest's salt on an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// Unique within the installation.
    pub lookup: [u8; 32],
    /// See above.
    pub sealed: Vec<u8>,
    /// What it is.
    pub token: Token,
    /// The private key that signs replies to this API key, encrypted under the installation's key.
    pub response_key: Option<Vec<u8>>,
}

/// The vendor's Ed25519 key for packages. On the server `private` is encrypted under the
/// installation's key; on an agent there is only `public`, trusted since the first import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPackageKey {
    /// 32 bytes.
    pub public: [u8; 32],
    /// Encrypted PKCS#8; `None` on an agent.
    pub private: Option<Vec<u8>>,
}

/// The newest export of one product to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// Which product.
    pub product: ProductNumber,
    /// To whom, as the package header names it.
    pub recipient: Box<str>,
    /// Counts from 1.
    pub generation: u64,
}

/// Bytes that are kept for later. They lie on disk only, and mean nothing to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Unique within the vendor.
    pub name: Box<str>,
    /// The bytes.
    pub content: Vec<u8>,
}

/// By which package a licensee travelled last (AG-12). One for all that travelled together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The package's id.
    pub package: Box<str>,
    /// To whom it was sealed, as its header says.
    pub recipient: Box<str>,
    /// Its generation.
    pub generation: u64,
    /// When it was made.
    pub since: Timestamp,
    /// Who gives the licensee's seats, nodes and credits away since then (D16).
    pub stateful: StatefulRights,
    /// The newest state file of an agent that was merged into the licensee, whatever package it
    /// was based on (MG-0).
    pub report: Option<MergedReport>,
}

/// A state file of an agent that was merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergedReport {
    /// Counts the agent's state files of one product, from 1.
    pub sequence: u64,
    /// SHA-256 of the file.
    pub digest: [u8; 32],
}

/// A package that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRecord {
    /// The package's id.
    pub package: Box<str>,
    /// Whose it is.
    pub vendor: VendorNumber,
    /// Its product.
    pub product: ProductNumber,
    /// Its generation.
    pub generation: u64,
    /// SHA-256 of the whole file.
    pub digest: [u8; 32],
    /// When it was taken in.
    pub imported_at: Timestamp,
}
