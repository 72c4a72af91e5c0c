//! Files that are no packages: nothing is taken in, and the store is as it was to the byte.

use std::fs::{File, create_dir, remove_dir_all};

use leasehold_testkit::installation::Installation;
use leasehold_testkit::offline::{carry, import};

use super::{contents, ends, package};
use crate::ledger::sell;

const NAME: &str = "1_netlicensing-assets.xml";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_package_changes_nothing() {
    let installation = Installation::new();
    let (server, vendor) = installation.serve();
    sell(&vendor).await;
    let home = installation.beside("agent");
    carry(server.address(), &["I0"], &home);
    let sound = package(&installation, server.address(), &["I0"], "sound");
    let sound = std::fs::read(sound.join(NAME)).unwrap();
    let input = installation.beside("input");
    let before = contents(&home.join("database"));
    let mut rows = 0;
    let mut row = |what: &str, code: i32, begins: &str| {
        ends(&mut import(&input, &home), code, begins);
        assert!(
            contents(&home.join("database")) == before,
            "{what}: the store has changed"
        );
        println!("agent-faults: {what}: exit {code}");
        rows += 1;
        remove_dir_all(&input).unwrap();
    };
    let damaged = "File '1_netlicensing-assets.xml' ";

    create_dir(&input).unwrap();
    File::create(input.join(NAME))
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    row("a gigabyte of zeros", 8, damaged);

    create_dir(&input).unwrap();
    create_dir(input.join(NAME)).unwrap();
    row("a directory in place of a file", 7, "No files matching ");

    for (what, cut) in [("half a package", sound.len() / 2), ("an empty file", 0)] {
        create_dir(&input).unwrap();
        std::fs::write(input.join(NAME), &sound[..cut]).unwrap();
        row(what, 8, damaged);
    }
    for at in [sound.len() / 3, sound.len() / 2, sound.len() - 40] {
        create_dir(&input).unwrap();
        let mut changed = sound.clone();
        changed[at] ^= 1;
        std::fs::write(input.join(NAME), changed).unwrap();
        row("a package with one byte changed", 8, damaged);
    }
    println!("agent-faults: {rows} files that are no packages, each refused, the store unchanged");
    assert!(server.stop().success());
}
