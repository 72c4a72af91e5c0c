//! Whether the kernel may back memory with pages of 2 MB.
//!
//! Every request looks somewhere else in what is kept of the licensees. Where that is half a gigabyte, the
//! processor walks through tables of pages of 4 kB for nearly each look, and huge pages make an answer up to a
//! tenth cheaper. Where it is little, they would only hold memory that is never written to. The allocator asks
//! for them wherever it can; what is decided here is whether it gets any. A system that knows none goes without.

use leasehold_store::stored_bytes;
use rustix::thread::disable_transparent_huge_pages;

use crate::serve::Place;

/// As large a database as has so many licensees that it pays.
const LARGE: u64 = 64 << 20;

/// To be called before anything takes memory worth speaking of.
pub(crate) fn forbid() {
    set(true);
}

/// Allows them for a large store. Who has PostgreSQL has a large one.
pub(crate) fn allow_for(place: &Place) {
    if place.database.is_some() || stored_bytes(&place.data) >= LARGE {
        set(false);
    }
}

fn set(are_forbidden: bool) {
    // A kernel without them refuses, and nothing is lost.
    let _ = disable_transparent_huge_pages(are_forbidden);
}
