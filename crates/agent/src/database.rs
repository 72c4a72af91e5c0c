//! The agent's store: one vendor's assets in `database/`.

use std::path::{Path, PathBuf};

use leasehold_seal::installation::InstallationKey;
use leasehold_seal::keys::PublicKey;
use leasehold_store::{Account, ImportRecord, Options, SealKey, Store, VendorView, make_directory};

use crate::error::AgentError;

/// The file beside the database whose key seals it.
pub(crate) const SEAL_KEY_FILE: &str = "store.key";

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
    open_in(directory(work_dir)).await
}

/// The same, of a store that lies in `directory`.
pub(crate) async fn open_in(directory: PathBuf) -> Result<Store, AgentError> {
    let opening = tokio::task::spawn_blocking(move || {
        let options = Options {
            seal: Some(seal_key(&directory)?),
            ..Options::default()
        };
        Ok::<_, AgentError>(Store::open(&directory, options)?)
    });
    opening
        .await
        .map_err(|error| AgentError::internal("open the local database", error))?
}

/// The key that the store is sealed with, from a file beside it; made where there is none. A store that
/// was sealed with another one does not open.
pub fn seal_key(directory: &Path) -> Result<SealKey, AgentError> {
    make_directory(directory)?;
    let key = InstallationKey::load_or_create(&directory.join(SEAL_KEY_FILE));
    let key = key.map_err(|error| AgentError::StoreKey(Box::new(error)))?;
    Ok(SealKey(
        key.lookup("leasehold: the seal of an agent's store"),
    ))
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
