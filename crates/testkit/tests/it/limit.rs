//! Many clients want the seats of one module: there are never more live sessions than seats.

use std::collections::HashSet;
use std::sync::Mutex;

use leasehold_testkit::installation::Installation;

use crate::seats::{DAY_S, SEATS, Seats, Servers, Thought, contend, sell};

const CLIENTS: u64 = 64;
const GRANTS: u64 = 10_000;

/// What one writes at first: read the count, and write later. It shows that this test can tell.
struct Naive {
    sessions: Mutex<HashSet<String>>,
    thought: Thought,
}

impl Seats for Naive {
    async fn check_out(&self, session: &str) -> bool {
        let taken = self.sessions.lock().unwrap().len();
        let free = taken < SEATS;
        if free {
            self.thought.think().await;
            self.sessions.lock().unwrap().insert(session.to_owned());
        }
        free
    }

    async fn check_in(&self, session: &str) {
        self.sessions.lock().unwrap().remove(session);
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn never_more_sessions_than_seats() {
    let installation = Installation::new();
    let (server, client) = installation.serve();
    sell(&client, SEATS, DAY_S).await;

    let seen = contend(Servers(vec![client]), CLIENTS, GRANTS).await;
    println!("limit: {seen}");
    seen.judge();

    assert!(server.stop().success());
    assert_eq!(installation.verify(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_naive_service_is_caught() {
    let naive = Naive {
        sessions: Mutex::default(),
        thought: Thought::new(CLIENTS),
    };
    let seen = contend(naive, CLIENTS, GRANTS).await;
    println!("limit: the naive service: {seen}");
    assert!(seen.highest > SEATS, "the test cannot tell over-issue");
}
