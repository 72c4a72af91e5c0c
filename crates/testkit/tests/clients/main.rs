//! The official client libraries against our programs. Needs Node and Python:
//! `script/setup --all`.

#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]
#![expect(clippy::print_stdout, reason = "the checks are part of the result")]

mod nginx;
mod npm;
mod python;

use std::path::{Path, PathBuf};
use std::process::Command;

use leasehold_testkit::installation::{Installation, LOGIN, PASSWORD};
use leasehold_testkit::offline;
use leasehold_testkit::programs::{Serving, run};

/// Lets a client library's checks, started by `checks` with the arguments that they are given,
/// drive the server; then an agent, about a licensee that was carried to it.
async fn drive(checks: impl Fn(&[&str])) {
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

/// Runs the checks of `library` and shows what they print.
fn checks(command: &mut Command, library: &str, against: &str) {
    let output = run(command);
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        println!("{library}, {line}");
    }
    assert!(
        output.status.success(),
        "the checks of {library} against the {against} failed\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Where script/setup installed the client library for `language`.
fn place(language: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let place = root.join("target/clients").join(language);
    assert!(
        place.is_dir(),
        "the client library is not installed: script/setup --all"
    );
    // Some are run in folders of their own, from where a relative path would lead elsewhere.
    place.canonicalize().unwrap()
}
