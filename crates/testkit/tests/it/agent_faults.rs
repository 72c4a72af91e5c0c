//! What can befall an agent: it is killed, its disk is full, its clock is turned, its store is edited,
//! its packages are no packages. Over real processes; what came of it is asked of the server, to which
//! the agent reports.

mod clock;
mod edits;
mod kills;
mod packages;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use leasehold_testkit::installation::{Installation, LOGIN};
use leasehold_testkit::offline::export;
use leasehold_testkit::programs::{agent, leasehold, run, run_well};

/// What is in a directory, so that two moments can be compared.
fn contents(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(directory) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

/// The agent's command `line` in `folder`.
fn told(folder: &Path, line: &[&str]) -> Command {
    let mut command = agent();
    command.args(line).arg("--work-dir").arg(folder);
    command
}

/// A new package of all licensees `numbers`, in a folder of its own.
fn package(installation: &Installation, address: &str, numbers: &[&str], name: &str) -> PathBuf {
    let folder = installation.beside(name);
    let _ = std::fs::remove_dir_all(&folder);
    export(address, numbers, &folder);
    folder
}

/// Has the agent report, and the server merge it.
fn report(installation: &Installation, folder: &Path) {
    let reports = tempfile::tempdir().unwrap();
    let mut command = told(folder, &["report"]);
    run_well(command.arg("--output").arg(reports.path()));
    for entry in std::fs::read_dir(reports.path()).unwrap() {
        let mut merge = leasehold();
        merge.arg("--data").arg(installation.data());
        merge.args(["report", "import", LOGIN]);
        run_well(merge.arg(entry.unwrap().path()));
    }
}

/// One line on stderr, and this exit code.
fn judge(output: &Output, code: i32, begins: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with(begins), "{said}");
}

/// Runs it, and judges how it ends.
fn ends(command: &mut Command, code: i32, begins: &str) {
    judge(&run(command), code, begins);
}
