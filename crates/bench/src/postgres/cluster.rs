//! A PostgreSQL of this run's own: durable as a real one, in a temporary folder, on a unix socket.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use tempfile::TempDir;
use tokio_postgres::{Config, NoTls};

use crate::programs::output;

/// The one user, who may do everything.
const USER: &str = "leasehold";

/// Where Debian puts the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Who runs databases on Debian. PostgreSQL refuses to be run by root.
const UNPRIVILEGED: &str = "postgres";

/// A cluster that runs. Ended, and gone, when dropped.
pub(super) struct Cluster {
    server: Child,
    // Behind the server, which writes in it until the end.
    folder: TempDir,
}

impl Cluster {
    /// Makes one; `None` where PostgreSQL is not installed.
    pub(super) fn start() -> anyhow::Result<Option<Self>> {
        let Some(programs) = programs() else {
            return Ok(None);
        };
        let folder = TempDir::new()?;
        if is_root()? {
            output(Command::new("chown").arg(UNPRIVILEGED).arg(folder.path()))?;
        }
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755))?;
        let data = folder.path().join("data");
        let mut init = unprivileged(&programs.join("initdb"))?;
        init.args([
            "--username",
            USER,
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
        ]);
        output(init.args(["--no-sync", "--pgdata"]).arg(&data))?;
        let mut server = unprivileged(&programs.join("postgres"))?;
        server.arg("-D").arg(&data).arg("-k").arg(folder.path());
        for setting in [
            "listen_addresses=",
            "max_connections=200",
            "shared_buffers=1GB",
        ] {
            server.args(["-c", setting]);
        }
        let server = ready(&mut server)?;
        Ok(Some(Self { server, folder }))
    }

    /// Makes an empty database; returns how it is reached.
    pub(super) async fn database(&self, name: &str) -> anyhow::Result<Config> {
        let (client, connection) = self.config("postgres").connect(NoTls).await?;
        let connection = tokio::spawn(connection);
        client
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await?;
        drop(client);
        connection.await??;
        Ok(self.config(name))
    }

    /// How a program is told of a database.
    pub(super) fn url(&self, database: &str) -> String {
        let folder = self.folder.path().display();
        format!("host={folder} user={USER} dbname={database}")
    }

    fn config(&self, database: &str) -> Config {
        let mut config = Config::new();
        config
            .host_path(self.folder.path())
            .user(USER)
            .dbname(database);
        config
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Asked to end at once in good order, since it has processes of its own to take along.
        let id = self.server.id().to_string();
        let _asked = Command::new("kill").args(["-INT", &id]).status();
        let _ended = self.server.wait();
    }
}

/// Starts it, and waits until it takes connections.
fn ready(server: &mut Command) -> anyhow::Result<Child> {
    let mut server = server
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start PostgreSQL")?;
    let log = server.stderr.take().context("PostgreSQL has no log")?;
    let mut lines = BufReader::new(log).lines().map_while(Result::ok);
    let ready = lines.find(|line| line.contains("ready to accept connections"));
    if ready.is_none() {
        server.wait()?;
        anyhow::bail!("PostgreSQL ended before it took connections");
    }
    // It goes on to tell, and must not stop over that.
    std::thread::spawn(move || lines.for_each(drop));
    Ok(server)
}

/// The folder with the programs of the newest version.
fn programs() -> Option<PathBuf> {
    let version = |folder: &Path| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = std::fs::read_dir(VERSIONS).into_iter().flatten();
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path()));
    let newest = folders
        .filter(|folder| folder.join("bin/postgres").is_file())
        .max_by_key(|folder| version(folder))?;
    Some(newest.join("bin"))
}

/// A program, run by somebody who may not do everything.
fn unprivileged(program: &Path) -> anyhow::Result<Command> {
    if !is_root()? {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid",
        UNPRIVILEGED,
        "--regid",
        UNPRIVILEGED,
        "--clear-groups",
    ]);
    // The caller's folder may not be readable to it.
    command.arg(program).current_dir("/");
    Ok(command)
}

fn is_root() -> anyhow::Result<bool> {
    Ok(output(Command::new("id").arg("-u"))?.trim() == "0")
}
