//! What an agent ends with that has no server: usage, packages, the store, the port.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use leasehold_testkit::installation::Installation;
use leasehold_testkit::offline::{carry, export, import};
use leasehold_testkit::programs::{Serving, agent, run_well};
use tempfile::TempDir;

use super::{Table, WRONG};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server() {
    let mut table = Table::default();
    table.row(
        0,
        "help, whatever else is on the line",
        agent().args(["-h", "--colour"]),
        ("", ""),
    );
    table.row(0, "version", agent().arg("--version"), ("", ""));
    usage(&mut table);
    nothing(&mut table);
    let installation = Installation::new();
    let (server, client) = installation.serve();
    super::upstream::sell(&client, "I1").await;
    let home = installation.beside("agent");
    carry(server.address(), &["I1"], &home);
    let newer = installation.beside("newer");
    export(server.address(), &["I1"], &newer);
    packages(&mut table, &home, &newer);
    let foreign = Installation::new();
    let (other, client) = foreign.serve();
    super::upstream::sell(&client, "I1").await;
    let others = foreign.beside("sent");
    export(other.address(), &["I1"], &others);
    table.row(
        8,
        "a package of another vendor",
        &mut import(&others, &home),
        (
            "File '1_netlicensing-assets.xml' was signed with another vendor's key ",
            ".",
        ),
    );
    super::backup::rows(&mut table, &home);
    store(&mut table, &home, &newer);
    table.print();
}

fn in_folder(home: &Path, line: &[&str]) -> Command {
    let mut command = agent();
    command.args(line).arg("--work-dir").arg(home);
    command
}

fn usage(table: &mut Table) {
    let rows: &[(&str, &[&str], &str)] = &[
        ("no action", &[], "Option --action: missing; "),
        (
            "an unknown option",
            &["status", "--colour=red"],
            "Option --colour: unknown",
        ),
        (
            "an option twice",
            &["run-offline", "--port=1", "--port=2"],
            "Option --port: given more",
        ),
        (
            "a required option is missing",
            &[
                "export-assets",
                "--without-card",
                "--core.base.host=https://a.example",
            ],
            "Option --licensees: missing",
        ),
        (
            "an upstream with a path (AG-4)",
            &[
                "export-assets",
                "--without-card",
                "--core.base.host=https://a.example/core",
            ],
            "Option --core.base.host: must not have a path",
        ),
        (
            "an upstream is not named (AG-3)",
            &["export-assets", "--without-card"],
            "Option --core.base.host: missing",
        ),
        (
            "an empty item (AG-59)",
            &[
                "export-assets",
                "--without-card",
                "--core.base.host=https://a.example",
                "-lI1,,I2",
            ],
            "Option --licensees: ",
        ),
        (
            "a value it cannot have",
            &["run-offline", "--port=70000"],
            "Option --port: expected",
        ),
        (
            "plain HTTP beyond this machine",
            &["run-offline", "--bind=0.0.0.0"],
            "Option --bind: ",
        ),
        (
            "nobody is judged, beyond this machine",
            &[
                "run-offline",
                "--bind=0.0.0.0",
                "--insecure-http",
                "--auth=none",
            ],
            "Option --auth: 'none'",
        ),
        (
            "what comes later",
            &["run-agent"],
            "Option --action: 'run-agent' comes with a later",
        ),
        (
            "a card, which comes later",
            &["export-assets", "--serial-number=77"],
            "Option --serial-number: comes with a later version; until then, ",
        ),
    ];
    for (when, line, message) in rows {
        table.row(2, when, agent().args(*line), (message, ""));
    }
}

/// 7, and nothing is created.
fn nothing(table: &mut Table) {
    let empty = TempDir::new().unwrap();
    let shown = empty.path().display();
    let no_packages = format!("No files matching '*_netlicensing-assets.xml' in '{shown}'.");
    let mut command = in_folder(empty.path(), &["--action=import-assets", "--without-card"]);
    table.row(7, "no packages (AG-15)", &mut command, (&no_packages, ""));
    let no_store = format!(
        "No licensing assets found in '{shown}/database'. Run --action=import-assets first."
    );
    let mut command = in_folder(empty.path(), &["--action=run-agent-offline", "--port=0"]);
    table.row(7, "no store (AG-7)", &mut command, (&no_store, ""));
    let mut command = in_folder(empty.path(), &["status"]);
    table.row(7, "the status of no store", &mut command, (&no_store, ""));
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0);
}

