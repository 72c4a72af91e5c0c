//! The authoritative state of one node: what decisions are made on.
//!
//! Locks are taken in this order and never held across an await: a vendor's state, a licensee's
//! slot, the vendor's calls, its names, the tokens, the queue. Whoever holds a ring of the cache takes a
//! slot only when it is free at once.

mod bytes;
mod cache;
mod calls;
mod catalogue;
mod entry;
mod license_names;
mod licensee_names;
mod names;
mod packed;
mod shared;
mod table;
mod vendor;

pub(crate) use cache::Cache;
pub(crate) use calls::{Known, remembered_since};
pub(crate) use catalogue::Catalogue;
pub(crate) use entry::{Entry, Slot, changes_weight, is_refusal};
pub(crate) use names::{NameChanges, NameDelta, Names, changes_names, rests_on_body};
pub(crate) use packed::Packed;
pub(crate) use vendor::{
    Books, Directory, TokenPlace, Tokens, VendorCell, VendorState, token_taken,
};
