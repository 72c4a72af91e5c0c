//! A load of check-outs, check-ins and reservations, and the clients' own ledger of it: what was
//! asked and what was answered, compared with what the store shows afterwards. What was
//! acknowledged is there, once; what was not answered is there once or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use leasehold_testkit::http::Client;
use leasehold_wire::context::Item;
use tokio::task::JoinSet;

pub(crate) const LICENSEES: usize = 12;
/// Each of them has this many clients at work at the same time.
const CLIENTS_EACH: usize = 4;
/// Each client of a licensee reserves by its own unit, so that the sum tells them apart: what one
/// reserved within a round is a digit of the sum to this base.
const DIGIT: i64 = 10_000;

/// What came of all rounds so far.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) acknowledged: u64,
    pub(crate) unanswered: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            acknowledged,
            unanswered,
            lost,
            doubled,
        } = self;
        write!(
            f,
            "{acknowledged} acknowledged, {unanswered} unanswered, {lost} lost, {doubled} doubled"
        )
    }
}

/// The ledgers of all licensees, from round to round.
#[derive(Default)]
pub(crate) struct Books {
    ledgers: [Ledger; LICENSEES],
    rounds: usize,
    pub(crate) tally: Tally,
}

impl Books {
    /// Begins a round: the clients go to work until their connections break.
    pub(crate) fn load(&mut self, client: &Client) -> Load {
        self.rounds += 1;
        Load::start(client, std::mem::take(&mut self.ledgers), self.rounds)
    }

    /// Waits until every client has seen its connection break; how many requests of this round
    /// were not answered.
    pub(crate) async fn end(&mut self, load: Load) -> u64 {
        let (ledgers, acknowledged) = load.end().await;
        self.ledgers = ledgers;
        let unanswered = self.ledgers.iter().map(Ledger::unanswered).sum();
        self.tally.acknowledged += acknowledged;
        self.tally.unanswered += unanswered;
        unanswered
    }

    /// Compares with what the server shows, after a round has ended.
    pub(crate) async fn compare(&mut self, client: &Client) {
        for (at, ledger) in self.ledgers.iter_mut().enumerate() {
            let state = State::read(client, at).await;
            ledger.compare(&state, &mut self.tally);
        }
    }

    /// Fails when anything was lost or doubled, or when nothing was asked at all.
    pub(crate) fn judge(&self) {
        let Tally { lost, doubled, .. } = self.tally;
        assert_eq!((lost, doubled), (0, 0), "{}", self.tally);
        assert!(self.tally.acknowledged > 0, "there was no load");
    }
}

/// One licensee, as the answers tell it.
#[derive(Default)]
struct Ledger {
    /// Every session that was ever asked for, and what is known of it.
    sessions: BTreeMap<String, Session>,
    /// By client: what it reserved in this round.
    reserved: [Reserved; CLIENTS_EACH],
    /// The used quantity that the store showed before this round.
    used_before: i64,
}

/// What the answers tell of a session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Session {
    /// Its check-out was sent.
    Entering,
    /// Its check-out was acknowledged.
    In,
    /// Its check-in was sent.
    Leaving,
    /// Its check-in was acknowledged.
    Out,
}

/// One client's reservations in a round.
#[derive(Default, Clone, Copy)]
struct Reserved {
    sent: u64,
    acknowledged: u64,
}

impl Ledger {
    fn unanswered(&self) -> u64 {
        let waits = |session: &&Session| matches!(session, Session::Entering | Session::Leaving);
        let sessions = self.sessions.values().filter(waits).count() as u64;
        let reserved = self.reserved.iter().map(|r| r.sent - r.acknowledged);
        sessions + reserved.sum::<u64>()
    }

