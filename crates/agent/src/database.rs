//! The agent's store: one vendor's assets in `database/`.

use std::path::{Path, PathBuf};

use leasehold_seal::keys::PublicKey;
use leasehold_store::{Account, ImportRecord, Options, Store, VendorView};

use crate::error::AgentError;

/// Where the store lies.
pub(crate) fn directory(work_dir: &Path) -> PathBuf {
    work_dir.join("database")
}

/// True when there is a store.
pub(crate) fn exists(work_dir: &Path) -> bool {
    Store::exists(&directory(work_dir))
}

/// Opens the store, and makes it where there is none.
pub(crate) async fn open(work_dir: &Path) -> Result<Store, AgentError> {
    let directory = directory(work_dir);
    let opening = tokio::task::spawn_blocking(move || Store::open(&directory, Options::default()));
    let opened = opening
        .await
        .map_err(|error| AgentError::internal("open the local database", error))?;
    Ok(opened?)
}

/// What the store knows of packages before it takes or serves any.
#[derive(Debug)]
pub(crate) struct Present {
    /// The one vendor whose store it is.
    pub(crate) account: Account,
    /// The key that its packages are signed with.
    pub(crate) key: PublicKey,
    /// All packages taken in.
    pub(crate) imports: Vec<ImportRecord>,
}

impl Present {
    /// Looks; `None` when nothing was ever taken in.
    pub(crate) async fn look(store: &Store) -> Result<Option<Self>, AgentError> {
        // An import that was cut short leaves an account and nothing else.
        for account in store.accounts() {
            let number = account.vendor.number.clone();
            let seen = store.read(&number, seen).await?;
            if let (Some(key), imports) = seen {
                return Ok(Some(Self {
                    account,
                    key,
                    imports,
                }));
            }
        }
        Ok(None)
    }
}

fn seen(view: &VendorView<'_>) -> (Option<PublicKey>, Vec<ImportRecord>) {
    let key = view.package_key().map(|key| PublicKey(key.public));
    (key, view.imports().cloned().collect())
}
