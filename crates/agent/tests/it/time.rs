//! Trusted time: a clock that is set back or ahead, while the agent runs and while it does not.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use leasehold_agent::cli::{Auth, PassphraseSource};
use leasehold_agent::guard::Uptime;
use leasehold_agent::{Agent, ImportOrder, import, serve};
use leasehold_model::number::VendorNumber;
use leasehold_seal::keys::SigningKey;
use leasehold_service::clock::ManualClock;
use leasehold_store::{Document, Edit, Origin, Write};
use reqwest::{Client, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::run_offline::imported;
use crate::support::package::{API_KEY, assets, made_at, plain, put, signing_key};
use crate::support::place::Place;

/// The machine: its clock, which anybody can set, and how long it has been up.
#[derive(Clone)]
struct Machine {
    clock: Arc<ManualClock>,
    up_s: Arc<AtomicU64>,
}

impl Uptime for Machine {
    fn uptime(&self) -> Duration {
        Duration::from_secs(self.up_s.load(Ordering::SeqCst))
    }
}

impl Machine {
    fn at(now: Timestamp) -> Self {
        Self {
            clock: Arc::new(ManualClock::at(now)),
            up_s: Arc::default(),
        }
    }

    /// Time passes, and the clock with it.
    fn passes(&self, time: SignedDuration, now: &mut Timestamp) {
        *now += time;
        self.clock.set(*now);
        self.up_s
            .fetch_add(time.unsigned_abs().as_secs(), Ordering::SeqCst);
    }
}

/// An agent in this process, on that machine.
struct Running {
    base: String,
    agent: Arc<Agent>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Running {
    async fn start(home: &Path, machine: &Machine) -> Self {
        let clock = Arc::clone(&machine.clock);
        let agent = Agent::open(home, Auth::ApiKey, clock).await.unwrap();
        let agent = Arc::new(agent.guarded(Box::new(machine.clone())).await.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve(Arc::clone(&agent), listener, async {
            let _ = stopped.await;
        }));
        agent.note_time().await.unwrap();
        Self {
            base,
            agent,
            stop,
            serving,
        }
    }

    async fn stop(self) {
        self.agent.note_time().await.unwrap();
        drop((self.agent, self.stop));
        self.serving.await.unwrap().unwrap();
    }

    /// Asks for a seat until a minute later; gives the status, and what is told.
    async fn ask(&self) -> (StatusCode, String) {
        self.asked(&[
            ("productModuleNumber0", "M-P1"),
            ("sessionId0", "s1"),
            ("action0", "checkOut"),
        ])
        .await
    }

    /// Asks for nothing; gives what is told.
    async fn look(&self) -> String {
        self.asked(&[("dryRun", "true")]).await.1
    }

    async fn asked(&self, form: &[(&str, &str)]) -> (StatusCode, String) {
        let client = Client::builder().no_proxy().build().unwrap();
        let asked = client
            .post(format!("{}/rest/licensee/I1/validate", self.base))
            .basic_auth("apiKey", Some(API_KEY))
            .header("Accept", "application/json")
            .form(form);
        let reply = asked.send().await.unwrap();
        (reply.status(), reply.text().await.unwrap())
    }

    async fn is_ready(&self) -> bool {
        let client = Client::builder().no_proxy().build().unwrap();
        let asked = client.get(format!("{}/readyz", self.base)).send().await;
        asked.unwrap().status().is_success()
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_gives_no_time_back() {
    let home = imported().await;
    let mut now = made_at();
    let machine = Machine::at(now);
    let agent = Running::start(home.path(), &machine).await;
    machine.passes(SignedDuration::from_hours(30 * 24), &mut now);
    let (status, body) = agent.ask().await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("2026-12-22T10:01:00.000Z"), "{body}");
    assert!(!body.contains("agentClockBehind"), "{body}");
    // While it runs, nothing comes of it.
    for hours in [2, 10 * 24] {
        machine.clock.set(now - SignedDuration::from_hours(hours));
        let (status, body) = agent.ask().await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains("2026-12-22T10:01:00.000Z"), "{body}");
        assert!(agent.is_ready().await);
    }
    agent.stop().await;

    // Set back by hours while nothing ran: time goes on from where it was seen last.
    let machine = Machine::at(now - SignedDuration::from_hours(5));
    let agent = Running::start(home.path(), &machine).await;
    let (status, body) = agent.ask().await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("agentClockBehind"), "AG-54: {body}");
    assert!(body.contains("2026-12-22T10:01:00.000Z"), "{body}");
    agent.stop().await;

    // By days: nothing is granted, until the clock is right again.
    let machine = Machine::at(now - SignedDuration::from_hours(10 * 24));
    let agent = Running::start(home.path(), &machine).await;
    let (status, body) = agent.ask().await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body.contains("agentClockTampered"), "{body}");
    assert!(!agent.is_ready().await);
    machine.clock.set(now);
    assert_eq!(agent.ask().await.0, StatusCode::OK);
    assert!(agent.is_ready().await);
    agent.stop().await;
}

