//! The clock jumps forward and back while the server runs. A seat that was free because its session
//! had ended is given once, however the clock is set afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use leasehold_service::clock::{Clock, ManualClock};
use leasehold_testkit::http::Client;
use leasehold_testkit::random::Random;
use leasehold_testkit::within::{PASSWORD, Server};

use crate::seats;

const SEATS: usize = 5;
/// How long a session lasts.
const VALIDITY_S: u32 = 600;
const JUMPS: u32 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_gives_no_seat_twice() {
    let seed = Random::seed();
    println!("faults: LEASEHOLD_SEED={seed}");
    let mut random = Random::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let start: Timestamp = "2026-11-26T10:00:00Z".parse().unwrap();
    let clock = Arc::new(ManualClock::at(start));
    let server = Server::start(folder.path(), Arc::clone(&clock)).await;
    server.add_login("vendor").await;
    let client = Client::new(server.address(), "vendor", PASSWORD);
    seats::sell(&client, SEATS, VALIDITY_S).await;

    // By session: until when it was given its seat, unless that was seen to have ended.
    let mut live: BTreeMap<String, Timestamp> = BTreeMap::new();
    let (mut grants, mut refusals, mut backward) = (0, 0, 0);
    for jump in 0..JUMPS {
        let seconds = i64::try_from(random.below(4000)).unwrap() - 2000;
        backward += u32::from(seconds < 0);
        clock.set(clock.now() + SignedDuration::from_secs(seconds));
        for place in 0..=random.below(4) {
            let now = clock.now();
            let session = format!("{jump}-{place}");
            if check_out(&client, &session).await {
                grants += 1;
                // Whose seat has ended at the instant of a grant has lost it for good.
                live.retain(|_, until| *until > now);
                live.insert(session, now + SignedDuration::from_secs(VALIDITY_S.into()));
                assert!(live.len() <= SEATS, "over-issued at {now}: {live:?}");
            } else {
                refusals += 1;
            }
        }
    }
    println!(
        "faults: {JUMPS} jumps of the clock, {backward} of them back; {grants} grants, \
         {refusals} refusals, 0 beyond {SEATS} seats"
    );
    assert!(grants > 0 && refusals > 0, "the seats were never contended");
    server.stop().await;
    let found = leasehold_store::verify_file(&super::database(folder.path()));
    assert_eq!(found.unwrap(), Vec::<String>::new());
}

async fn check_out(client: &Client, session: &str) -> bool {
    let form = [
        ("productModuleNumber0", "M"),
        ("sessionId0", session),
        ("action0", "checkOut"),
    ];
    let reply = client.post("/licensee/I/validate", &form).await.unwrap();
    reply.expect_items(session)[0].get("valid") == Some("true")
}
