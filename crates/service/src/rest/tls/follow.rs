//! Noticing that the files of a certificate were replaced.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Tls, TlsOptions};

/// How often it looks. A change must have lasted that long, so that half a file is not read.
const LOOK: Duration = Duration::from_millis(500);

/// By what a file is known to be another one.
type Stamp = Vec<Option<(SystemTime, u64)>>;

impl Tls {
    /// Reads the files again, and says in the log how that went. A certificate that cannot be used
    /// must not end a program that has a good one.
    pub async fn renew(self: &Arc<Self>) {
        let tls = Arc::clone(self);
        // Reads files, so it may not hold up an async thread.
        match tokio::task::spawn_blocking(move || tls.reload()).await {
            Ok(Ok(())) => tracing::info!("the certificate was read again"),
            Ok(Err(error)) => tracing::error!(
                error = told(&error),
                "the certificate was not renewed, the former stays"
            ),
            Err(_stopping) => {}
        }
    }

    /// Reads the files again whenever one of them has changed, for as long as it is awaited.
    pub async fn follow(self: &Arc<Self>) {
        let mut used = self.stamp().await;
        let mut seen = used.clone();
        loop {
            tokio::time::sleep(LOOK).await;
            let stamp = self.stamp().await;
            if stamp == seen && stamp != used {
                self.renew().await;
                used.clone_from(&stamp);
            }
            seen = stamp;
        }
    }

    async fn stamp(self: &Arc<Self>) -> Stamp {
        let tls = Arc::clone(self);
        let stamp = tokio::task::spawn_blocking(move || stamp_of(&tls.options));
        stamp.await.unwrap_or_default()
    }
}

fn stamp_of(options: &TlsOptions) -> Stamp {
    let files = [&options.files.certificate, &options.files.key];
    let files = files.into_iter().chain(&options.client_ca);
    files.map(|file| known_by(file)).collect()
}

/// Follows links, since some installations swap a link for a whole directory.
fn known_by(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, identity(&metadata)))
}

/// A file that was moved here may be as old as the former.
#[cfg(unix)]
fn identity(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn identity(metadata: &std::fs::Metadata) -> u64 {
    metadata.len()
}

fn told(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
