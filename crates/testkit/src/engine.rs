//! Which database the servers of the tests are on: SQLite in their data directories, unless
//! `script/test postgres` has started PostgreSQL for them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The URL of a server of databases, without a database's name; set by `script/test postgres`.
const SERVER: &str = "LEASEHOLD_TEST_POSTGRES";

/// The database of a data directory, made when it is first asked for; `None`: SQLite.
pub fn database_of(data: &Path) -> Option<String> {
    let server = std::env::var(SERVER).ok()?;
    let url = Command::new(wrapper())
        .arg("--database-of")
        .arg(data)
        .env(SERVER, server)
        .output()
        .unwrap();
    assert!(
        url.status.success(),
        "{}",
        String::from_utf8_lossy(&url.stderr)
    );
    Some(String::from_utf8(url.stdout).unwrap().trim().to_owned())
}

/// What runs the server's `program` on the database of the data directory that it is given.
pub(crate) fn on_engine(program: &Path) -> Command {
    match std::env::var_os(SERVER) {
        None => Command::new(program),
        Some(server) => {
            let mut command = Command::new(wrapper());
            command.arg(program).env("ON_POSTGRES", server);
            command
        }
    }
}

fn wrapper() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("on-postgres")
}
