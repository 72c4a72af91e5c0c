//! Which database the tests are on: SQLite in their data directories, unless `script/test postgres` has
//! started PostgreSQL for them.

use std::path::Path;
use std::process::Command;

use leasehold_store::{DatabaseUrl, Options};

/// Set to the URL of a server of databases, without a database's name.
const SERVER: &str = "LEASEHOLD_TEST_POSTGRES";
/// See there.
const WRAPPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../testkit/on-postgres");

/// How the store of a data directory is opened.
pub(crate) fn options(data: &Path) -> Options {
    Options {
        database: database_of(data),
        ..Options::default()
    }
}

/// The database of a data directory, made when it is first asked for; `None`: SQLite.
pub(crate) fn database_of(data: &Path) -> Option<DatabaseUrl> {
    std::env::var_os(SERVER)?;
    let told = Command::new(WRAPPER)
        .arg("--database-of")
        .arg(data)
        .output();
    let told = told.unwrap();
    assert!(told.status.success(), "{told:?}");
    let url = String::from_utf8(told.stdout).unwrap();
    Some(DatabaseUrl(url.trim().into()))
}

/// What runs the program on the database of the data directory that it is given.
pub(crate) fn program() -> Command {
    let program = env!("CARGO_BIN_EXE_leasehold");
    match std::env::var_os(SERVER) {
        None => Command::new(program),
        Some(server) => {
            let mut command = Command::new(WRAPPER);
            command.arg(program).env("ON_POSTGRES", server);
            command
        }
    }
}
