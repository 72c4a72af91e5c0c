//! What surrounds an agent: directory, disk, certificate, ports, server.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use leasehold_service::rest::tls::{TlsOptions, expiry};

use super::{Check, Found};
use crate::cli::{CoreHost, RunOffline};
use crate::error::AgentError;
use crate::status::instant;
use crate::{run, upstream};

/// Below this a warning is due.
const FREE_BYTES: u64 = 100 * 1024 * 1024;

/// From here on a warning is due.
const EXPIRES_SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) fn directory(work_dir: &Path) -> Check {
    let shown = work_dir.display();
    let found = match fs::metadata(work_dir) {
        Err(error) => Found::Bad(AgentError::option(
            "--work-dir",
            format!("cannot read '{shown}': {error}"),
        )),
        Ok(metadata) if !metadata.is_dir() => Found::Bad(AgentError::option(
            "--work-dir",
            format!("'{shown}' is no directory"),
        )),
        Ok(metadata) if mode(&metadata) & 0o022 != 0 => Found::Warning(format!(
            "'{shown}' can be written by others than its owner: chmod go-w it"
        )),
        Ok(_) => Found::Good(format!("'{shown}'")),
    };
    Check {
        name: "directory",
        found,
    }
}

/// The bits that say who may do what.
pub(super) fn mode(metadata: &fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777
}

pub(super) fn disk(work_dir: &Path) -> Check {
    let found = match rustix::fs::statvfs(work_dir) {
        Err(error) => Found::Warning(format!("free space is not known: {error}")),
        Ok(volume) => {
            let free = volume.f_bavail.saturating_mul(volume.f_frsize);
            let megabytes = free / (1024 * 1024);
            if free < FREE_BYTES {
                Found::Warning(format!(
                    "{megabytes} MiB are free: when none is left, nothing that changes a license is answered"
                ))
            } else {
                Found::Good(format!("{megabytes} MiB are free"))
            }
        }
    };
    Check {
        name: "disk",
        found,
    }
}

pub(super) async fn tls(options: Option<&TlsOptions>, now: Timestamp) -> Option<Check> {
    let options = options?;
    let found = match run::load(options.clone()).await {
        Err(error) => Found::Bad(error),
        Ok(_) => certificate(options, now),
    };
    Some(Check { name: "tls", found })
}

fn certificate(options: &TlsOptions, now: Timestamp) -> Found {
    let file = &options.files.certificate;
    let shown = file.display();
    match expiry(file) {
        Err(error) => Found::Warning(error.to_string()),
        Ok(end) if end <= now => Found::Bad(AgentError::option(
            "--tls.cert",
            format!(
                "'{shown}' has expired on {}: no client takes it",
                instant(end)
            ),
        )),
        Ok(end) if end.duration_since(now) < EXPIRES_SOON => Found::Warning(format!(
            "'{shown}' expires on {}: replace the file, and a running agent takes the new one",
            instant(end)
        )),
        Ok(end) => Found::Good(format!("'{shown}' is good until {}", instant(end))),
    }
}

/// Whether the ports are free. Asked only where no agent of ours holds them.
pub(super) async fn ports(serving: &RunOffline) -> Vec<Check> {
    let own = SocketAddr::new(serving.bind, serving.port);
    let mut checks = Vec::new();
    for address in [Some(own), serving.metrics].into_iter().flatten() {
        let found = match run::bind(address).await {
            Ok(_) => Found::Good(format!("{address} is free")),
            Err(error) => Found::Bad(error),
        };
        checks.push(Check {
            name: "port",
            found,
        });
    }
    checks
}

pub(super) async fn upstream(host: &CoreHost) -> Check {
    let found = match upstream::reach(host).await {
        Ok(status) => Found::Good(format!("{host} answers ({status})")),
        Err(error) => Found::Bad(error),
    };
    Check {
        name: "server",
        found,
    }
}
