//! npm's `netlicensing-client`: a life cycle against the server, then its validations against an
//! agent that was fed by export and import.

use std::path::Path;
use std::process::Command;

use crate::{checks, drive, place};

#[tokio::test(flavor = "multi_thread")]
async fn a_life_cycle_against_the_server_and_its_validations_against_the_agent() {
    drive(|arguments| check(arguments, None)).await;
}

/// Runs the client's checks with these arguments, and with an authority that it trusts beside those
/// that it knows.
pub(crate) fn check(arguments: &[&str], trusted: Option<&Path>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("node");
    command.env("NODE_PATH", place("npm").join("node_modules"));
    if let Some(trusted) = trusted {
        command.env("NODE_EXTRA_CA_CERTS", trusted);
    }
    command.arg(root.join("clients/npm/checks.cjs"));
    checks(command.args(arguments), "npm", arguments[0]);
}
