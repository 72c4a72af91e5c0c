//! Exit codes and messages of the program (agent specification, 15; AG-63).

use std::net::TcpListener;

use crate::support::package::{assets, plain, put, signing_key};
use crate::support::program::{agent, ended, run};

#[test]
fn help_and_version_are_told_on_stdout() {
    let directory = tempfile::tempdir().unwrap();
    for line in [&["--help"][..], &["-h", "--colour"]] {
        let ran = run(directory.path(), line);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert!(ran.stdout.contains("Usage: leasehold-agent --action="));
        assert!(ran.stdout.contains("-l, --licensees=NUMBER,"));
    }
    let ran = run(directory.path(), &["-v"]);
    let expected = concat!(
        "leasehold-agent ",
        env!("CARGO_PKG_VERSION"),
        "\nREST API v2\n"
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (0, expected));
}

#[test]
fn a_wrong_line_is_2() {
    let directory = tempfile::tempdir().unwrap();
    let ran = run(directory.path(), &["run-offline", "--colour=red"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert_eq!(ran.stderr, "Option --colour: unknown; see --help\n");
    let ran = run(directory.path(), &["import-assets", "--input=nowhere"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .starts_with("Option --input: cannot read './nowhere'")
    );
}

#[test]
fn nothing_to_import_or_to_serve_is_7_and_creates_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let ran = run(
        directory.path(),
        &["--action=import-assets", "--without-card"],
    );
    assert_eq!(ran.code, 7);
    assert_eq!(
        ran.stderr,
        "No files matching '*_netlicensing-assets.xml' in '.'.\n"
    );
    let line = ["--action=run-agent-offline", "--without-card", "--port=0"];
    let ran = run(directory.path(), &line);
    assert_eq!(ran.code, 7);
    assert_eq!(
        ran.stderr,
        "No licensing assets found in './database'. Run --action=import-assets first.\n"
    );
    // A directory without a store is no store, whatever else lies there.
    let database = directory.path().join("database");
    std::fs::create_dir(&database).unwrap();
    std::fs::write(database.join("LOCK"), b"").unwrap();
    assert_eq!(run(directory.path(), &line).code, 7);
    assert_eq!(std::fs::read_dir(&database).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_taken_port_is_11() {
    let directory = tempfile::tempdir().unwrap();
    put(
        directory.path(),
        1,
        &plain(&assets("P1", 1), &signing_key()),
    );
    assert_eq!(run(directory.path(), &["import-assets"]).code, 0);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ran = run(
        directory.path(),
        &["run-offline", &format!("--port={port}")],
    );
    assert_eq!(ran.code, 11);
    assert_eq!(ran.stderr, format!("Port {port} is already in use.\n"));
}

#[test]
fn a_server_that_is_not_there_is_5_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    // A port that was free a moment ago, and that nobody else is given.
    let reserved = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = reserved.local_addr().unwrap().port();
    drop(reserved);
    let host = format!("--core.base.host=http://127.0.0.1:{port}");
    let ran = ended(
        agent(directory.path())
            .args(["export-assets", "--without-card", "-u=acme", "-lI1", &host])
            .env("LEASEHOLD_AGENT_NLIC_PASSWORD", "hunter2"),
    );
    assert_eq!(ran.code, 5);
    let expected = format!("Cannot connect to http://127.0.0.1:{port}: ");
    assert!(ran.stderr.starts_with(&expected), "{}", ran.stderr);
    assert!(!ran.stderr.contains("hunter2"));
    assert_eq!(ran.stderr.lines().count(), 1);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}
