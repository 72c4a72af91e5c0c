//! The licensing state, durable.
//!
//! One writer thread commits what queued meanwhile as one group; an answer
//! that changed state leaves only after the commit that holds the change
//! (decision D6). Aggregates are decided on in memory, under the licensee's
//! lock, and never ahead of the disk by more than one commit. SQL lives in
//! the engine and nowhere else.

mod command;
mod decide;
mod delivery;
mod directory;
mod edit;
mod engine;
mod error;
mod follower;
mod footprint;
mod ids;
mod inner;
mod memory;
mod migrate;
mod open;
mod others;
mod outbox;
mod patience;
mod postgres;
mod progress;
mod queue;
mod reading;
mod record;
mod refresh;
mod restore;
mod seal_key;
mod slow;
mod sql;
mod sqlite;
mod store;
mod verify;
mod view;
mod write;
mod writer;

pub use delivery::{
    Attempt, Delivery, DeliveryKey, DeliveryState, Due, EndpointKey, Event, LoggedDelivery, Tried,
};
pub use directory::{make_directory, stored_bytes};
pub use error::StoreError;
pub use migrate::{Location, Migrated, migrate};
pub use outbox::Recalled;
pub use postgres::DatabaseUrl;
pub use restore::restore;
pub use seal_key::SealKey;
pub use store::{Options, Store, Turn, verify_file};
pub use view::VendorView;
pub use write::{
    Account, Announcement, AutoTransaction, Binding, CallKey, Decided, Document, Edit, Generation,
    ImportRecord, MergedReport, Origin, PasswordHash, Record, RememberedReply, SealedPackageKey,
    StoredNotification, StoredToken, StoredTransaction, Write,
};
