//! Somebody else has what the server needs.

use std::time::Duration;

use leasehold_testkit::installation::Installation;
use leasehold_testkit::programs::serve;
use leasehold_testkit::random::Random;

use crate::ledger::{Books, sell};

/// How many times another program holds the database.
const HOLDS: u32 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_a_directory_is_refused() {
    let installation = Installation::new();
    let (server, client) = installation.serve();
    let refused = super::run_to_end(&serve(&installation.data()));
    let text = super::text(&refused);
    assert_eq!(refused.status.code(), Some(3), "{text}");
    let says = super::unopened(&installation.data());
    assert!(text.contains(&says), "{text}");
    assert!(text.contains("is in use by another process"), "{text}");
    // The first one has not noticed.
    assert_eq!(client.get("/product").await.unwrap().status, 200);
    assert!(server.stop().success());
}

#[test]
fn a_database_that_another_program_keeps_to_itself_is_refused() {
    let installation = Installation::new();
    let other = super::other_program(&installation.data());
    let take = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;";
    other.execute_batch(take).unwrap();
    let refused = super::run_to_end(&serve(&installation.data()));
    let text = super::text(&refused);
    assert_eq!(refused.status.code(), Some(1), "{text}");
    let says = super::unopened(&installation.data());
    assert!(text.contains(&says), "{text}");
    assert!(text.contains("database is locked"), "{text}");
    drop(other);
    assert_eq!(installation.verify(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_wait_while_another_program_writes() {
    let seed = Random::seed();
    println!("faults: LEASEHOLD_SEED={seed}");
    let mut random = Random::new(seed);
    let installation = Installation::new();
    let (server, client) = installation.serve();
    sell(&client).await;
    let idle = [("productNumber", "P"), ("number", "IDLE")];
    client.make("/licensee", &idle).await;
    let other = super::other_program(&installation.data());
    other.busy_timeout(Duration::from_secs(30)).unwrap();
    let mut books = Books::default();
    let load = books.load(&client);
    for hold in 1..=HOLDS {
        load.wait_for(u64::from(hold) * 50).await;
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        // An answer that rests on no change is given all the same.
        let reply = client.post("/licensee/IDLE/validate", &[]).await.unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text());
        tokio::time::sleep(Duration::from_millis(random.below(200))).await;
        other.execute_batch("COMMIT").unwrap();
    }
    // In good order: what was taken is answered, and what comes later finds nobody.
    assert!(server.stop().success());
    books.end(load).await;
    assert_eq!(installation.verify(), None);

    let (_server, client) = installation.serve();
    books.compare(&client).await;
    println!(
        "faults: {HOLDS} times held by another program, {}",
        books.tally
    );
    books.judge();
}