#[tokio::test]
async fn a_clock_that_is_set_ahead_burns_nothing() {
    let home = imported().await;
    let mut now = made_at();
    let machine = Machine::at(now);
    let agent = Running::start(home.path(), &machine).await;
    machine.passes(SignedDuration::from_hours(1), &mut now);
    machine
        .clock
        .set(now + SignedDuration::from_hours(3 * 365 * 24));
    let (status, body) = agent.ask().await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("2026-11-22T11:01:00.000Z"), "{body}");
    agent.stop().await;

    machine.clock.set(now);
    let agent = Running::start(home.path(), &machine).await;
    assert_eq!(agent.ask().await.0, StatusCode::OK);
    assert!(agent.is_ready().await);
    agent.stop().await;
}

/// Imports a package made at that time, good for so many days.
async fn take_in(
    home: &Path,
    key: &SigningKey,
    (generation, made): (u64, Timestamp),
    days: Option<u32>,
) {
    let mut package = assets("P1", generation);
    package.made_at = made;
    package.max_offline_days = days;
    put(home, 1, &plain(&package, key));
    let order = ImportOrder {
        work_dir: home,
        input: home,
        passphrase: &PassphraseSource::None,
        vendor_key: None,
        force: false,
    };
    import(&order, made).await.unwrap();
}

/// AG-19 and AG-34: what the vendor gave for so many days is good for so many days.
#[tokio::test]
async fn assets_come_to_their_end_until_there_are_new_ones() {
    let (home, key) = (tempfile::tempdir().unwrap(), signing_key());
    take_in(home.path(), &key, (1, made_at()), Some(30)).await;
    let mut now = made_at();
    let machine = Machine::at(now);
    let agent = Running::start(home.path(), &machine).await;
    machine.passes(SignedDuration::from_hours(30 * 24 - 1), &mut now);
    let (_, body) = agent.ask().await;
    assert!(body.contains("\"2026-12-22T09:01:00.000Z\""), "{body}");
    // An answer is good for a day elsewhere; this one for the hour that is left.
    let ttl = agent.look().await;
    assert!(
        ttl.contains("\"ttl\":\"2026-12-22T10:00:00.000Z\""),
        "{ttl}"
    );
    assert!(!body.contains("agentAssetsExpired"), "{body}");

    machine.passes(SignedDuration::from_hours(1), &mut now);
    let (status, body) = agent.ask().await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("agentAssetsExpired"), "{body}");
    assert!(
        !body.contains("\"value\":\"true\""),
        "nothing is valid: {body}"
    );
    agent.stop().await;

    take_in(home.path(), &key, (2, now), Some(1)).await;
    let agent = Running::start(home.path(), &machine).await;
    let (_, body) = agent.ask().await;
    assert!(!body.contains("agentAssetsExpired"), "{body}");
    agent.stop().await;
    take_in(
        home.path(),
        &key,
        (3, now + SignedDuration::from_hours(1)),
        None,
    )
    .await;
    machine.passes(SignedDuration::from_hours(9000), &mut now);
    let agent = Running::start(home.path(), &machine).await;
    let (_, body) = agent.ask().await;
    assert!(!body.contains("agentAssetsExpired"), "{body}");
    agent.stop().await;
}

/// Who has once started with a wrong clock is not locked out for years.
#[tokio::test]
async fn a_new_package_tells_the_time_anew() {
    let (home, key) = (tempfile::tempdir().unwrap(), signing_key());
    take_in(home.path(), &key, (1, made_at()), None).await;
    let machine = Machine::at("2031-01-01T00:00:00Z".parse().unwrap());
    Running::start(home.path(), &machine).await.stop().await;

    let now = made_at() + SignedDuration::from_hours(24);
    let machine = Machine::at(now);
    let agent = Running::start(home.path(), &machine).await;
    assert_eq!(agent.ask().await.0, StatusCode::SERVICE_UNAVAILABLE);
    agent.stop().await;

    take_in(home.path(), &key, (2, now), None).await;
    let agent = Running::start(home.path(), &machine).await;
    let (status, body) = agent.ask().await;
    assert_eq!(status, StatusCode::OK, "{body}");
    agent.stop().await;
}

/// Whoever could garble the mark would set the time as they like. The seal forbids it to others; here
/// the agent itself has gone wrong.
#[tokio::test]
async fn a_mark_that_cannot_be_read_is_no_new_beginning() {
    let place = Place::new();
    place.put(1, &plain(&assets("P1", 1), &signing_key()));
    place.import(None).await.unwrap();
    let (store, vendor) = (place.store(), VendorNumber::parse("V1").unwrap());
    let garbled = store.edit(
        &vendor,
        Origin {
            actor: "test".into(),
            action: "agent.time",
        },
        made_at(),
        |_| {
            Ok::<_, std::convert::Infallible>(Edit {
                outcome: (),
                writes: vec![Write::PutDocument(Document {
                    name: "trusted time".into(),
                    content: b"2026-11-22T10:00:00Z".to_vec(),
                })],
            })
        },
    );
    let Ok(()) = garbled.await.unwrap();
    drop(store);
    let machine = Machine::at(made_at());
    let agent = Agent::open(place.path(), Auth::ApiKey, machine.clock.clone());
    let Err(refused) = agent.await.unwrap().guarded(Box::new(machine)).await else {
        panic!("time began anew");
    };
    assert_eq!(refused.exit_code(), 12);
    assert!(
        refused
            .line()
            .ends_with("how far time has come cannot be read")
    );
}