    /// Compares with what the store holds, counts what is wrong, and goes on from there.
    fn compare(&mut self, state: &State, tally: &mut Tally) {
        for (name, session) in &mut self.sessions {
            let held = state.sessions.contains(name);
            match (*session, held) {
                (Session::In, false) => tally.lost += 1,
                // A check-in that was acknowledged and came undone.
                (Session::Out, true) => tally.lost += 1,
                _ => {}
            }
            *session = if held { Session::In } else { Session::Out };
        }
        let unknown = state
            .sessions
            .iter()
            .filter(|name| !self.sessions.contains_key(*name));
        tally.doubled += unknown.count() as u64;

        let mut rest = state.used - self.used_before;
        for reserved in &mut self.reserved {
            let written = rest.rem_euclid(DIGIT);
            rest = rest.div_euclid(DIGIT);
            let written = u64::try_from(written).unwrap();
            tally.lost += reserved.acknowledged.saturating_sub(written);
            tally.doubled += written.saturating_sub(reserved.sent);
            *reserved = Reserved::default();
        }
        assert_eq!(
            rest, 0,
            "more was written off than all clients ever reserved"
        );
        self.used_before = state.used;
    }
}

/// One licensee, as the reopened store shows it.
struct State {
    sessions: BTreeSet<String>,
    used: i64,
}

impl State {
    async fn read(client: &Client, licensee: usize) -> Self {
        let seats = license(client, &format!("SEATS{licensee}")).await;
        let credits = license(client, &format!("CREDITS{licensee}")).await;
        let session = |name: &str| name.strip_prefix("sessionId_").map(str::to_owned);
        Self {
            sessions: seats
                .properties
                .iter()
                .filter_map(|property| session(&property.name))
                .collect(),
            used: credits
                .get("usedQuantity")
                .map_or(0, |text| text.parse().unwrap()),
        }
    }
}

async fn license(client: &Client, number: &str) -> Item {
    let reply = client.get(&format!("/license/{number}")).await.unwrap();
    reply.expect_items(number).remove(0)
}

/// The clients of one round.
pub(crate) struct Load {
    ledgers: [Arc<Mutex<Ledger>>; LICENSEES],
    answers: Arc<AtomicU64>,
    refusals: Arc<AtomicU64>,
    clients: JoinSet<()>,
}

impl Load {
    fn start(client: &Client, ledgers: [Ledger; LICENSEES], round: usize) -> Self {
        let ledgers = ledgers.map(|ledger| Arc::new(Mutex::new(ledger)));
        let answers = Arc::new(AtomicU64::new(0));
        let refusals = Arc::new(AtomicU64::new(0));
        let mut clients = JoinSet::new();
        for (licensee, ledger) in ledgers.iter().enumerate() {
            for place in 0..CLIENTS_EACH {
                let worker = Worker {
                    client: client.clone(),
                    path: format!("/licensee/I{licensee}/validate"),
                    ledger: Arc::clone(ledger),
                    answers: Arc::clone(&answers),
                    refusals: Arc::clone(&refusals),
                    name: format!("{round}-{place}"),
                    place,
                };
                clients.spawn(worker.work());
            }
        }
        Self {
            ledgers,
            answers,
            refusals,
            clients,
        }
    }

    /// How many clients were told that the server is not available.
    pub(crate) fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::SeqCst)
    }

    /// Returns once `count` requests have been answered.
    pub(crate) async fn wait_for(&self, count: u64) {
        while self.answers.load(Ordering::SeqCst) < count {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }

    /// Returns once every client has ended.
    pub(crate) async fn wait(&mut self) {
        while let Some(ended) = self.clients.join_next().await {
            ended.unwrap();
        }
    }

    /// The ledgers, and how many requests were answered, once every client has ended.
    async fn end(mut self) -> ([Ledger; LICENSEES], u64) {
        self.wait().await;
        let take = |ledger: Arc<Mutex<Ledger>>| std::mem::take(&mut *ledger.lock().unwrap());
        let ledgers = self.ledgers.map(take);
        (ledgers, self.answers.load(Ordering::SeqCst))
    }
}

/// One client: checks out, reserves, and checks every third session in again, until the
/// connection breaks or the server says that it is not available.
struct Worker {
    client: Client,
    path: String,
    ledger: Arc<Mutex<Ledger>>,
    answers: Arc<AtomicU64>,
    refusals: Arc<AtomicU64>,
    name: String,
    place: usize,
}

impl Worker {
    async fn work(self) {
        for step in 0_u32.. {
            let session = format!("{}-{step}", self.name);
            let go_on = self.enter(&session).await
                && self.reserve().await
                && (step % 3 != 0 || self.leave(&session).await);
            if !go_on {
                return;
            }
        }
    }

