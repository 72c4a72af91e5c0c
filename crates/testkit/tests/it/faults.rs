//! The world does not do its part: the disk is full, a page is damaged, another program holds the
//! database, the clock jumps, the process is killed. Each test states what the caller sees, and that
//! nothing acknowledged is lost or doubled.

mod clock;
mod damage;
mod full_disk;
mod kills;
mod locked;
mod queue;
mod read_only;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use leasehold_testkit::daemon::through;
use leasehold_testkit::programs::run;
use rusqlite::Connection;

/// The database in a data directory.
fn database(data: &Path) -> PathBuf {
    data.join("leasehold.db")
}

/// Another program's connection to the database, that of a person with a tool for example.
fn other_program(data: &Path) -> Connection {
    Connection::open(database(data)).unwrap()
}

/// Runs a command that should end by itself, and ends it when it does not: then its exit code is
/// 124.
fn run_to_end(command: &Command) -> Output {
    let mut timeout = Command::new("timeout");
    timeout.arg("60");
    run(&mut through(timeout, command))
}

/// What a command wrote, both streams.
fn text(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    let log = String::from_utf8_lossy(&output.stderr);
    format!("{out}{log}")
}

/// How a program says that it cannot use a data directory; the cause comes behind it.
fn unopened(data: &Path) -> String {
    format!(
        "leasehold: the store in '{}' cannot be opened: ",
        data.display()
    )
}
