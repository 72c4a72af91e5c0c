//! The process is killed at any moment: under load, while it ends in good order, while it starts.

use std::process::Stdio;
use std::time::Duration;

use leasehold_testkit::daemon::send;
use leasehold_testkit::installation::Installation;
use leasehold_testkit::programs::serve;
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
async fn nothing_is_lost_or_doubled_by_a_kill_at_any_moment() {
    let seed = Random::seed();
    println!("faults: LEASEHOLD_SEED={seed}");
    let mut random = Random::new(seed);
    let installation = Installation::new();
    let (server, client) = installation.serve();
    sell(&client).await;
    let mut running = (server, client);
    let mut books = Books::default();

    for kill in 1..=kills() {
        let (server, client) = running;
        let load = books.load(&client);
        load.wait_for(1 + random.below(300)).await;
        match random.below(3) {
            0 => server.kill(),
            1 => {
                send("TERM", &[server.id()]);
                tokio::time::sleep(Duration::from_micros(random.below(20_000))).await;
                server.kill();
            }
            _ => {
                server.kill();
                // Another one is on its way up, with the log of the first to read.
                let mut command = serve(&installation.data());
                let streams = command.stdout(Stdio::null()).stderr(Stdio::null());
                let mut starting = streams.spawn().unwrap();
                tokio::time::sleep(Duration::from_micros(random.below(100_000))).await;
                starting.kill().unwrap();
                starting.wait().unwrap();
            }
        }
        books.end(load).await;
        assert_eq!(installation.verify(), None, "after kill {kill}");
        running = installation.serve();
        books.compare(&running.1).await;
    }
    println!("faults: {} kills, {}", kills(), books.tally);
    books.judge();
}
