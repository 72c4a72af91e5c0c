//! npm's `netlicensing-client`: a life cycle against the server, then its validations against an
//! agent that was fed by export and import.

use std::path::Path;
use std::process::Command;

use crate::{checks, drive, place};

#[tokio::test(flavor = "multi_thread")]
async fn a_life_cycle_against_the_server_and_its_validations_against_the_agent() {
    drive(|arguments| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new("node");
        command.env("NODE_PATH", place("npm").join("node_modules"));
        command.arg(root.join("clients/npm/checks.cjs"));
        checks(command.args(arguments), "npm", arguments[0]);
    })
    .await;
}