    async fn enter(&self, session: &str) -> bool {
        self.know(session, Session::Entering);
        let answered = self.seat(session, "checkOut").await;
        if let Some(valid) = answered {
            assert!(valid, "there are seats enough");
            self.know(session, Session::In);
        }
        answered.is_some()
    }

    async fn leave(&self, session: &str) -> bool {
        self.know(session, Session::Leaving);
        let answered = self.seat(session, "checkIn").await;
        if answered.is_some() {
            self.know(session, Session::Out);
        }
        answered.is_some()
    }

    fn know(&self, session: &str, now: Session) {
        let mut ledger = self.ledger.lock().unwrap();
        ledger.sessions.insert(session.to_owned(), now);
    }

    async fn seat(&self, session: &str, action: &str) -> Option<bool> {
        let form = [
            ("productModuleNumber0", "SEATS"),
            ("sessionId0", session),
            ("action0", action),
        ];
        self.ask(&form, "SEATS").await
    }

    async fn reserve(&self) -> bool {
        self.ledger.lock().unwrap().reserved[self.place].sent += 1;
        let unit = DIGIT.pow(u32::try_from(self.place).unwrap()).to_string();
        let form = [
            ("productModuleNumber0", "CREDITS"),
            ("reserveQuantity0", unit.as_str()),
        ];
        let answered = self.ask(&form, "CREDITS").await;
        if let Some(valid) = answered {
            assert!(valid, "there are credits enough");
            self.ledger.lock().unwrap().reserved[self.place].acknowledged += 1;
        }
        answered.is_some()
    }

    /// The module's `valid`, or nothing when no whole answer came, or one that leaves it open.
    async fn ask(&self, form: &[(&str, &str)], module: &str) -> Option<bool> {
        let reply = self.client.post(&self.path, form).await.ok()?;
        if reply.status == 503 {
            assert_eq!(reply.retry_after_s, Some(1), "{}", reply.text());
            self.refusals.fetch_add(1, Ordering::SeqCst);
            return None;
        }
        self.answers.fetch_add(1, Ordering::SeqCst);
        let items = reply.expect_items(&self.path);
        let about = |item: &&Item| item.get("productModuleNumber") == Some(module);
        let item = items.iter().find(about).unwrap();
        Some(item.get("valid") == Some("true"))
    }
}

/// A product with seats and credits, more than all rounds together take.
pub(crate) async fn sell(client: &Client) {
    client
        .make("/product", &[("number", "P"), ("name", "Load")])
        .await;
    let seats = [
        ("productNumber", "P"),
        ("number", "SEATS"),
        ("name", "Seats"),
        ("licensingModel", "Floating"),
        ("maxCheckoutValidity", "864000"),
    ];
    let credits = [
        ("productNumber", "P"),
        ("number", "CREDITS"),
        ("name", "Credits"),
        ("licensingModel", "PayPerUse"),
    ];
    client.make("/productmodule", &seats).await;
    client.make("/productmodule", &credits).await;
    let seats = [
        ("productModuleNumber", "SEATS"),
        ("number", "ESEATS"),
        ("name", "Seats"),
        ("licenseType", "FLOATING"),
        ("maxSessions", "100000000"),
    ];
    let credits = [
        ("productModuleNumber", "CREDITS"),
        ("number", "ECREDITS"),
        ("name", "Credits"),
        ("licenseType", "QUANTITY"),
        ("quantity", "900000000000000000"),
    ];
    client.make("/licensetemplate", &seats).await;
    client.make("/licensetemplate", &credits).await;
    for at in 0..LICENSEES {
        let licensee = format!("I{at}");
        let form = [("productNumber", "P"), ("number", licensee.as_str())];
        client.make("/licensee", &form).await;
        for kind in ["SEATS", "CREDITS"] {
            let number = format!("{kind}{at}");
            let template = format!("E{kind}");
            let form = [
                ("licenseeNumber", licensee.as_str()),
                ("licenseTemplateNumber", template.as_str()),
                ("number", number.as_str()),
            ];
            client.make("/license", &form).await;
        }
    }
}
