//! The golden cases of the merge, on the model alone: three states and what they come to, and stories
//! of several exchanges between a server and an agent. More directories of cases can be named in
//! `LEASEHOLD_EXTRA_CASES`.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use serde_json::Value;

use self::exchange::Exchange;
use self::shown::{conflicts, licenses, named, normal};
use self::world::{aggregate, product};
use leasehold_model::merge::{Direction, Sides, merge};

mod exchange;
mod laws;
mod shown;
mod world;

#[test]
fn every_case_of_the_vectors() {
    let mut out = stdout();
    // The test runner may have left its own line open.
    writeln!(out).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let extra = std::env::var_os("LEASEHOLD_EXTRA_CASES").unwrap_or_default();
    let folders = std::iter::once(PathBuf::from("vectors/merge"))
        .chain(std::env::split_paths(&extra).filter(|folder| !folder.as_os_str().is_empty()));
    let mut ran = 0;
    let mut failures = Vec::new();
    for file in folders.flat_map(|folder| files(&root.join(folder))) {
        let text = std::fs::read_to_string(&file).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let cases = document["cases"].as_array().unwrap();
        let is_ours = |case: &&Value| case.get("rounds").is_some() || case.get("theirs").is_some();
        let before = failures.len();
        let mut of_file = 0;
        for case in cases.iter().filter(is_ours) {
            of_file += 1;
            failures.extend(failure_of(case));
        }
        if of_file > 0 {
            let failed = failures.len() - before;
            let (name, passed) = (file.file_name().unwrap().display(), of_file - failed);
            writeln!(out, "merge: {name}: {passed} passed, {failed} failed").unwrap();
        }
        ran += of_file;
    }
    assert!(ran > 0, "there are no cases");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    files
}

/// Where a case and the model part; `None`: nowhere.
fn failure_of(case: &Value) -> Option<String> {
    let name = format!("{} ({})", case["id"], case["title"]);
    let product = product(case);
    if let Some(rounds) = case["rounds"].as_array() {
        let mut exchange = Exchange::new(&product, aggregate(&case["server"]));
        return (1..).zip(rounds).find_map(|(at, round)| {
            let failure = exchange.play(round)?;
            Some(format!("{name}, round {at}: {failure}"))
        });
    }
    let [base, theirs, ours] = ["base", "theirs", "ours"].map(|side| aggregate(&case[side]));
    let merged = merge(
        Direction::Import,
        Sides {
            product: &product,
            base: Some(&base),
            theirs: &theirs,
            ours: &ours,
        },
    );
    let got = (
        licenses(&merged.aggregate),
        named(&conflicts(&merged.conflicts)),
    );
    let expected = (normal(&case["merged"]), named(&case["conflicts"]));
    (got != expected).then(|| format!("{name}: expected {expected:?}, got {got:?}"))
}
