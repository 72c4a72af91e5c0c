//! Several servers on one PostgreSQL database, each with a data directory of its own.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::http::Client;
use crate::installation::{LOGIN, PASSWORD};
use crate::programs::{Serving, leasehold, run, run_well, serve};

/// The servers that run. Killed when dropped.
pub struct Nodes {
    url: String,
    servers: Vec<Serving>,
    // Behind the servers, which work in it until the end.
    folder: TempDir,
}

impl Nodes {
    /// Adds the vendor [`LOGIN`] to the empty database at `url`, and starts so many servers on it,
    /// with further `options`.
    pub fn start(url: &str, count: usize, options: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let first = data(folder.path(), 0);
        let mut add = leasehold();
        add.args(["vendor", "add", LOGIN, "--database", url, "--data"]);
        add.arg(&first);
        run_well(add.env("LEASEHOLD_PASSWORD", PASSWORD));
        let start = |node| {
            let data = data(folder.path(), node);
            if node > 0 {
                // What one server protects by its key, each must be able to read.
                std::fs::create_dir(&data).unwrap();
                let key = "installation.key";
                std::fs::copy(first.join(key), data.join(key)).unwrap();
            }
            Serving::start(serve(&data).args(["--database", url]).args(options))
        };
        Self {
            url: url.to_owned(),
            servers: (0..count).map(start).collect(),
            folder,
        }
    }

    /// A client of each server, signed in as the vendor.
    pub fn clients(&self) -> Vec<Client> {
        let client = |server: &Serving| Client::new(server.address(), LOGIN, PASSWORD);
        self.servers.iter().map(client).collect()
    }

    /// Asks all servers to end, and runs `leasehold verify` on the database; what it found, or
    /// nothing when all is well.
    pub fn stop_and_verify(self) -> Option<String> {
        for server in self.servers {
            let ended = server.stop();
            assert!(ended.success(), "a server ended with {ended}");
        }
        let mut verify = leasehold();
        verify.args(["verify", "--database", &self.url, "--data"]);
        let output = run(verify.arg(data(self.folder.path(), 0)));
        (!output.status.success()).then(|| {
            let out = String::from_utf8_lossy(&output.stdout);
            let err = String::from_utf8_lossy(&output.stderr);
            format!("{}: {out}{err}", output.status)
        })
    }
}

fn data(folder: &Path, node: usize) -> PathBuf {
    folder.join(format!("node{node}"))
}
