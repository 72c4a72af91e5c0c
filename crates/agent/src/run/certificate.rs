//! The certificate of a running agent.

use std::future::pending;
use std::sync::Arc;

use leasehold_service::notify::{Condition, notify};
use leasehold_service::rest::tls::{Tls, TlsError, TlsOptions};

use crate::error::AgentError;

/// Reads a certificate and its key; what is wrong is told of the option that named it.
pub(crate) async fn load(options: TlsOptions) -> Result<Tls, AgentError> {
    let loaded = tokio::task::spawn_blocking(move || {
        let named = options.clone();
        Tls::load(options).map_err(|error| refused(&named, error))
    });
    loaded
        .await
        .map_err(|error| AgentError::internal("read the certificate", error))?
}

fn refused(options: &TlsOptions, error: TlsError) -> AgentError {
    let files = &options.files;
    let option = match &error {
        TlsError::Read(file, _) | TlsError::Damaged(file) | TlsError::NoCertificate(file) => {
            match file {
                _ if *file == files.certificate => "--tls.cert",
                _ if *file == files.key => "--tls.key",
                _ => "--tls.client-ca",
            }
        }
        TlsError::NoKey(_) | TlsError::LooseKey { .. } | TlsError::Mismatch(_) => "--tls.key",
        TlsError::Unusable(..) | TlsError::NoExpiry(_) => "--tls.cert",
        TlsError::ClientCa(..) => "--tls.client-ca",
    };
    let text = match &error {
        TlsError::LooseKey { file, mode } => format!(
            "'{}' can be read by others than its owner (mode {mode:o}): chmod 600 it, or add --tls.allow-loose-key",
            file.display()
        ),
        error => match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    };
    AgentError::option(option, text)
}

/// Renews the certificate when its files change; never where there is none.
pub(super) async fn follow(tls: Option<&Arc<Tls>>) {
    match tls {
        Some(tls) => tls.follow().await,
        None => pending().await,
    }
}

/// Renews the certificate because somebody says so; the answers of others do not wait for that.
pub(super) fn renew(tls: Option<&Arc<Tls>>) {
    let tls = tls.cloned();
    notify(Condition::Reloading);
    tokio::spawn(async move {
        if let Some(tls) = tls {
            tls.renew().await;
        }
        notify(Condition::Ready);
    });
}
