//! The programs that are measured.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::process::Server;

/// Where they are.
pub(crate) struct Programs {
    /// `leasehold`
    pub(crate) server: PathBuf,
    /// `leasehold-agent`; only some measurements need it.
    pub(crate) agent: PathBuf,
    /// This one, which holds the references.
    own: PathBuf,
}

impl Programs {
    /// Those beside this one, or the given server.
    pub(crate) fn find(server: Option<PathBuf>) -> anyhow::Result<Self> {
        let own = std::env::current_exe()?;
        let server = server.unwrap_or_else(|| own.with_file_name("leasehold"));
        anyhow::ensure!(
            server.is_file(),
            "there is no server at '{}': script/bench builds it",
            server.display()
        );
        Ok(Self {
            agent: server.with_file_name("leasehold-agent"),
            server,
            own,
        })
    }

    /// A bare hyper server, whose replies are so long.
    pub(crate) fn bare(&self, length: usize) -> anyhow::Result<Server> {
        Server::start(&self.own, &["bare", ANY_PORT, &length.to_string()])
    }

    /// A service that gives out so many seats, and does it wrongly.
    pub(crate) fn naive(&self, seats: usize) -> anyhow::Result<Server> {
        Server::start(&self.own, &["naive", ANY_PORT, &seats.to_string()])
    }

    /// True when `leasehold serve` has this option.
    pub(crate) fn serve_knows(&self, option: &str) -> anyhow::Result<bool> {
        let help = output(Command::new(&self.server).args(["serve", "--help"]))?;
        Ok(help.contains(option))
    }
}

/// A free port of this machine, reached from this machine only.
pub(crate) const ANY_PORT: &str = "127.0.0.1:0";

/// What a program prints; fails when the program does, with what it complained of.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_owned();
    let name = Path::new(&name).display();
    let output = command
        .output()
        .with_context(|| format!("cannot start '{name}'"))?;
    anyhow::ensure!(
        output.status.success(),
        "'{name}' failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
