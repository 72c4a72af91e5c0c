//! Debian's nginx, with the part of its configuration that the guide tells administrators to use.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::authority::Identity;
use crate::daemon::Daemon;

/// A running nginx.
pub struct Nginx {
    _daemon: Daemon,
    _folder: TempDir,
    /// Where it speaks HTTPS: `https://localhost:PORT`.
    pub https: String,
    /// Where it speaks HTTP.
    pub http: String,
}

/// What the guide's snippet has where an administrator puts his own.
const PLACES: [&str; 5] = [
    "listen 80;",
    "listen 443 ssl;",
    "/etc/ssl/license.example.pem",
    "/etc/ssl/private/license.example.key",
    "http://127.0.0.1:8080;",
];

impl Nginx {
    /// Starts one before the agent at `agent` (`http://127.0.0.1:PORT`), with the snippet of the
    /// guide, in which `changed` are replaced too.
    pub fn start(agent: &str, identity: &Identity, changed: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let (http, https) = (free_port(), free_port());
        let own = [
            format!("listen 127.0.0.1:{http};"),
            format!("listen 127.0.0.1:{https} ssl;"),
            identity.certificate.display().to_string(),
            identity.key.display().to_string(),
            format!("{agent};"),
        ];
        let mut snippet = snippet();
        let places = PLACES.into_iter().zip(own.iter().map(String::as_str));
        for (place, own) in places.chain(changed.iter().copied()) {
            assert!(
                snippet.contains(place),
                "the guide's snippet has no '{place}'"
            );
            snippet = snippet.replace(place, own);
        }
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, whole(folder.path(), &snippet)).unwrap();
        let mut command = Command::new(program());
        command.arg("-p").arg(folder.path()).arg("-c").arg(&file);
        command.args(["-e", "stderr"]);
        let ready = |line: &str| line.contains("start worker process ").then_some(());
        let (daemon, ()) = Daemon::start(&mut command, ready);
        Self {
            _daemon: daemon,
            _folder: folder,
            https: format!("https://localhost:{https}"),
            http: format!("http://localhost:{http}"),
        }
    }
}

/// Debian's, which is not on everybody's path.
fn program() -> PathBuf {
    let debian = PathBuf::from("/usr/sbin/nginx");
    assert!(
        debian.exists(),
        "nginx is not installed: script/setup --all"
    );
    debian
}

/// The first snippet of the guide that is marked as nginx's.
fn snippet() -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/AGENT.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let (_, rest) = guide.split_once("```nginx\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// The snippet, and around it what Debian's own configuration says, in folders of ours.
fn whole(folder: &Path, snippet: &str) -> String {
    let folder = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("    {name}_temp_path {folder}/{name};\n"))
        .concat();
    format!(
        "daemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log stderr notice;\n\
         events {{ worker_connections 256; }}\nhttp {{\n    access_log off;\n{temporary}\n{snippet}\n}}\n"
    )
}

/// A port that was free a moment ago: nginx cannot be told to take any.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
