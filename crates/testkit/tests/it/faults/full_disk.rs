//! The disk fills up. Played by a limit on the size of files, which needs no rights: a write beyond
//! it fails as on a full disk, and what is there can still be read.

use leasehold_testkit::daemon::with_files_up_to;
use leasehold_testkit::http::Client;
use leasehold_testkit::installation::{Installation, LOGIN, PASSWORD};
use leasehold_testkit::programs::{Serving, serve};

use crate::ledger::{Books, sell};

/// How many times the disk fills up, and how much it is enlarged by in between, in kilobytes.
const ROUNDS: u64 = 3;
const MORE_KB: u64 = 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_server_and_loses_nothing() {
    let installation = Installation::new();
    let (server, client) = installation.serve();
    sell(&client).await;
    assert!(server.stop().success());
    let data = installation.data();
    let mut size_kb = super::database(&data).metadata().unwrap().len() / 1024;
    let mut books = Books::default();

    for round in 1..=ROUNDS {
        size_kb += MORE_KB;
        let mut server = Serving::start(&mut with_files_up_to(size_kb, &serve(&data)));
        let client = Client::new(server.address(), LOGIN, PASSWORD);
        let mut load = books.load(&client);
        load.wait().await;
        let refusals = load.refusals();
        books.end(load).await;
        // Whoever waits is told, and the program ends, so that its supervisor knows.
        assert!(refusals > 0, "in round {round} nobody heard of it");
        let status = server.wait();
        assert_eq!(status.code(), Some(1), "{}", server.written());
        let last_words = "leasehold: the store has stopped after a failed commit";
        assert!(
            server.written().contains(last_words),
            "{}",
            server.written()
        );

        assert_eq!(installation.verify(), None, "after round {round}");
        let (server, client) = installation.serve();
        books.compare(&client).await;
        assert!(server.stop().success());
    }
    println!("faults: {ROUNDS} times a full disk, {}", books.tally);
    books.judge();
}
