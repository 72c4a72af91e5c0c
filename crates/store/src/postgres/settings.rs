//! How the database is reached.

use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::error::StoreError;

/// A connection string: `postgres://user:password@host:port/database`, or `key=value` pairs. It may
/// hold a password, and does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(pub Box<str>);

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// Where the database is, and how patient this node is with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub(crate) url: &'a DatabaseUrl,
    /// What people see this node as, in the table of nodes.
    pub(crate) name: &'a str,
    /// For how long what fails by a lost connection is tried again, before callers hear of it.
    pub(crate) patience: Duration,
    /// Tells the installation's key without giving it away: a node with another key could read none
    /// of the stored secrets.
    pub(crate) fingerprint: Option<[u8; 32]>,
}

impl Settings<'_> {
    /// What the driver is told. The error does not repeat the connection string, which may hold a
    /// password.
    pub(super) fn config(&self) -> Result<Config, StoreError> {
        let mut config: Config = self.url.0.parse().map_err(|source| {
            StoreError::engine("read the database's connection string", source)
        })?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(StoreError::NoTls);
        }
        config.ssl_mode(SslMode::Disable);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(self.patience);
        }
        if config.get_application_name().is_none() {
            config.application_name("leasehold");
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> Result<Config, StoreError> {
        let url = DatabaseUrl(url.into());
        let settings = Settings {
            url: &url,
            name: "test",
            patience: Duration::from_secs(1),
            fingerprint: None,
        };
        settings.config()
    }

    #[test]
    fn a_connection_that_must_be_secret_is_refused() {
        let refused = config("postgres://u:p@db/leasehold?sslmode=require");
        assert!(matches!(refused, Err(StoreError::NoTls)));
        config("postgres://u:p@db/leasehold").unwrap();
    }

    #[test]
    fn a_password_does_not_print() {
        let error = config("postgres://u:hunter2@db/leasehold?what=1").unwrap_err();
        let error = format!(
            "{error:?} {:?}",
            DatabaseUrl("postgres://u:hunter2@db".into())
        );
        assert!(!error.contains("hunter2"), "{error}");
    }
}
