//! Every golden case on the model alone. More directories of cases can be named in
//! `LEASEHOLD_EXTRA_CASES`, separated by colons.

use std::fmt;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use leasehold_testkit::cases::{Case, CaseFile};
use serde_json::Value;

use self::difference::Difference;
use self::stage::Stage;

mod difference;
mod show;
mod stage;

#[test]
fn every_case_of_the_vectors() {
    // The test runner may have left its own line open.
    writeln!(stdout()).unwrap();
    let mut runner = Runner::default();
    runner.directory(Path::new("vectors/validate"));
    for directory in extra_directories() {
        runner.directory(&directory);
    }
    assert!(runner.cases > 0, "there are no cases");
    if let Some(failure) = runner.first_failure {
        panic!("{failure}\nfailed: {}", runner.failed.join(" "));
    }
}

/// The workspace, from which relative paths are meant.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn extra_directories() -> Vec<PathBuf> {
    let named = std::env::var_os("LEASEHOLD_EXTRA_CASES").unwrap_or_default();
    let directories = std::env::split_paths(&named);
    directories
        .filter(|directory| !directory.as_os_str().is_empty())
        .collect()
}

#[derive(Default)]
struct Runner {
    cases: usize,
    failed: Vec<String>,
    first_failure: Option<Failure>,
}

/// Where a case and the model part.
struct Failure {
    case: String,
    title: String,
    step: usize,
    difference: Difference,
}

impl Runner {
    /// Runs the files of a directory by name.
    fn directory(&mut self, directory: &Path) {
        let entries = std::fs::read_dir(root().join(directory))
            .unwrap_or_else(|error| panic!("cannot list {}: {error}", directory.display()));
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.retain(|name| Path::new(name).extension().is_some_and(|ext| ext == "json"));
        names.sort();
        for name in names {
            self.file(&directory.join(name));
        }
    }

    fn file(&mut self, path: &Path) {
        // Written past the capture of the test's output, since the count is to be seen always.
        let mut out = stdout();
        let shown = path.display();
        let Some(file) = CaseFile::read(&root().join(path)) else {
            writeln!(out, "{shown} left out: it holds no cases of a validation").unwrap();
            return;
        };
        let before = self.failed.len();
        for case in &file.cases {
            if let Some(failure) = failure_of(case) {
                self.failed.push(case.id.clone());
                self.first_failure.get_or_insert(failure);
            }
        }
        self.cases += file.cases.len();
        let failed = self.failed.len() - before;
        let passed = file.cases.len() - failed;
        writeln!(out, "{shown} cases: {passed} passed, {failed} failed").unwrap();
    }
}

/// Runs a case up to its first mismatch, if it has one.
fn failure_of(case: &Case) -> Option<Failure> {
    let mut stage = Stage::set(&case.given);
    for (at, step) in case.steps.iter().enumerate() {
        let answer = stage.play(&step.action);
        let state = stage.state();
        let difference = difference::between("expect", &step.expect, &answer).or_else(|| {
            let is_told = step.state_after != Value::Null;
            is_told
                .then(|| difference::between("stateAfter", &step.state_after, &state))
                .flatten()
        });
        if let Some(difference) = difference {
            return Some(Failure {
                case: case.id.clone(),
                title: case.title.clone(),
                step: at + 1,
                difference,
            });
        }
    }
    None
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "case {} ({}), step {}", self.case, self.title, self.step)?;
        write!(f, "{}", self.difference)
    }
}
