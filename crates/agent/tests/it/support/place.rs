//! A place to import into.

use std::path::Path;

use leasehold_agent::cli::PassphraseSource;
use leasehold_agent::{AgentError, ImportOrder, Imported, import};
use leasehold_seal::secret::Secret;
use leasehold_store::{Options, Store};
use tempfile::TempDir;

use super::package::{digest_of, made_at, put};

/// An agent's working directory, its packages in `in/`.
pub(crate) struct Place {
    directory: TempDir,
    /// Imports with `--force`.
    pub(crate) force: bool,
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("in")).unwrap();
        Self {
            directory,
            force: false,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn put(&self, n: u32, package: &[u8]) {
        put(&self.path().join("in"), n, package);
    }

    pub(crate) fn empty_input(&self) {
        let input = self.path().join("in");
        std::fs::remove_dir_all(&input).unwrap();
        std::fs::create_dir(&input).unwrap();
    }

    pub(crate) async fn import(&self, passphrase: Option<&str>) -> Result<Imported, AgentError> {
        let passphrase = match passphrase {
            Some(text) => PassphraseSource::Given(Secret::new(text.to_owned())),
            None => PassphraseSource::None,
        };
        let order = ImportOrder {
            work_dir: self.path(),
            input: &self.path().join("in"),
            passphrase: &passphrase,
            vendor_key: None,
            force: self.force,
        };
        import(&order, made_at()).await
    }

    /// Imports, must be refused with `code` and change nothing; gives the message.
    pub(crate) async fn refused(&self, code: u8) -> String {
        let database = self.path().join("database");
        let before = digest_of(&database);
        let error = self.import(None).await.expect_err("the import is refused");
        assert_eq!(error.exit_code(), code, "{}", error.line());
        assert_eq!(digest_of(&database), before, "{}", error.line());
        error.line()
    }

    pub(crate) fn store(&self) -> Store {
        let directory = self.path().join("database");
        let options = Options {
            seal: Some(leasehold_agent::seal_key(&directory).unwrap()),
            ..Options::default()
        };
        Store::open(&directory, options).unwrap()
    }
}
