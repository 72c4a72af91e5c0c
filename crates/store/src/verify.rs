//! Compares memory with disk.

use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::bundle::Bundle;
use leasehold_model::payment_method::{PaymentMethod, PaymentMethodKind};
use leasehold_model::product::{Product, ProductModule};
use leasehold_model::template::LicenseTemplate;
use tokio::runtime::Handle;
use tokio::sync::OwnedRwLockWriteGuard;

use crate::engine::{LoadedLicensee, Visitor};
use crate::error::StoreError;
use crate::ids::{
    BundleId, ImportId, LicenseeId, ModuleId, NotificationId, ProductId, TemplateId, TokenId,
    VendorId,
};
use crate::inner::{Inner, read};
use crate::memory::{Cache, VendorCell, VendorState};
use crate::open::Loader;
use crate::write::{
    Account, Binding, CallKey, Generation, ImportRecord, SealedPackageKey, StoredNotification,
    StoredToken,
};

/// A vendor that stands still, and its account before it was compared.
pub(crate) struct Still {
    cell: Arc<VendorCell>,
    account: Arc<Account>,
    state: OwnedRwLockWriteGuard<VendorState>,
}

impl Inner {
    /// Stops every vendor, in the order of their rows. Whoever else stops one stops no other.
    pub(crate) async fn hold_still(&self) -> Vec<Still> {
        let cells: Vec<_> = read(&self.directory).vendors.values().cloned().collect();
        let mut still = Vec::with_capacity(cells.len());
        for cell in cells {
            let state = Arc::clone(&cell.state).write_owned().await;
            let account = Arc::clone(&read(&cell.account));
            still.push(Still {
                cell,
                account,
                state,
            });
        }
        still
    }

    /// What the disk says otherwise than memory, and the broken invariants of the disk. Blocks.
    pub(crate) fn verify(&self, still: Vec<Still>) -> Result<Vec<String>, StoreError> {
        Handle::current().block_on(self.progress.pass(self.queue.newest()))?;
        if !self.others.is_settled() {
            return Err(StoreError::Overtaken);
        }
        let mut findings = self.engine.verify()?;
        let mut comparison = Comparison {
            still: &still,
            cache: &self.cache,
            current: None,
            findings: Vec::new(),
            disk: Loader::new(0),
        };
        let position = self.engine.load_all(&mut comparison)?;
        if self.engine.shared().is_some() && position != self.others.seen() {
            return Err(StoreError::Overtaken);
        }
        findings.append(&mut comparison.findings);
        comparison.disk.finish_vendor();
        let disk = comparison.disk;
        for Still {
            cell,
            account,
            state,
        } in &still
        {
            let on_disk = disk.directory.vendors.get(&cell.id);
            let Some(on_disk) = on_disk else {
                findings.push(format!("vendor '{}' is not on disk", cell.number));
                continue;
            };
            // An account does not stand still with its vendor: one that changed is left out.
            let is_same_account = Arc::ptr_eq(account, &read(&cell.account));
            if is_same_account && *account != *read(&on_disk.account) {
                findings.push(differs(cell, "the account"));
            }
            let on_disk = Handle::current().block_on(on_disk.state.read());
            compare(cell, state, &on_disk, &mut findings);
        }
        Ok(findings)
    }
}

fn compare(
    cell: &VendorCell,
    memory: &VendorState,
    disk: &VendorState,
    findings: &mut Vec<String>,
) {
    let licensees = |state: &VendorState| {
        let mut counts = state.licensees.clone();
        counts.retain(|_, count| *count > 0);
        counts
    };
    let parts = [
        ("the catalogue", memory.catalogue == disk.catalogue),
        (
            "the books of tokens, bundles, notifications, exports and imports",
            memory.books == disk.books,
        ),
        (
            "the index of numbers",
            *read(&memory.names) == *read(&disk.names),
        ),
        (
            "the list of licensees",
            memory.entries.keys().eq(disk.entries.keys()) && licensees(memory) == licensees(disk),
        ),
    ];
    for (part, _) in parts.iter().filter(|(_, is_equal)| !is_equal) {
        findings.push(differs(cell, part));
    }
}

fn differs(cell: &VendorCell, what: &str) -> String {
    format!(
        "vendor '{}': {what} in memory differs from the disk",
        cell.number
    )
}

/// Compares each licensee as it comes by, so that none but the indexes are twice in memory.
struct Comparison<'a> {
    still: &'a [Still],
    cache: &'a Cache,
    /// The vendor that is being told.
    current: Option<&'a Still>,
    findings: Vec<String>,
    disk: Loader,
}

impl Visitor for Comparison<'_> {
    fn vendor(&mut self, id: VendorId, account: Account) -> Result<(), StoreError> {
        self.current = self.still.iter().find(|still| still.cell.id == id);
        self.disk.vendor(id, account)
    }

    fn product(&mut self, id: ProductId, product: Product) -> Result<(), StoreError> {
        self.disk.product(id, product)
    }

    fn module(
        &mut self,
        product: ProductId,
        id: ModuleId,
        module: ProductModule,
    ) -> Result<(), StoreError> {
        self.disk.module(product, id, module)
    }

    fn template(
        &mut self,
        module: ModuleId,
        id: TemplateId,
        template: LicenseTemplate,
    ) -> Result<(), StoreError> {
        self.disk.template(module, id, template)
    }

    fn token(&mut self, id: TokenId, token: StoredToken) -> Result<(), StoreError> {
        self.disk.token(id, token)
    }

    fn package_key(&mut self, key: SealedPackageKey) -> Result<(), StoreError> {
        self.disk.package_key(key)
    }

    fn binding(&mut self, licensee: LicenseeId, binding: Binding) -> Result<(), StoreError> {
        self.disk.binding(licensee, binding)
    }

    fn generation(&mut self, generation: Generation) -> Result<(), StoreError> {
        self.disk.generation(generation)
    }

    fn import(&mut self, id: ImportId, import: ImportRecord) -> Result<(), StoreError> {
        self.disk.import(id, import)
    }

    fn bundle(&mut self, id: BundleId, bundle: Bundle) -> Result<(), StoreError> {
        self.disk.bundle(id, bundle)
    }

    fn notification(
        &mut self,
        id: NotificationId,
        notification: StoredNotification,
    ) -> Result<(), StoreError> {
        self.disk.notification(id, notification)
    }

    fn payment_method(
        &mut self,
        kind: PaymentMethodKind,
        method: PaymentMethod,
    ) -> Result<(), StoreError> {
        self.disk.payment_method(kind, method)
    }

    fn call(&mut self, call: CallKey, at: Timestamp) -> Result<(), StoreError> {
        self.disk.call(call, at)
    }

    fn untold(&mut self, id: i64) -> Result<(), StoreError> {
        self.disk.untold(id)
    }

    fn licensee(&mut self, loaded: LoadedLicensee) -> Result<(), StoreError> {
        if let Some(still) = self.current
            && let Some(entry) = still.state.entries.get(&loaded.id)
        {
            let slot = entry.lock();
            let in_memory = self.cache.look(&slot)?;
            if in_memory.is_some_and(|body| body != loaded.aggregate) {
                let number = &loaded.aggregate.licensee.number;
                self.findings
                    .push(differs(&still.cell, &format!("licensee '{number}'")));
            }
        }
        self.disk.licensee(loaded)
    }
}
