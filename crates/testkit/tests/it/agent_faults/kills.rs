//! Power cuts (SIGKILL) while the agent answers and while it takes packages in, and a full disk.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use leasehold_testkit::daemon::with_files_up_to;
use leasehold_testkit::http::Client;
use leasehold_testkit::installation::Installation;
use leasehold_testkit::offline::import;
use leasehold_testkit::programs::{Serving, run_well};
use leasehold_testkit::random::Random;

use super::{ends, package, report};
use crate::ledger::{Books, LICENSEES, sell};

/// About as long as an import takes, most of it for the passphrase.
const IMPORT_US: u64 = 800_000;

fn rounds() -> u32 {
    match std::env::var_os("LEASEHOLD_LONG") {
        Some(_) => 100,
        None => 10,
    }
}

/// An import that is killed at some moment; false when it had ended by then.
async fn is_cut_off(packages: &Path, home: &Path, random: &mut Random) -> bool {
    let mut importing = import(packages, home)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    tokio::time::sleep(Duration::from_micros(random.below(IMPORT_US))).await;
    importing.kill().unwrap();
    !importing.wait().unwrap().success()
}

async fn key(vendor: &Client) -> String {
    let key = vendor.make("/token", &[("tokenType", "APIKEY")]).await;
    key.get("number").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_acknowledged_outlives_its_end() {
    let seed = Random::seed();
    println!("agent-faults: LEASEHOLD_SEED={seed}");
    let mut random = Random::new(seed);
    let installation = Installation::new();
    let (server, vendor) = installation.serve();
    sell(&vendor).await;
    let key = key(&vendor).await;
    let numbers: Vec<String> = (0..LICENSEES).map(|at| format!("I{at}")).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let home = installation.beside("agent");
    std::fs::create_dir(&home).unwrap();
    let packages = package(&installation, server.address(), &numbers, "packages");
    run_well(&mut import(&packages, &home));
    let mut books = Books::default();
    let (mut during, mut cut) = (0, 0);

    for round in 1..=rounds() {
        let serving = Serving::agent(&home);
        let client = Client::new(serving.address(), "apiKey", &key);
        let load = books.load(&client);
        load.wait_for(1 + random.below(400)).await;
        tokio::time::sleep(Duration::from_micros(random.below(3000))).await;
        serving.kill();
        during += u32::from(books.end(load).await > 0);

        // Every other time a later package comes, and the import is cut off somewhere.
        if round % 2 == 0 {
            let packages = package(&installation, server.address(), &numbers, "packages");
            cut += u32::from(is_cut_off(&packages, &home, &mut random).await);
            run_well(&mut import(&packages, &home));
        }
        report(&installation, &home);
        books.compare(&vendor).await;
    }
    println!(
        "agent-faults: {} kills of a serving agent, {during} of them with requests unanswered, \
         {cut} imports cut off; {}",
        rounds(),
        books.tally
    );
    books.judge();
    assert!(server.stop().success());
    assert_eq!(installation.verify(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_import_is_whole_or_not_there() {
    let seed = Random::seed();
    println!("agent-faults: LEASEHOLD_SEED={seed}");
    let mut random = Random::new(seed);
    let installation = Installation::new();
    let (server, vendor) = installation.serve();
    sell(&vendor).await;
    let packages = package(&installation, server.address(), &["I0", "I1"], "packages");
    let mut cut = 0;
    for round in 0..rounds() {
        let home = installation.beside(&format!("agent-{round}"));
        std::fs::create_dir(&home).unwrap();
        cut += u32::from(is_cut_off(&packages, &home, &mut random).await);
        let said = run_well(&mut import(&packages, &home));
        assert!(said.contains("imported"), "{said}");
        let serving = Serving::agent(&home);
        assert!(serving.stop().success());
    }
    println!(
        "agent-faults: {} first imports, {cut} of them cut off, none half done",
        rounds()
    );
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_leaves_an_import_undone() {
    let installation = Installation::new();
    let (server, vendor) = installation.serve();
    sell(&vendor).await;
    let key = key(&vendor).await;
    let home = installation.beside("agent");
    std::fs::create_dir(&home).unwrap();
    let packages = package(&installation, server.address(), &["I0"], "packages");
    run_well(&mut import(&packages, &home));
    let many: Vec<String> = (0..LICENSEES).map(|at| format!("I{at}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let packages = package(&installation, server.address(), &many, "packages");
    // The journal of the database can hold less than the package brings.
    let mut limited = with_files_up_to(8, &import(&packages, &home));
    ends(&mut limited, 12, "The local database cannot be used: ");
    let known = async |licensee: &str| {
        let serving = Serving::agent(&home);
        let client = Client::new(serving.address(), "apiKey", &key);
        let path = format!("/licensee/{licensee}/validate");
        let status = client.get(&path).await.unwrap().status;
        assert!(serving.stop().success());
        status
    };
    assert_eq!((known("I0").await, known("I1").await), (200, 404));
    let said = run_well(&mut import(&packages, &home));
    assert!(said.contains("merged"), "{said}");
    assert_eq!((known("I0").await, known("I1").await), (200, 200));
    println!(
        "agent-faults: a full disk in an import, nothing taken in, and all of it the next time"
    );
    assert!(server.stop().success());
}
