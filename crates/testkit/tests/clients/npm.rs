//! npm's `netlicensing-client`: a life cycle against the server, then its validations against an
//! agent that was fed by export and import.

use std::path::{Path, PathBuf};
use std::process::Command;

use leasehold_testkit::installation::{Installation, LOGIN, PASSWORD};
use leasehold_testkit::offline;
use leasehold_testkit::programs::{Serving, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_life_cycle_against_the_server_and_its_validations_against_the_agent() {
    let installation = Installation::new();
    let (server, client) = installation.serve();
    checks(&["server", server.address(), LOGIN, PASSWORD]);

    let key = [("tokenType", "APIKEY"), ("name", "the customer's program")];
    let key = client.make("/token", &key).await;
    let folder = installation.beside("agent");
    offline::carry(server.address(), &["I-OFFLINE"], &folder);
    assert!(server.stop().success());
    let agent = Serving::agent(&folder);
    checks(&["agent", agent.address(), key.get("number").unwrap()]);
    assert!(agent.stop().success());
}

/// Runs the checks, with the library from where script/setup put it.
fn checks(arguments: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = target().join("clients/npm");
    assert!(
        place.join("node_modules").is_dir(),
        "the client library is not installed: script/setup --all"
    );
    let script = root.join("clients/npm/checks.cjs");
    let output = run(Command::new("node")
        .env("NODE_PATH", place.join("node_modules"))
        .arg(script)
        .args(arguments));
    print!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(
        output.status.success(),
        "the checks against the {} failed\n{}",
        arguments[0],
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The workspace's target folder, where script/setup installs.
fn target() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join("target")
}
