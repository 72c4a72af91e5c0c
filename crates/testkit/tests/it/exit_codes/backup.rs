//! What `backup` and `restore` end with, and that a restore gives back what was backed up.

use std::path::Path;
use std::process::Command;

use leasehold_testkit::offline::PASSPHRASE;
use leasehold_testkit::programs::{Serving, agent, run_well};

use super::{Table, WRONG};

fn command(home: &Path, passphrase: &str, arguments: &[&str]) -> Command {
    let mut command = agent();
    command.args(arguments).arg("--work-dir").arg(home);
    command.env("LEASEHOLD_AGENT_PASSPHRASE", passphrase);
    command
}

/// The database in `home`, which nobody has open.
pub(super) fn rows(table: &mut Table, home: &Path) {
    let sealed = home.join("agent.backup");
    let bytes = |file: &str| std::fs::read(home.join(file)).unwrap();
    let make = |to: &str| command(home, PASSPHRASE, &["backup", "--to", to]);
    let put = |passphrase: &str, more: &[&str]| {
        let line = [&["restore", "--from", "agent.backup"], more].concat();
        command(home, passphrase, &line)
    };
    let missing = ("Option --to: missing", "");
    let mut nameless = command(home, PASSPHRASE, &["backup"]);
    table.row(2, "a backup to nowhere", &mut nameless, missing);

    // While an agent has the database open, and on its own.
    let serving = Serving::agent(home);
    run_well(&mut make("agent.backup"));
    let locked = ("The local database cannot be used: ", "");
    let mut under_it = put(PASSPHRASE, &["--force"]);
    table.row(12, "a restore while an agent runs", &mut under_it, locked);
    assert!(serving.stop().success());
    run_well(&mut make("other.backup"));
    let taken = ("File '", "is there already. Move it away first.");
    table.row(6, "a backup over a file", &mut make("agent.backup"), taken);

    let held = ("There is a database in '", "Use --force to put it aside.");
    table.row(
        6,
        "a restore over a database",
        &mut put(PASSPHRASE, &[]),
        held,
    );
    let other = (
        "File 'agent.backup' cannot be opened with this passphrase.",
        "",
    );
    let mut mistyped = put(WRONG, &["--force"]);
    table.row(8, "a backup under another passphrase", &mut mistyped, other);
    let mut keyless = put("", &["--force"]);
    let none = ("File 'agent.backup' is sealed with a passphrase: ", "");
    table.row(7, "a backup, and no passphrase", &mut keyless, none);
    let sound = bytes("agent.backup");
    let mut damaged = sound.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    std::fs::write(&sealed, &damaged).unwrap();
    let altered = ("File 'agent.backup' is damaged or was altered.", "");
    let mut broken = put(PASSPHRASE, &["--force"]);
    table.row(8, "a damaged backup", &mut broken, altered);
    std::fs::write(&sealed, &sound).unwrap();

    let told = run_well(&mut put(PASSPHRASE, &["--force"]));
    assert!(told.contains("database.replaced-"), "{told}");
    let database = home.join("database/leasehold.db");
    let open = rusqlite::Connection::open(&database).unwrap();
    let restored: i64 = open
        .query_row(
            "SELECT count(*) FROM audit WHERE action = 'agent.restore'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(restored, 1, "AG-61: the audit log tells it");
    drop(open);
    assert!(Serving::agent(home).stop().success());
    table.rows.push((0, "a backup put back", String::new()));
}
