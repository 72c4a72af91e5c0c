//! A highly available PostgreSQL of the test's own: two nodes that Patroni keeps in synchronous
//! mode, etcd by which they agree, and HAProxy, which leads to whichever leads. All on free loopback
//! ports, in a temporary folder, with the programs and settings of a real installation.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::daemon::{Daemon, kill_tree, unprivileged};
use crate::postgres::{PASSWORD, USER, create_database, folder, free_port, programs, start, url};

/// The nodes and what is around them. Killed, and gone, when dropped.
pub struct Patroni {
    leader: Option<Node>,
    // Named although nobody asks for it: it is killed when dropped, before what it stands on.
    _standby: Node,
    _haproxy: Daemon,
    _etcd: Daemon,
    port: u16,
    _folder: TempDir,
}

/// One PostgreSQL and the Patroni that keeps it.
struct Node {
    name: &'static str,
    port: u16,
    /// Where Patroni answers whether it leads.
    health: u16,
    data: PathBuf,
    patroni: Daemon,
}

impl Patroni {
    /// Starts all of them; returns once the second node is the first one's synchronous standby.
    pub fn start() -> Self {
        let folder = folder();
        let place = folder.path();
        let (etcd, etcd_port) = start_etcd(place);
        let leader = Node::start("first", place, etcd_port, "the leader with the lock");
        let standby = Node::start("second", place, etcd_port, "a secondary, and following");
        let synchronous = "Synchronous standby status assigned to ['second']";
        leader.patroni.wait_for(synchronous);
        let (haproxy, port) = start_haproxy(place, [&leader, &standby]);
        Self {
            leader: Some(leader),
            _standby: standby,
            _haproxy: haproxy,
            _etcd: etcd,
            port,
            _folder: folder,
        }
    }

    /// Makes an empty database; returns its URL, by way of HAProxy.
    pub fn create_database(&self, name: &str) -> String {
        create_database(self.port, name);
        url(self.port, name)
    }

    /// Kills the node that led from the start, PostgreSQL and Patroni (SIGKILL).
    pub fn kill_leader(&mut self) {
        drop(self.leader.take().expect("the first leader lives"));
    }
}

impl Node {
    /// Starts one, and waits until its log says what it has become.
    fn start(name: &'static str, place: &Path, etcd: u16, role: &'static str) -> Self {
        let (port, health) = (free_port(), free_port());
        let data = place.join(name);
        let settings = place.join(format!("{name}.yml"));
        let text = format!(
            "\
scope: leasehold
name: {name}
restapi:
  listen: 127.0.0.1:{health}
  connect_address: 127.0.0.1:{health}
etcd3:
  host: 127.0.0.1:{etcd}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      parameters:
        max_connections: 200
  initdb:
    - encoding: UTF8
    - no-locale
postgresql:
  listen: 127.0.0.1:{port}
  connect_address: 127.0.0.1:{port}
  data_dir: {data}
  bin_dir: {programs}
  pgpass: {place}/{name}.pgpass
  parameters:
    unix_socket_directories: {place}
  pg_hba:
    - local all all trust
    - host all all 127.0.0.1/32 scram-sha-256
    - host replication all 127.0.0.1/32 scram-sha-256
  authentication:
    superuser:
      username: {USER}
      password: {PASSWORD}
    replication:
      username: standby
      password: {PASSWORD}
",
            data = data.display(),
            programs = programs().display(),
            place = place.display(),
        );
        std::fs::write(&settings, text).unwrap();
        let mut patroni = unprivileged("patroni");
        patroni.current_dir(place).arg(&settings);
        Self {
            name,
            port,
            health,
            data,
            patroni: start(&mut patroni, role),
        }
    }
}

/// Patroni goes first, so that it cannot start again what is killed next: its PostgreSQL, which
/// outlives it.
impl Drop for Node {
    fn drop(&mut self) {
        kill_tree(self.patroni.id());
        let process = std::fs::read_to_string(self.data.join("postmaster.pid"));
        if let Some(line) = process.ok().as_deref().and_then(|text| text.lines().next()) {
            kill_tree(line.parse().expect("the first line is a process"));
        }
    }
}

fn start_etcd(place: &Path) -> (Daemon, u16) {
    let (clients, peers) = (free_port(), free_port());
    let [clients_url, peers_url] = [clients, peers].map(|port| format!("http://127.0.0.1:{port}"));
    let mut etcd = unprivileged("etcd");
    etcd.current_dir(place).args(["--name", "etcd"]);
    etcd.arg("--data-dir").arg(place.join("etcd"));
    etcd.args(["--listen-client-urls", &clients_url]);
    etcd.args(["--advertise-client-urls", &clients_url]);
    etcd.args(["--listen-peer-urls", &peers_url]);
    etcd.args(["--initial-advertise-peer-urls", &peers_url]);
    etcd.args(["--initial-cluster", &format!("etcd={peers_url}")]);
    (start(&mut etcd, "ready to serve"), clients)
}

fn start_haproxy(place: &Path, nodes: [&Node; 2]) -> (Daemon, u16) {
    let port = free_port();
    let mut text = format!(
        "\
defaults
    mode tcp
    timeout connect 2s
    timeout check 2s
    timeout client 1m
    timeout server 1m
listen leader
    bind 127.0.0.1:{port}
    option httpchk OPTIONS /primary
    http-check expect status 200
    default-server inter 500 fall 2 rise 1 on-marked-down shutdown-sessions
"
    );
    for Node {
        name, port, health, ..
    } in nodes
    {
        text.push_str(&format!(
            "    server {name} 127.0.0.1:{port} check port {health}\n"
        ));
    }
    let settings = place.join("haproxy.cfg");
    std::fs::write(&settings, text).unwrap();
    let mut haproxy = unprivileged("/usr/sbin/haproxy");
    haproxy.current_dir(place).args(["-W", "-db", "-f"]);
    // It takes every node for a leader until it has asked.
    let asked = "leader/second is DOWN";
    (start(haproxy.arg(&settings), asked), port)
}
