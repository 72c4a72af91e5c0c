//! Half of what the server can do, for a while: how long the longest answer took, and that memory
//! does not grow. Requests are sent at intended times, whether or not those before were answered in
//! time, so that a stall counts for everybody who would have been served during it.

use std::time::{Duration, Instant};

use leasehold_testkit::http::Client;
use leasehold_testkit::installation::Installation;
use leasehold_testkit::memory::anonymous_kb;
use tokio::task::JoinSet;

use crate::ledger::{LICENSEES, sell};

/// Requests that may be on their way at a time.
const CALLERS: usize = 32;
/// How long it is asked as fast as it goes, to know what half of that is.
const FULL_LOAD: Duration = Duration::from_secs(3);
/// How long at half load before memory is looked at first.
const WARM_UP: Duration = Duration::from_secs(5);
/// What may come on top of the memory after the warm-up: a share, and the allocator's own steps.
const GROWTH_PERCENT: u64 = 15;
const GROWTH_KB: u64 = 2 * 1024;

fn duration() -> Duration {
    if std::env::var_os("LEASEHOLD_LONG").is_some() {
        Duration::from_secs(300)
    } else {
        Duration::from_secs(25)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_load_for_a_while() {
    let installation = Installation::new();
    let (server, client) = installation.serve();
    sell(&client).await;
    let answered = at_full_load(&client, FULL_LOAD).await;
    let rate = answered as f64 / FULL_LOAD.as_secs_f64() / 2.0;
    at_rate(&client, rate, WARM_UP).await;

    let before_kb = anonymous_kb(server.id());
    let latencies = at_rate(&client, rate, duration()).await;
    let after_kb = anonymous_kb(server.id());

    println!(
        "soak: {} requests at {rate:.0} a second for {} s, half of them within {:.1} ms, 99 of 100 \
         within {:.1} ms; the largest stall {:.1} ms",
        latencies.len(),
        duration().as_secs(),
        quantile_ms(&latencies, 50),
        quantile_ms(&latencies, 99),
        quantile_ms(&latencies, 100),
    );
    println!("soak: memory {before_kb} kB at the start, {after_kb} kB at the end");
    let most_kb = before_kb + before_kb * GROWTH_PERCENT / 100 + GROWTH_KB;
    assert!(after_kb <= most_kb, "memory grew");
    assert!(server.stop().success());
    assert_eq!(installation.verify(), None);
}

/// As fast as it goes for `time`; how many requests were answered.
async fn at_full_load(client: &Client, time: Duration) -> usize {
    let end = Instant::now() + time;
    let callers = (0..CALLERS).map(|caller| {
        let client = client.clone();
        async move {
            let mut answered = 0;
            while Instant::now() < end {
                ask(&client, caller + answered * CALLERS).await;
                answered += 1;
            }
            answered
        }
    });
    callers
        .collect::<JoinSet<_>>()
        .join_all()
        .await
        .iter()
        .sum()
}

/// So many requests a second for `time`; how long each answer took from the time at which its
/// request was to be sent, sorted.
async fn at_rate(client: &Client, rate: f64, time: Duration) -> Vec<Duration> {
    let began = Instant::now();
    let every = Duration::from_secs_f64(CALLERS as f64 / rate);
    let callers = (0..CALLERS).map(|caller| {
        let client = client.clone();
        async move {
            let mut latencies = Vec::new();
            let mut due = began + every.mul_f64(caller as f64 / CALLERS as f64);
            while due < began + time {
                tokio::time::sleep_until(due.into()).await;
                ask(&client, caller + latencies.len() * CALLERS).await;
                latencies.push(due.elapsed());
                due += every;
            }
            latencies
        }
    });
    let mut latencies = callers.collect::<JoinSet<_>>().join_all().await.concat();
    latencies.sort();
    latencies
}

/// The latency that so many percent of all stayed below.
fn quantile_ms(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).clamp(1, sorted.len()) - 1;
    sorted[at].as_secs_f64() * 1000.0
}

/// Of ten requests, one renews a session, one reserves, and the others only look.
async fn ask(client: &Client, nth: usize) {
    let path = format!("/licensee/I{}/validate", nth / 10 % LICENSEES);
    let form: &[(&str, &str)] = match nth % 10 {
        0 => &[
            ("productModuleNumber0", "SEATS"),
            ("sessionId0", "renewed"),
            ("action0", "checkOut"),
        ],
        5 => &[
            ("productModuleNumber0", "CREDITS"),
            ("reserveQuantity0", "1"),
        ],
        _ => &[],
    };
    let reply = client.post(&path, form).await.unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
}
