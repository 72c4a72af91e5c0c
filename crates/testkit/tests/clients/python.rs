//! PyPI's `netlicensing-client`: a life cycle against the server, then its validations against an
//! agent that was fed by export and import; and the client's own test of a demo account.

use std::path::PathBuf;
use std::process::Command;

use leasehold_testkit::installation::Installation;
use leasehold_testkit::programs::{Serving, leasehold, run};

use crate::{checks, drive, place};

#[tokio::test(flavor = "multi_thread")]
async fn a_life_cycle_against_the_server_and_its_validations_against_the_agent() {
    drive(|arguments| {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut command = python();
        command.arg(root.join("clients/python/checks.py"));
        checks(command.args(arguments), "python", arguments[0]);
    })
    .await;
}

/// The test that the client's authors run against the demo account of the original.
#[test]
fn the_clients_own_test_of_the_demo_account() {
    let installation = Installation::new();
    let mut command = leasehold();
    command.args(["serve", "--demo", "--bind", "127.0.0.1:0", "--data"]);
    let server = Serving::start(command.arg(installation.data()));

    let mut command = python();
    command.args(["-B", "-m", "pytest", "-p", "no:cacheprovider"]);
    // The client's settings measure coverage, by a package that nothing else needs.
    command.args(["--override-ini=addopts=", "tests/test_live_demo.py"]);
    command.current_dir(place("python").join("sdist"));
    command.env("NETLICENSING_LIVE_DEMO", "1");
    let base = format!("{}/core/v2/rest", server.address());
    command.env("NETLICENSING_BASE_URL", base);
    command.env("NETLICENSING_DEMO_USERNAME", "demo");
    command.env("NETLICENSING_DEMO_PASSWORD", "demo");
    let output = run(&mut command);
    let told = String::from_utf8_lossy(&output.stdout);
    let last = told.lines().last().unwrap_or_default();
    let is_well = output.status.success() && last.contains(" 1 passed in ");
    assert!(is_well, "{told}{}", String::from_utf8_lossy(&output.stderr));
    println!("python, the client's own test: 1 passed, 0 failed");
    assert!(server.stop().success());
}

/// The interpreter of the environment that has the client library.
fn python() -> Command {
    let mut command = Command::new(place("python").join("venv/bin/python"));
    // The caller's own settings must not decide a test.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("NETLICENSING_") || name.starts_with("PY") {
            command.env_remove(&*name);
        }
    }
    command
}
