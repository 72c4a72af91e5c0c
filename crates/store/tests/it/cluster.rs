//! A PostgreSQL of our own, for as long as the tests run; each test has a database in it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use leasehold_store::DatabaseUrl;
use tempfile::TempDir;
use tokio_postgres::NoTls;

/// Where Debian has the server's programs.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// Starts a server on a socket in `$1`, says so, and ends it when its standard input ends: with this
/// process, however that ends. PostgreSQL refuses root, who becomes another user for it.
const SERVE: &str = r#"
    set -e
    as=""
    if [ "$(id -u)" = 0 ]; then
        chown postgres "$1"
        as="setpriv --reuid=postgres --regid=postgres --clear-groups"
    fi
    $as "$2/initdb" -D "$1/data" -U test -A trust -E UTF8 --locale=C --no-sync >"$1/initdb.log"
    $as "$2/pg_ctl" -D "$1/data" -l "$1/log" -w \
        -o "-k $1 -c listen_addresses= -c fsync=off -c max_connections=400" start >/dev/null
    echo ready
    cat >/dev/null
    $as "$2/pg_ctl" -D "$1/data" -m immediate stop >/dev/null
    rm -r "$1"
"#;

struct Cluster {
    folder: TempDir,
    _server: Child,
}

/// A database in it.
pub(crate) struct Database {
    pub(crate) url: DatabaseUrl,
    pub(crate) name: String,
    folder: &'static Path,
}

impl Database {
    /// Where the server listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }
}

static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();

/// A new, empty database; `None` where PostgreSQL is not installed, unless the tests must not pass
/// without.
pub(crate) async fn database() -> Option<Database> {
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let cluster = CLUSTER.get_or_init(start).as_ref()?;
    let name = format!("test{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    run(&cluster.url("postgres"), &format!("CREATE DATABASE {name}")).await;
    Some(Database {
        url: DatabaseUrl(cluster.url(&name).into()),
        folder: cluster.folder.path(),
        name,
    })
}

/// Runs statements on a database.
pub(crate) async fn run(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
}

impl Cluster {
    fn url(&self, database: &str) -> String {
        let folder = self.folder.path().display();
        format!("host={folder} user=test dbname={database}")
    }
}

fn start() -> Option<Cluster> {
    if !Path::new(PROGRAMS).is_dir() {
        let must = std::env::var_os("LEASEHOLD_TEST_ALL").is_some();
        assert!(!must, "PostgreSQL is not installed: script/setup --all");
        return None;
    }
    let folder = tempfile::Builder::new()
        .prefix("leasehold-pg")
        .tempdir()
        .unwrap();
    let mut server = Command::new("sh")
        .args(["-c", SERVE, "sh"])
        .arg(folder.path())
        .arg(PROGRAMS)
        // Whoever ends the tests by force does not end it before it has tidied up.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut output = BufReader::new(server.stdout.take().unwrap());
    output.read_line(&mut said).unwrap();
    assert_eq!(said, "ready\n", "{}", folder.path().display());
    Some(Cluster {
        folder,
        _server: server,
    })
}
