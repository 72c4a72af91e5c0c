//! A server's data directory with one vendor in it, and the programs run on it.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::http::Client;
use crate::programs::{Serving, leasehold, run, run_well};

/// The vendor's login.
pub const LOGIN: &str = "vendor";
/// The vendor's password.
pub const PASSWORD: &str = "a password for tests";

/// A data directory of its own. Gone when dropped.
pub struct Installation {
    folder: TempDir,
}

impl Installation {
    /// A new one, with the vendor [`LOGIN`].
    pub fn new() -> Self {
        let installation = Self {
            folder: TempDir::new().unwrap(),
        };
        let mut add = leasehold();
        add.args(["vendor", "add", LOGIN, "--data"]);
        add.arg(installation.data());
        run_well(add.env("LEASEHOLD_PASSWORD", PASSWORD));
        installation
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A place beside it, for whatever else a test needs.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the server, and signs in as the vendor.
    pub fn serve(&self) -> (Serving, Client) {
        self.serve_with(&[])
    }

    /// The same with further `options` for the server.
    pub fn serve_with(&self, options: &[&str]) -> (Serving, Client) {
        let server = Serving::server_with(&self.data(), options);
        let client = Client::new(server.address(), LOGIN, PASSWORD);
        (server, client)
    }

    /// Runs `leasehold verify`, without a running server; what it found, or nothing when all is
    /// well.
    pub fn verify(&self) -> Option<String> {
        verify(&self.data())
    }
}

impl Default for Installation {
    fn default() -> Self {
        Self::new()
    }
}

fn verify(data: &Path) -> Option<String> {
    let output = run(leasehold().args(["verify", "--data"]).arg(data));
    (!output.status.success()).then(|| {
        let out = String::from_utf8_lossy(&output.stdout);
        let err = String::from_utf8_lossy(&output.stderr);
        format!("{}: {out}{err}", output.status)
    })
}
