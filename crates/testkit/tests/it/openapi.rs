//! The server is what its description says: schemathesis asks it for all that the description
//! allows, and for much that it does not, and judges every answer by it.
//!
//! It runs against the demo vendor, and makes, changes and deletes there as it likes. Which of its
//! checks do not apply, and why, stands in `clients/schemathesis/schemathesis.toml`. With
//! `LEASEHOLD_LONG` it asks more, and each time something else.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use leasehold_testkit::installation::Installation;
use leasehold_testkit::programs::{Serving, leasehold, run};
use serde_json::Value;

/// One run of the tool.
struct Run {
    name: &'static str,
    accept: &'static str,
    phases: &'static str,
    /// Cases for each operation.
    cases: &'static str,
    /// How many seconds the long form goes on.
    long: &'static str,
}

const RUNS: &[Run] = &[
    Run {
        name: "json",
        accept: "application/json",
        phases: "examples,coverage,fuzzing,stateful",
        cases: "20",
        long: "900",
    },
    // The same requests again: only what the answers are made of differs.
    Run {
        name: "xml",
        accept: "application/xml",
        phases: "fuzzing",
        cases: "10",
        long: "120",
    },
];

#[test]
fn every_answer_is_described() {
    let installation = Installation::new();
    let mut command = leasehold();
    command.args(["serve", "--demo", "--bind", "127.0.0.1:0", "--data"]);
    let server = Serving::start(command.arg(installation.data()));
    for kind in RUNS {
        let report = installation.beside(kind.name);
        judge(kind, server.address(), &report);
    }
    assert!(server.stop().success());
    assert_eq!(installation.verify(), None);
}

fn judge(kind: &Run, address: &str, report: &Path) {
    let is_long = std::env::var_os("LEASEHOLD_LONG").is_some();
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/schemathesis");
    let mut command = tool();
    // Its hooks are found here, and leave nothing behind.
    command.env("PYTHONPATH", &settings);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("SCHEMATHESIS_HOOKS", "hooks");
    command.current_dir(report.parent().unwrap());
    command.arg("--config-file");
    command.arg(settings.join("schemathesis.toml"));
    command.arg("run").arg(format!("{address}/openapi.json"));
    command.args(["--auth", "demo:demo"]);
    command.args(["--phases", kind.phases]);
    command.args(["--header", &format!("Accept: {}", kind.accept)]);
    command.args(["--max-examples", kind.cases]);
    command.args(["--report", "json", "--report-json-path"]);
    command.arg(report);
    let choice = if is_long {
        let now = UNIX_EPOCH.elapsed().unwrap().as_secs().to_string();
        command.args(["--generation-database", "none", "--seed", &now]);
        command.args(["--max-time", kind.long]);
        format!("seed {now}")
    } else {
        command.arg("--generation-deterministic");
        "chosen without chance".to_owned()
    };
    let output = run(&mut command);
    let told = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    let report = std::fs::read(report).unwrap_or_else(|_| panic!("no report\n{told}{wrong}"));
    let report: Value = serde_json::from_slice(&report).unwrap();

    let count = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64).unwrap();
    let cases = count("/test_cases/generated");
    let failed = count("/test_cases/with_failures") + count("/test_cases/errored");
    let operations = count("/operations/tested");
    let name = kind.name;
    println!("openapi, {name}: {operations} operations, {cases} cases, {choice}");
    println!(
        "openapi, {name}: {} passed, {failed} failed",
        cases - failed
    );
    let is_complete = report["complete"] == true && operations == count("/operations/total");
    let is_well = output.status.success() && failed == 0 && is_complete;
    assert!(is_well, "{told}{wrong}");
    // A form of answers that it cannot read is one that it has not judged.
    let unread = &report["warnings"]["missing_deserializer"];
    assert_eq!(unread, &Value::Array(Vec::new()));
}

/// The tool, from where script/setup installed it.
fn tool() -> Command {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let program = root.join("target/clients/schemathesis/venv/bin/schemathesis");
    assert!(
        program.is_file(),
        "schemathesis is not installed: script/setup --all"
    );
    let mut command = Command::new(program.canonicalize().unwrap());
    // The caller's own settings must not decide a test.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let is_setting = ["SCHEMATHESIS", "HYPOTHESIS", "PY"];
        if is_setting.iter().any(|start| name.starts_with(start)) {
            command.env_remove(&*name);
        }
    }
    command
}
