//! Endpoints that fail or are slow, and who else suffers from it: nobody.

use std::time::{Duration, Instant};

use leasehold_model::vendor::TtlMinutes;
use leasehold_service::clock::{Clock, ManualClock, SystemClock};
use leasehold_testkit::http::Client;
use leasehold_testkit::installation::Installation;
use leasehold_testkit::receiver::{Answer, Arrival, Receiver};
use leasehold_testkit::within::Server;
use tokio::task::JoinSet;

use super::{
    ALLOW_PRIVATE, Stage, add_license, add_licensee, check_arrivals, log, notify, said, seat, sell,
    wait_for_log,
};

const CREATED: &str = "LICENSEE_CREATED,LICENSE_CREATED";

fn attempts(log: &[leasehold_wire::context::Item]) -> u32 {
    let attempts = log.iter().map(|row| said(row, "attempts"));
    attempts
        .map(|attempts| attempts.parse::<u32>().unwrap())
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_never_taken_holds_up_nobody_else() {
    let receiver = Receiver::start();
    receiver.answer(|_, body| {
        let is_poisoned = body.contains("\"POISON");
        Answer::Status(if is_poisoned { 500 } else { 204 })
    });
    let stage = Stage::new().await;
    let client = &stage.client;
    notify(client, "N", &receiver.url("/"), CREATED).await;
    let make = async |licensee: &str, from: usize| {
        for license in from..from + 2 {
            let number = format!("{licensee}-{license}");
            add_license(client, licensee, "ESEATS", &number).await;
        }
    };
    let taken = |all: &[Arrival]| all.iter().filter(|one| one.is_taken()).count();
    for licensee in ["I0", "I1"] {
        add_licensee(client, licensee).await;
        make(licensee, 0).await;
    }
    receiver.wait("the first", |all| taken(all) == 6).await;
    add_licensee(client, "POISON").await;
    make("POISON", 0).await;
    // Failures in a row, enough for a pause, were they not all of one licensee's.
    let log = wait_for_log(client, "N", "five failures", |log| {
        let row = log.iter().find(|row| row.get("status") == Some("WAITING"));
        row.is_some_and(|row| said(row, "attempts") == "5")
    })
    .await;
    let begun = Instant::now();
    make("I0", 2).await;
    make("I1", 2).await;
    add_licensee(client, "NEW").await;
    let arrivals = receiver.wait("the others", |all| taken(all) == 11).await;
    let elapsed = begun.elapsed();
    println!("webhooks: behind 5 failures of another licensee, 5 messages took {elapsed:?}");
    assert!(elapsed < Duration::from_secs(1), "{elapsed:?}");
    // The rest of that licensee's waits behind the first.
    for row in &log[7..9] {
        assert_eq!(
            (said(row, "licenseeNumber"), said(row, "attempts")),
            ("POISON", "0")
        );
    }
    let (by_licensee, again) = check_arrivals(&arrivals);
    assert_eq!((by_licensee.len(), again), (3, 0));
    stage.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_endpoint_holds_up_no_other() {
    const MANY: usize = 40;
    let receiver = Receiver::start();
    receiver.answer(|path, _| match path {
        "/slow" => Answer::Held,
        _ => Answer::Status(204),
    });
    let stage = Stage::new().await;
    let client = &stage.client;
    notify(client, "SLOW", &receiver.url("/slow"), CREATED).await;
    notify(client, "FAST", &receiver.url("/fast"), CREATED).await;
    let begun = Instant::now();
    for licensee in 0..MANY {
        add_licensee(client, &format!("I{licensee}")).await;
    }
    let count = |all: &[Arrival], path: &str| all.iter().filter(|one| one.path == path).count();
    let arrivals = receiver
        .wait("all at the fast one", |all| count(all, "/fast") == MANY)
        .await;
    let elapsed = begun.elapsed();
    let slow = count(&arrivals, "/slow");
    println!("webhooks: {MANY} messages took {elapsed:?} beside an endpoint that held {slow}");
    assert!((1..MANY / 2).contains(&slow), "{slow}");
    // Less than the slow one may take before it counts as failed.
    assert!(elapsed < Duration::from_secs(14), "{elapsed:?}");
    receiver.answer(|_, _| Answer::Status(204));
    receiver.release();
    let arrivals = receiver
        .wait("all at the slow one", |all| count(all, "/slow") >= MANY)
        .await;
    let arrivals: Vec<_> = arrivals
        .into_iter()
        .filter(|one| one.path == "/slow")
        .collect();
    assert_eq!(check_arrivals(&arrivals).0.len(), MANY);
    stage.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_failure_pauses_the_endpoint_until_it_is_set_anew() {
    let receiver = Receiver::start();
    let stage = Stage::new().await;
    let client = &stage.client;
    notify(client, "N", &receiver.url("/"), CREATED).await;
    receiver.down();
    add_licensee(client, "I0").await;
    add_licensee(client, "I1").await;
    // The fifth failure pauses it for two seconds, each further one for twice as long.
    wait_for_log(client, "N", "seven failures", |log| attempts(log) >= 7).await;
    receiver.up();
    add_licensee(client, "NEW").await;
    let paused = log(client, "N").await;
    assert_eq!((attempts(&paused), paused.len()), (7, 3));
    let now = SystemClock::default().now();
    for row in &paused {
        let next: jiff::Timestamp = said(row, "nextAttempt").parse().unwrap();
        let wait = next.duration_since(now).as_secs();
        assert!((4..=9).contains(&wait), "{wait} s: {row:?}");
    }
    assert_eq!(receiver.arrivals(), []);
    client.make("/notification/N", &[("name", "mended")]).await;
    let soon = Duration::from_secs(3);
    let all = receiver
        .wait_for(soon, "what waited", |all| all.len() == 3)
        .await;
    assert_eq!(check_arrivals(&all).0.len(), 3);
    stage.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fails_in_whatever_it_is_told_is_paused_too() {
    let receiver = Receiver::start();
    receiver.answer(|_, _| Answer::Status(500));
    let stage = Stage::new().await;
    let client = &stage.client;
    notify(client, "N", &receiver.url("/"), CREATED).await;
    for licensee in 0..6 {
        add_licensee(client, &format!("I{licensee}")).await;
    }
    let log = wait_for_log(client, "N", "six failures", |log| attempts(log) >= 6).await;
    // It is asked by one message at a time, once it has failed: far fewer than if each licensee's
    // counted by itself.
    assert!(receiver.arrivals().len() <= 8, "{log:#?}");
    receiver.answer(|_, _| Answer::Status(204));
    let all = receiver
        .wait("all of them", |all| {
            all.iter().filter(|one| one.is_taken()).count() == 6
        })
        .await;
    assert_eq!(check_arrivals(&all).0.len(), 6);
    stage.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_checkout_is_told_once_under_contention() {
    const CLIENTS: usize = 16;
    const ASKS: usize = 40;
    let receiver = Receiver::start();
    let stage = Stage::new().await;
    let client = &stage.client;
    for licensee in ["I0", "I1"] {
        add_licensee(client, licensee).await;
        add_license(client, licensee, "ESEATS", licensee).await;
        seat(client, licensee, "the only one", "checkOut").await;
    }
    let events = "CHECKOUT_REFUSED,LICENSEE_CREATED";
    notify(client, "N", &receiver.url("/"), events).await;
    let begun = Instant::now();
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let client = client.clone();
        clients.spawn(async move {
            for ask in 0..ASKS {
                let licensee = if ask % 2 == 0 { "I0" } else { "I1" };
                let items = seat(&client, licensee, &format!("{number}-{ask}"), "checkOut").await;
                assert!(items.iter().all(|item| item.get("valid") != Some("true")));
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    let minutes = begun.elapsed().as_secs() as usize / 60;
    add_licensee(client, "LAST").await;
    let all = receiver
        .wait("the last", |all| {
            all.iter().any(|one| one.body.contains("\"LAST\"")) && all.len() >= 3
        })
        .await;
    for licensee in ["\"I0\"", "\"I1\""] {
        let told = all.iter().filter(|one| one.body.contains(licensee)).count();
        println!(
            "webhooks: {} refused check-outs of {licensee} were told {told} times",
            CLIENTS * ASKS / 2
        );
        assert!((1..=1 + minutes).contains(&told), "{told}");
    }
    stage.end();
}

#[tokio::test]
async fn a_refused_checkout_is_told_again_after_a_minute() {
    let folder = tempfile::TempDir::new().unwrap();
    let start: jiff::Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let clock = std::sync::Arc::new(ManualClock::at(start));
    let server = Server::start(folder.path(), std::sync::Arc::clone(&clock)).await;
    let key = server.add_vendor("V", TtlMinutes::DEFAULT).await;
    let client = Client::new(server.address(), "apiKey", &key);
    sell(&client).await;
    add_licensee(&client, "I").await;
    add_license(&client, "I", "ESEATS", "L").await;
    seat(&client, "I", "the only one", "checkOut").await;
    // Nobody is there; the log tells of the events all the same.
    notify(&client, "N", "http://127.0.0.1:9/", "CHECKOUT_REFUSED").await;
    for (seconds, told) in [(0, 1), (59, 1), (60, 2), (61, 2), (119, 2), (120, 3)] {
        clock.set(start + jiff::SignedDuration::from_secs(seconds));
        seat(&client, "I", &seconds.to_string(), "checkOut").await;
        assert_eq!(log(&client, "N").await.len(), told, "after {seconds} s");
    }
    assert!(clock.now() > start);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_stops_though_an_endpoint_holds_it() {
    let receiver = Receiver::start();
    receiver.answer(|_, _| Answer::Held);
    let installation = Installation::new();
    let (server, client) = installation.serve_with(ALLOW_PRIVATE);
    sell(&client).await;
    notify(&client, "N", &receiver.url("/"), CREATED).await;
    add_licensee(&client, "I").await;
    receiver.wait("the message", |all| all.len() == 1).await;
    let begun = Instant::now();
    assert!(server.stop().success());
    let elapsed = begun.elapsed();
    assert!(elapsed < Duration::from_secs(12), "{elapsed:?}");
    assert_eq!(installation.verify(), None);
    // It was never booked as told, hence it comes again, as itself.
    receiver.answer(|_, _| Answer::Status(204));
    receiver.release();
    let (server, _) = installation.serve_with(ALLOW_PRIVATE);
    let all = receiver.wait("it again", |all| all.len() == 2).await;
    assert_eq!(all[0].id(), all[1].id());
    assert!(server.stop().success());
    assert_eq!(installation.verify(), None);
}
