//! Brings memory to what the database says, where another node has changed it or a change of our own
//! did not come about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use crate::engine::{LoadedLicensee, Shared};
use crate::error::StoreError;
use crate::footprint::{Footprint, Reach};
use crate::ids::{LicenseeId, VendorId};
use crate::inner::{Inner, lock, read, write};
use crate::memory::{Entry, Slot, VendorCell, VendorState};
use crate::open::Loader;

impl Inner {
    /// Reads anew what the footprints touch. Blocks, and waits for those who look at a vendor.
    pub(crate) fn refresh(
        &self,
        shared: &dyn Shared,
        footprints: &[Footprint],
    ) -> Result<(), StoreError> {
        let mut vendors: BTreeMap<VendorId, Vec<&Footprint>> = BTreeMap::new();
        for footprint in footprints {
            self.ids.raise(footprint.newest_id);
            vendors.entry(footprint.vendor).or_default().push(footprint);
        }
        for (vendor, footprints) in vendors {
            self.refresh_vendor(shared, vendor, &footprints)?;
        }
        if footprints.iter().any(|footprint| footprint.announces) {
            // It is on disk already: whoever delivers need not wait for a command of ours.
            self.outbox.send_modify(|_| ());
        }
        Ok(())
    }

    fn refresh_vendor(
        &self,
        shared: &dyn Shared,
        vendor: VendorId,
        footprints: &[&Footprint],
    ) -> Result<(), StoreError> {
        let reach = footprints.iter().map(|footprint| footprint.reach).max();
        let reach = reach.unwrap_or(Reach::Outside);
        let known = read(&self.directory).vendors.get(&vendor).cloned();
        let fresh = if reach >= Reach::Vendor || known.is_none() {
            load(shared, vendor)?
        } else {
            None
        };
        let (cell, fresh) = match (known, fresh) {
            (Some(cell), fresh) => (cell, fresh),
            (None, Some(cell)) => {
                let cell = Arc::new(cell);
                let login = read(&cell.account).vendor.login.clone();
                write(&self.directory).insert(Arc::clone(&cell), &login);
                let tokens = cell.state.blocking_read().books.places(&cell.number);
                write(&self.tokens).apply(tokens);
                (cell, None)
            }
            // An account that did not come about.
            (None, None) => return Ok(()),
        };
        let touched: BTreeSet<LicenseeId> = footprints
            .iter()
            .flat_map(|footprint| &footprint.licensees)
            .copied()
            .collect();
        let mut state = cell.state.blocking_write();
        if let Some(fresh) = fresh {
            self.replace_vendor(&cell, &mut state, fresh);
        }
        if reach >= Reach::Names {
            // Edits of ours that are still on their way are overtaken by this, too.
            state.edited = 0;
        }
        for licensee in touched {
            let known = state.entries.get(&licensee).cloned();
            match known {
                // Its names are as before: it is read when somebody asks for it. Nodes that are busy
                // with other licensees than this one need not read what it changes.
                Some(entry) if reach <= Reach::Licensees => {
                    let mut slot = entry.lock();
                    overtake(&mut slot);
                    self.cache.supersede(&mut slot);
                }
                known => {
                    let loaded = self.engine.load_licensee(vendor, licensee)?;
                    self.refresh_licensee(&mut state, licensee, known, loaded)?;
                }
            }
        }
        for footprint in footprints {
            for call in &footprint.calls {
                if footprint.is_committed {
                    lock(&state.calls).put(call, footprint.at);
                } else if self.engine.reply(vendor, &call.key)?.is_none() {
                    // Nobody has answered it, neither this node nor another: it may come again.
                    lock(&state.calls).take_back(call);
                }
            }
        }
        drop(state);
        self.cache.trim(&self.progress);
        Ok(())
    }

    /// Puts account, catalogue and books in the place of those before.
    fn replace_vendor(&self, cell: &VendorCell, state: &mut VendorState, fresh: VendorCell) {
        let account = Arc::clone(&read(&fresh.account));
        let fresh = std::mem::take(&mut *fresh.state.blocking_write());
        let mut tokens = write(&self.tokens);
        let gone = state
            .books
            .tokens
            .values()
            .map(|token| (token.lookup, None));
        tokens.apply(gone.collect());
        tokens.apply(fresh.books.places(&cell.number));
        drop(tokens);
        *write(&cell.account) = account;
        state.catalogue = fresh.catalogue;
        state.books = fresh.books;
    }

    /// Puts a licensee, its names among all, in the place of what memory has of it.
    fn refresh_licensee(
        &self,
        state: &mut VendorState,
        id: LicenseeId,
        known: Option<Arc<Entry>>,
        loaded: Option<LoadedLicensee>,
    ) -> Result<(), StoreError> {
        let is_known = known.is_some();
        let entry = match (known, &loaded) {
            (Some(entry), _) => entry,
            (None, Some(loaded)) => Arc::new(Entry::new(id, loaded.product, Slot::default())),
            (None, None) => return Ok(()),
        };
        let mut slot = entry.lock();
        let former = self.cache.last_known(&slot)?;
        let names = state.names.get_mut();
        let names = names.unwrap_or_else(PoisonError::into_inner);
        names.refresh(&entry, former.as_deref(), loaded.as_ref());
        overtake(&mut slot);
        match loaded {
            Some(loaded) => {
                self.cache.put(&entry, &mut slot, loaded.aggregate);
                drop(slot);
                if !is_known {
                    *state.licensees.entry(entry.product).or_default() += 1;
                    state.entries.insert(id, entry);
                }
            }
            None => {
                self.cache.forget(&mut slot);
                drop(slot);
                state.entries.remove(&id);
                let count = state.licensees.entry(entry.product).or_default();
                *count = count.saturating_sub(1);
            }
        }
        Ok(())
    }
}

/// What was on its way is overtaken, or on disk and so in what is read from now on.
fn overtake(slot: &mut Slot) {
    slot.version += 1;
    slot.queued = 0;
    slot.awaited = 0;
}

/// The vendor as the database has it, without licensees.
fn load(shared: &dyn Shared, vendor: VendorId) -> Result<Option<VendorCell>, StoreError> {
    let mut loader = Loader::new(0);
    shared.load_vendor(vendor, &mut loader)?;
    loader.finish_vendor();
    let cell = loader.directory.vendors.remove(&vendor);
    Ok(cell.and_then(Arc::into_inner))
}
