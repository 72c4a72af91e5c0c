//! How long an agent may answer from what it has taken in, where the vendor has set an end (AG-19).

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use leasehold_model::number::{ProductNumber, VendorNumber};
use leasehold_store::{Document, Store, VendorView, Write};
use leasehold_wire::assets::Assets;

use crate::error::AgentError;

/// When the assets of each product end; those without an end are not in it.
type Ends = BTreeMap<ProductNumber, Timestamp>;

/// The ends that hold at present: replaced as a whole when an import brings others.
#[derive(Default)]
pub(crate) struct Terms(RwLock<Arc<Ends>>);

impl Terms {
    /// Takes the ends that the store has by now.
    pub(crate) async fn renew(
        &self,
        store: &Store,
        vendor: &VendorNumber,
    ) -> Result<(), AgentError> {
        let ends = store.read(vendor, ends).await??;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ends);
        Ok(())
    }

    /// When the assets end from which an answer about this licensee, by number or alias, is made.
    pub(crate) async fn of(
        &self,
        store: &Store,
        vendor: &VendorNumber,
        licensee: &str,
    ) -> Result<Option<Timestamp>, AgentError> {
        let ends = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        if ends.is_empty() {
            return Ok(None);
        }
        let licensee = licensee.to_owned();
        let look = move |view: &VendorView<'_>| {
            let end = view.licensee(&licensee, |product, _| {
                ends.get(&product.product.number).copied()
            });
            end.flatten()
        };
        Ok(store.read(vendor, look).await?)
    }
}

fn ends(view: &VendorView<'_>) -> Result<Ends, AgentError> {
    let mut ends = Ends::new();
    for product in view.products() {
        let number = &product.product.number;
        let Some(document) = view.document(&name(number)) else {
            continue;
        };
        let end = str::from_utf8(&document)
            .ok()
            .and_then(|text| text.parse().ok());
        // What cannot be read must not let anybody go on for ever.
        let end = end.ok_or_else(|| {
            AgentError::internal("read how long the assets last", "it is no instant")
        })?;
        ends.insert(number.clone(), end);
    }
    Ok(ends)
}

/// What an import writes of it.
pub(crate) fn keep(package: &Assets) -> Write {
    let name = name(&package.product.product.number);
    let Some(days) = package.max_offline_days else {
        return Write::RemoveDocument(name);
    };
    let term = SignedDuration::from_hours(24 * i64::from(days));
    let end = package.made_at.checked_add(term).unwrap_or(Timestamp::MAX);
    Write::PutDocument(Document {
        name,
        content: end.to_string().into_bytes(),
    })
}

fn name(product: &ProductNumber) -> Box<str> {
    format!("term {product}").into()
}
