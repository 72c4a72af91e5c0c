//! The server is killed in the middle of its work, again and again. The clients keep their own
//! ledger of what was asked and what was answered, and compare it with the reopened store: what was
//! acknowledged is there, once; what was not answered is there once or not at all.

use std::time::Duration;

use leasehold_testkit::installation::Installation;
use leasehold_testkit::random::Random;

use crate::ledger::{Books, sell};

/// How many times the server is killed.
fn kills() -> u32 {
    if std::env::var_os("LEASEHOLD_LONG").is_some() {
        200
    } else {
        20
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_change_is_lost_and_none_is_doubled() {
    let seed = Random::seed();
    println!("crash: LEASEHOLD_SEED={seed}");
    let mut random = Random::new(seed);
    let installation = Installation::new();
    let (server, client) = installation.serve();
    sell(&client).await;
    let mut books = Books::default();
    let mut running = (server, client);
    let mut kills_with_unanswered = 0;

    for kill in 1..=kills() {
        let (server, client) = running;
        let load = books.load(&client);
        load.wait_for(1 + random.below(600)).await;
        // Some way into the next group of changes.
        tokio::time::sleep(Duration::from_micros(random.below(3000))).await;
        server.kill();
        kills_with_unanswered += u32::from(books.end(load).await > 0);

        let found = installation.verify();
        assert_eq!(found, None, "after kill {kill}");
        running = installation.serve();
        books.compare(&running.1).await;
    }

    println!(
        "crash: {} kills, {kills_with_unanswered} of them with requests unanswered; {}",
        kills(),
        books.tally
    );
    books.judge();
    assert!(kills_with_unanswered * 2 >= kills());
}
