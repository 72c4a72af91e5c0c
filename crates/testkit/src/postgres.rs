//! A PostgreSQL of the test's own: a new cluster in a temporary folder, with Debian's programs, on
//! a free loopback port. Durable as a real one, so that it may be killed.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::daemon::{Daemon, is_root, unprivileged};
use crate::programs::run_well;

/// The one user, who may do everything.
pub const USER: &str = "leasehold";
/// Its password.
pub const PASSWORD: &str = "databases";

/// Where Debian puts the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// A cluster. Killed, and gone, when dropped.
pub struct Cluster {
    port: u16,
    server: Option<Daemon>,
    // Behind the server, which writes in it until the end.
    folder: TempDir,
}

impl Cluster {
    /// Makes a cluster and starts it.
    pub fn start() -> Self {
        let folder = folder();
        let password = folder.path().join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        let mut init = program("initdb");
        init.args(["--username", USER, "--encoding=UTF8", "--no-locale"]);
        init.args(["--auth-local=trust", "--auth-host=scram-sha-256"]);
        // What is made here is thrown away after a crash of the machine.
        init.args(["--no-sync", "--pwfile"]).arg(&password);
        run_well(init.arg("--pgdata").arg(folder.path().join("data")));
        let mut cluster = Self {
            port: free_port(),
            server: None,
            folder,
        };
        cluster.start_again();
        cluster
    }

    /// Starts it after [`Cluster::stop`] or [`Cluster::kill`], on the same port.
    pub fn start_again(&mut self) {
        let sockets = self.folder.path().display();
        let mut server = program("postgres");
        server.arg("-D").arg(self.folder.path().join("data"));
        for setting in [
            format!("port={}", self.port),
            format!("unix_socket_directories={sockets}"),
            "listen_addresses=127.0.0.1".to_owned(),
            "max_connections=200".to_owned(),
        ] {
            server.args(["-c", &setting]);
        }
        let ready = "database system is ready to accept connections";
        self.server = Some(start(&mut server, ready));
    }

    /// Ends it in good order: connections are cut, what was committed is written.
    pub fn stop(&mut self) {
        let server = self.server.take().expect("the cluster runs");
        let ended = server.stop("INT");
        assert!(ended.success(), "the cluster ended with {ended}");
    }

    /// Ends it in the middle of whatever it does (SIGKILL of all its processes).
    pub fn kill(&mut self) {
        self.server.take().expect("the cluster runs").kill();
    }

    /// Makes an empty database; returns its URL.
    pub fn create_database(&self, name: &str) -> String {
        create_database(self.port, name);
        url(self.port, name)
    }
}

/// Pgbouncer in front of a cluster: a client has a connection of the database for the length of a
/// transaction and no longer. Killed when dropped.
pub struct Pgbouncer {
    port: u16,
    _server: Daemon,
    _folder: TempDir,
}

impl Pgbouncer {
    /// Starts one.
    pub fn start(cluster: &Cluster) -> Self {
        let folder = folder();
        let port = free_port();
        let users = folder.path().join("users");
        std::fs::write(&users, format!("\"{USER}\" \"{PASSWORD}\"\n")).unwrap();
        let settings = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={database}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = scram-sha-256\nauth_file = {users}\n\
             pool_mode = transaction\nmax_client_conn = 200\ndefault_pool_size = 20\n",
            database = cluster.port,
            users = users.display(),
        );
        std::fs::write(&settings, text).unwrap();
        let mut server = unprivileged("/usr/sbin/pgbouncer");
        Self {
            port,
            _server: start(server.arg(&settings), "process up"),
            _folder: folder,
        }
    }

    /// The URL of a database of the cluster, by way of this.
    pub fn url(&self, database: &str) -> String {
        url(self.port, database)
    }
}

/// A port of this machine that nobody uses just now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// The URL of a database behind a port of this machine.
pub(crate) fn url(port: u16, database: &str) -> String {
    format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/{database}")
}

/// Makes an empty database in the cluster behind a port of this machine.
pub(crate) fn create_database(port: u16, name: &str) {
    let mut create = program("createdb");
    create.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    run_well(
        create
            .args(["--username", USER, name])
            .env("PGPASSWORD", PASSWORD),
    );
}

/// The folder with the programs of the newest PostgreSQL of this machine.
pub(crate) fn programs() -> PathBuf {
    let versions = std::fs::read_dir(VERSIONS).into_iter().flatten();
    let version = |folder: &Path| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| folder.join("bin/postgres").exists())
        .max_by_key(|folder| version(folder));
    let newest = newest.expect("PostgreSQL is installed: script/setup --all does it");
    newest.join("bin")
}

/// A new temporary folder that belongs to who runs the databases.
pub(crate) fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    if is_root() {
        run_well(Command::new("chown").arg("postgres:").arg(folder.path()));
    }
    folder
}

/// One of PostgreSQL's own programs.
fn program(name: &str) -> Command {
    let mut command = unprivileged(programs().join(name));
    // The caller's own settings must not decide a test, and its folder may not be readable.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command.current_dir("/");
    command
}

/// Starts `command`, and waits until its log has `ready` in it.
pub(crate) fn start(command: &mut Command, ready: &'static str) -> Daemon {
    let (daemon, ()) = Daemon::start(command, move |line| line.contains(ready).then_some(()));
    daemon
}