fn packages(table: &mut Table, home: &Path, newer: &Path) {
    const FILE: &str = "1_netlicensing-assets.xml";
    let package = std::fs::read(newer.join(FILE)).unwrap();
    let input = TempDir::new().unwrap();
    let put = |bytes: &[u8]| std::fs::write(input.path().join(FILE), bytes).unwrap();
    let damaged = format!("File '{FILE}' is damaged or was altered.");
    let mut altered = package.clone();
    let at = altered.len() / 2;
    altered[at] ^= 1;
    for (when, bytes) in [
        ("a package that was altered", altered.as_slice()),
        ("a package that was cut", &package[..package.len() / 2]),
        ("a package that is no XML", b"PK\x03\x04"),
        ("a package that expands (billion laughs)", LAUGHS.as_bytes()),
    ] {
        put(bytes);
        table.row(8, when, &mut import(input.path(), home), (&damaged, ""));
    }
    let zeros = std::fs::File::create(input.path().join(FILE)).unwrap();
    zeros.set_len(1 << 30).unwrap();
    let mut too_large = import(input.path(), home);
    table.row(
        8,
        "a package of 1 GB of zeros",
        &mut too_large,
        ("File '1_netlicensing-assets.xml' ", "."),
    );
    put(&package);
    let fresh = TempDir::new().unwrap();
    let mut wrong = import(input.path(), fresh.path());
    wrong.env("LEASEHOLD_AGENT_PASSPHRASE", WRONG);
    let opened = format!("File '{FILE}' cannot be opened with this passphrase.");
    table.row(8, "another passphrase", &mut wrong, (&opened, ""));
    let mut none = import(input.path(), fresh.path());
    none.env_remove("LEASEHOLD_AGENT_PASSPHRASE");
    let asked = format!("File '{FILE}' is sealed with a passphrase: give it by --passphrase-file");
    table.row(
        7,
        "a passphrase is missing, and nobody to ask",
        &mut none,
        (&asked, "."),
    );
    run_well(&mut import(input.path(), fresh.path()));
    let mut older = import(home, fresh.path());
    let when = "an older generation (AG-27)";
    let refused = ("File '", "is in the database. Export anew.");
    table.row(6, when, &mut older, refused);
    older.arg("--force");
    let when = "an older generation by force (AG-27)";
    table.row(6, when, &mut older, refused);
}

/// The store, the port, the certificate; and what is nobody's fault.
fn store(table: &mut Table, home: &Path, newer: &Path) {
    let mut made = in_folder(home, &["tls-selfsigned", "--host=localhost"]);
    run_well(&mut made);
    let refused = ("File '", "is there already. Use --force to replace it.");
    table.row(6, "a certificate is there already", &mut made, refused);
    let key = home.join("tls-key.pem");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o640)).unwrap();
    let tls = [
        "run-offline",
        "--port=0",
        "--tls.cert=tls-cert.pem",
        "--tls.key=tls-key.pem",
    ];
    let loose = ("Option --tls.key: '", "or add --tls.allow-loose-key");
    table.row(
        2,
        "a key that others may read (AG-57)",
        &mut in_folder(home, &tls),
        loose,
    );
    let missing = [
        "run-offline",
        "--port=0",
        "--tls.cert=none.pem",
        "--tls.key=tls-key.pem",
    ];
    let told = ("Option --tls.cert: the file '", "");
    table.row(
        2,
        "a certificate that is not there",
        &mut in_folder(home, &missing),
        told,
    );

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let option = format!("--port={port}");
    let told = format!("Port {port} is already in use.");
    let mut command = in_folder(home, &["run-offline", &option]);
    table.row(11, "the port is taken", &mut command, (&told, ""));
    let option = format!("--metrics-bind=127.0.0.1:{port}");
    let mut command = in_folder(home, &["run-offline", "--port=0", &option]);
    table.row(
        11,
        "the port of the metrics is taken",
        &mut command,
        (&told, ""),
    );

    let serving = Serving::agent(home);
    let locked = (
        "The local database cannot be used: ",
        "import-assets --online",
    );
    let mut second = in_folder(home, &["run-offline", "--port=0"]);
    table.row(12, "two agents on one store", &mut second, locked);
    table.row(
        12,
        "an import while an agent runs (AG-28)",
        &mut import(newer, home),
        locked,
    );
    assert!(serving.stop().success());
    table
        .rows
        .push((0, "SIGTERM while nothing is asked", String::new()));

    let socket = home.join("leasehold-agent.sock");
    std::fs::create_dir(&socket).unwrap();
    let mut command = in_folder(home, &["run-offline", "--port=0"]);
    let told = ("Internal error: cannot make the control socket: ", "");
    table.row(
        1,
        "a directory is where the control socket goes",
        &mut command,
        told,
    );
    std::fs::remove_dir(&socket).unwrap();

    let database = home.join("database/leasehold.db");
    let sound = std::fs::read(&database).unwrap();
    let mut damaged = sound.clone();
    damaged[..16].copy_from_slice(b"not a database..");
    std::fs::write(&database, &damaged).unwrap();
    let told = ("The local database cannot be used: ", "");
    let mut command = in_folder(home, &["run-offline", "--port=0"]);
    table.row(12, "a store that is no database", &mut command, told);
    std::fs::write(&database, &sound).unwrap();
    let open = rusqlite::Connection::open(&database).unwrap();
    open.execute("UPDATE schema_version SET version = 9999", [])
        .unwrap();
    drop(open);
    let told = (
        "The local database cannot be used: the store has schema 9999",
        "use a newer program",
    );
    let mut command = in_folder(home, &["run-offline", "--port=0"]);
    table.row(12, "a store of a newer version", &mut command, told);
}

const LAUGHS: &str = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \
    \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\">]>\
    <netlicensing-assets xmlns=\"urn:leasehold:assets:1\" version=\"1\">&d;</netlicensing-assets>";
