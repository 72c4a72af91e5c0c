//! Programs that are not ours and have the last word on XML: `xmllint` on the schema, `xmlsec1` and
//! the JDK on signatures. `script/setup --all` installs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What is below the workspace's target folder.
fn below_target(path: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let place = place.join("clients/java").join(path);
    assert!(
        place.exists(),
        "{} is not there: script/setup --all makes it",
        place.display()
    );
    place
}

fn run(command: &mut Command) -> Output {
    let output = command.output();
    output.unwrap_or_else(|error| panic!("{command:?}: {error}; script/setup --all installs it"))
}

/// What `xmllint` has to say against documents of the schema 2.1; nothing when all are valid.
pub fn against_schema(files: &[PathBuf]) -> Option<String> {
    let schema = below_target("xsd/netlicensing-context-2.1.xsd");
    for some in files.chunks(500) {
        let mut command = Command::new("xmllint");
        command
            .args(["--nonet", "--noout", "--schema"])
            .arg(&schema);
        let output = run(command.args(some));
        if !output.status.success() {
            return Some(String::from_utf8_lossy(&output.stderr).into_owned());
        }
    }
    None
}

/// True when `xmlsec1` accepts the signature of a file under the public key in `key` (PEM).
pub fn xmlsec1_accepts(file: &Path, key: &Path) -> bool {
    let mut command = Command::new("xmlsec1");
    command
        .args(["--verify", "--pubkey-pem"])
        .arg(key)
        .arg(file);
    run(&mut command).status.success()
}

/// What the JDK says of each file after the detour that the Java client takes: unmarshalled by
/// JAXB, marshalled to a DOM, and that verified. A line a file, `accepted` or `refused` in front.
pub fn java(files: &[PathBuf], key: &Path) -> Vec<String> {
    let judge = format!("@{}", below_target("judge").display());
    let mut told = Vec::new();
    for some in files.chunks(500) {
        let output = run(Command::new("java").arg(&judge).arg(key).args(some));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        told.extend(text.lines().map(str::to_owned));
    }
    told
}
