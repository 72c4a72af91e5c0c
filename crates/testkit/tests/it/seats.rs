//! Many clients want the seats of one module. Live sessions are counted from the answers alone: one
//! counts from the moment its check-out is acknowledged until its check-in is about to be sent, so
//! that the count never exceeds the truth. A service that lets it exceed the seats has over-issued.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use leasehold_testkit::http::Client;
use tokio::sync::Barrier;

pub(crate) const SEATS: usize = 50;
/// How long a session lasts that outlives the test.
pub(crate) const DAY_S: u32 = 86_400;
const DURATION: Duration = Duration::from_secs(5);

/// Somebody who gives out seats.
pub(crate) trait Seats: Send + Sync {
    /// Asks for a seat; true when it is given.
    fn check_out(&self, session: &str) -> impl Future<Output = bool> + Send;

    /// Gives the seat back.
    fn check_in(&self, session: &str) -> impl Future<Output = ()> + Send;
}

/// Leasehold itself, over HTTP: one server, or several that share a database.
pub(crate) struct Servers(pub(crate) Vec<Client>);

impl Servers {
    async fn ask(&self, session: &str, action: &str) -> bool {
        let form = [
            ("productModuleNumber0", "M"),
            ("sessionId0", session),
            ("action0", action),
        ];
        // The check-out and the check-in of one session meet different servers, where there are two.
        let at = session.bytes().map(usize::from).sum::<usize>() + action.len();
        let client = &self.0[at % self.0.len()];
        let reply = client.post("/licensee/I/validate", &form).await;
        let items = reply.unwrap().expect_items(action);
        items[0].get("valid") == Some("true")
    }
}

impl Seats for Servers {
    async fn check_out(&self, session: &str) -> bool {
        self.ask(session, "checkOut").await
    }

    async fn check_in(&self, session: &str) {
        self.ask(session, "checkIn").await;
    }
}

/// What the clients saw.
pub(crate) struct Seen {
    clients: u64,
    grants: u64,
    refusals: u64,
    pub(crate) highest: usize,
    /// Live sessions once nobody contends any more and every free seat has been taken.
    at_rest: usize,
    elapsed: Duration,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} clients, {SEATS} seats: {} grants and {} refusals in {:.1} s, highest count {}",
            self.clients,
            self.grants,
            self.refusals,
            self.elapsed.as_secs_f64(),
            self.highest
        )
    }
}

impl Seen {
    /// Fails when more seats were given than there are, or when nobody had to wait for one.
    pub(crate) fn judge(&self) {
        assert!(self.highest <= SEATS, "over-issued: {self}");
        // While they contend, the count may stay a little below the truth; at rest it is the truth.
        assert_eq!(self.at_rest, SEATS);
        assert!(self.refusals > 0, "the clients never met");
    }
}

/// What passes between the count and the write of a naive service. The first calls, one of each
/// client, wait until all of them have counted, so that it gives out too many on any machine, however
/// the calls are interleaved; later ones think for a moment.
pub(crate) struct Thought {
    first: Barrier,
    still_first: AtomicU64,
}

impl Thought {
    const LATER: Duration = Duration::from_millis(1);

    /// Of a service that so many clients ask.
    pub(crate) fn new(clients: u64) -> Self {
        Self {
            first: Barrier::new(usize::try_from(clients).unwrap()),
            still_first: AtomicU64::new(clients),
        }
    }

    /// Thinks, after a count that showed a free seat.
    pub(crate) async fn think(&self) {
        let less_one = |left: u64| left.checked_sub(1);
        let taken = (self.still_first).fetch_update(Ordering::SeqCst, Ordering::SeqCst, less_one);
        if taken.is_ok() {
            self.first.wait().await;
        } else {
            tokio::time::sleep(Self::LATER).await;
        }
    }
}

/// Lets the clients ask for some seconds, and on until so many seats were given. All begin at once,
/// and none goes on before each has had its first answer: the count of live sessions is exact then.
pub(crate) async fn contend(seats: impl Seats + 'static, clients: u64, grants: u64) -> Seen {
    let table = Arc::new(Table {
        seats,
        live: Mutex::default(),
        highest: Mutex::default(),
        grants: AtomicU64::new(0),
        refusals: AtomicU64::new(0),
        over: AtomicBool::new(false),
        opening: Barrier::new(usize::try_from(clients).unwrap()),
    });
    let begun = Instant::now();
    let mut players = tokio::task::JoinSet::new();
    for client in 0..clients {
        let table = Arc::clone(&table);
        players.spawn(async move { table.play(client).await });
    }
    while begun.elapsed() < DURATION || table.grants.load(Ordering::SeqCst) < grants {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if let Some(early) = players.try_join_next() {
            panic!("a client ended early: {early:?}");
        }
    }
    let elapsed = begun.elapsed();
    table.over.store(true, Ordering::SeqCst);
    while let Some(ended) = players.join_next().await {
        ended.unwrap();
    }
    table.fill().await;
    let highest = *table.highest.lock().unwrap();
    let at_rest = table.live.lock().unwrap().len();
    Seen {
        clients,
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
    opening: Barrier,
}

impl<S: Seats> Table<S> {
    /// Takes a seat whenever there is one; when there is none, gives the oldest back, whoever took
    /// it. So all seats are taken nearly all the time, which is when mistakes are made.
    async fn play(&self, client: u64) {
        let opening = format!("client {client}, opening");
        if self.seats.check_out(&opening).await {
            self.count(opening);
        }
        self.opening.wait().await;
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

/// Sells so many seats to the licensee `I`; a session lasts for so many seconds.
pub(crate) async fn sell(client: &Client, seats: usize, validity_s: u32) {
    let (seats, validity) = (seats.to_string(), validity_s.to_string());
    client
        .make("/product", &[("number", "P"), ("name", "Seats")])
        .await;
    let module = [
        ("productNumber", "P"),
        ("number", "M"),
        ("name", "Seats"),
        ("licensingModel", "Floating"),
        ("maxCheckoutValidity", validity.as_str()),
    ];
    client.make("/productmodule", &module).await;
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
