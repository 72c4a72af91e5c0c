//! Many clients want the seats of one module. Live sessions are counted from the answers alone: one
//! counts from the moment its check-out is acknowledged until its check-in is about to be sent, so
//! that the count never exceeds the truth. A service that lets it exceed the seats has over-issued.

use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use leasehold_testkit::http::Client;
use leasehold_testkit::installation::Installation;

const SEATS: usize = 50;
const CLIENTS: u64 = 64;
const DURATION: Duration = Duration::from_secs(5);
const GRANTS: u64 = 10_000;

/// Somebody who gives out seats.
trait Seats: Send + Sync {
    /// Asks for a seat; true when it is given.
    fn check_out(&self, session: &str) -> impl Future<Output = bool> + Send;

    /// Gives the seat back.
    fn check_in(&self, session: &str) -> impl Future<Output = ()> + Send;
}

/// Leasehold itself, over HTTP.
struct Server {
    client: Client,
}

impl Server {
    async fn ask(&self, session: &str, action: &str) -> bool {
        let form = [
            ("productModuleNumber0", "M"),
            ("sessionId0", session),
            ("action0", action),
        ];
        let reply = self.client.post("/licensee/I/validate", &form).await;
        let items = reply.unwrap().expect_items(action);
        items[0].get("valid") == Some("true")
    }
}

impl Seats for Server {
    async fn check_out(&self, session: &str) -> bool {
        self.ask(session, "checkOut").await
    }

    async fn check_in(&self, session: &str) {
        self.ask(session, "checkIn").await;
    }
}

/// What one writes at first: read the count, and write later. It shows that this test can tell.
#[derive(Default)]
struct Naive {
    sessions: Mutex<HashSet<String>>,
}

impl Seats for Naive {
    async fn check_out(&self, session: &str) -> bool {
        let taken = self.sessions.lock().unwrap().len();
        // Somewhere between reading and writing there is a wait.
        tokio::task::yield_now().await;
        let free = taken < SEATS;
        if free {
            self.sessions.lock().unwrap().insert(session.to_owned());
        }
        free
    }

    async fn check_in(&self, session: &str) {
        self.sessions.lock().unwrap().remove(session);
        tokio::task::yield_now().await;
    }
}

/// What the clients saw.
struct Seen {
    grants: u64,
    refusals: u64,
    highest: usize,
    /// Live sessions once nobody contends any more and every free seat has been taken.
    at_rest: usize,
    elapsed: Duration,
}

/// Lets the clients ask for `DURATION`, and on until `GRANTS` seats were given.
async fn contend(seats: impl Seats + 'static) -> Seen {
    let table = std::sync::Arc::new(Table {
        seats,
        live: Mutex::default(),
        highest: Mutex::default(),
        grants: AtomicU64::new(0),
        refusals: AtomicU64::new(0),
        over: AtomicBool::new(false),
    });
    let begun = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let table = std::sync::Arc::clone(&table);
        clients.spawn(async move { table.play(client).await });
    }
    while begun.elapsed() < DURATION || table.grants.load(Ordering::SeqCst) < GRANTS {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if let Some(early) = clients.try_join_next() {
            panic!("a client ended early: {early:?}");
        }
    }
    let elapsed = begun.elapsed();
    table.over.store(true, Ordering::SeqCst);
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    table.fill().await;
    let highest = *table.highest.lock().unwrap();
    let at_rest = table.live.lock().unwrap().len();
    Seen {
        grants: table.grants.load(Ordering::SeqCst),
        refusals: table.refusals.load(Ordering::SeqCst),
        highest,
        at_rest,
        elapsed,
    }
}

struct Table<S> {
    seats: S,
    live: Mutex<VecDeque<String>>,
    highest: Mutex<usize>,
    grants: AtomicU64,
    refusals: AtomicU64,
    over: AtomicBool,
}

impl<S: Seats> Table<S> {
    /// Takes a seat whenever there is one; when there is none, gives the oldest back, whoever took
    /// it. So all seats are taken nearly all the time, which is when mistakes are made.
    async fn play(&self, client: u64) {
        for round in 0_u64.. {
            if self.over.load(Ordering::SeqCst) {
                return;
            }
            let session = format!("client {client}, round {round}");
            if self.seats.check_out(&session).await {
                self.count(session);
                continue;
            }
            self.refusals.fetch_add(1, Ordering::SeqCst);
            let oldest = self.live.lock().unwrap().pop_front();
            if let Some(oldest) = oldest {
                self.seats.check_in(&oldest).await;
            }
        }
    }

    /// Takes seats until there is none.
    async fn fill(&self) {
        for seat in 0.. {
            let session = format!("seat {seat}");
            if !self.seats.check_out(&session).await {
                return;
            }
            self.count(session);
        }
    }

    fn count(&self, session: String) {
        self.grants.fetch_add(1, Ordering::SeqCst);
        let mut live = self.live.lock().unwrap();
        live.push_back(session);
        let mut highest = self.highest.lock().unwrap();
        *highest = live.len().max(*highest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn never_more_sessions_than_seats() {
    let installation = Installation::new();
    let (server, client) = installation.serve();
    sell_seats(&client).await;

    let seen = contend(Server { client }).await;
    println!(
        "limit: {CLIENTS} clients, {SEATS} seats: {} grants and {} refusals in {:.1} s, highest count {}",
        seen.grants,
        seen.refusals,
        seen.elapsed.as_secs_f64(),
        seen.highest
    );
    assert!(
        seen.highest <= SEATS,
        "over-issued: {} live sessions",
        seen.highest
    );
    // While they contend, the count may stay a little below the truth; at rest it is the truth.
    assert_eq!(seen.at_rest, SEATS);
    assert!(seen.refusals > 0, "the clients never met");

    assert!(server.stop().success());
    assert_eq!(installation.verify(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_naive_service_is_caught() {
    let seen = contend(Naive::default()).await;
    println!(
        "limit: the naive service reached a highest count of {} with {SEATS} seats, in {} grants",
        seen.highest, seen.grants
    );
    assert!(seen.highest > SEATS, "the test cannot tell over-issue");
}

async fn sell_seats(client: &Client) {
    client
        .make("/product", &[("number", "P"), ("name", "Limit")])
        .await;
    let module = [
        ("productNumber", "P"),
        ("number", "M"),
        ("name", "Seats"),
        ("licensingModel", "Floating"),
        ("maxCheckoutValidity", "86400"),
    ];
    client.make("/productmodule", &module).await;
    let seats = SEATS.to_string();
    let template = [
        ("productModuleNumber", "M"),
        ("number", "E"),
        ("name", "Seats"),
        ("licenseType", "FLOATING"),
        ("maxSessions", seats.as_str()),
    ];
    client.make("/licensetemplate", &template).await;
    client
        .make("/licensee", &[("productNumber", "P"), ("number", "I")])
        .await;
    let license = [("licenseeNumber", "I"), ("licenseTemplateNumber", "E")];
    client.make("/license", &license).await;
}
