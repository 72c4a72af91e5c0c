//! Endpoints that are down, switched off or deleted.

use std::time::Duration;

use leasehold_testkit::receiver::{Answer, Receiver};

use super::{
    Stage, add_license, add_licensee, check_arrivals, check_signature, log, notify, said,
    wait_for_log,
};

/// Far less than the server waits until it looks by itself.
const SOON: Duration = Duration::from_secs(20);

const CREATED: &str = "LICENSEE_CREATED,LICENSE_CREATED";
const LICENSEES: usize = 5;
const LICENSES: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_arrives_in_order_when_the_endpoint_is_up_again() {
    let receiver = Receiver::start();
    let stage = Stage::new().await;
    let client = &stage.client;
    let made = notify(client, "N", &receiver.url("/"), CREATED).await;
    let secret = said(&made, "webhookSecret").to_owned();

    receiver.down();
    let make = async |from: usize, to: usize| {
        for license in from..to {
            for licensee in 0..LICENSEES {
                let (licensee, license) =
                    (format!("I{licensee}"), format!("I{licensee}-{license}"));
                add_license(client, &licensee, "ESEATS", &license).await;
            }
        }
    };
    for licensee in 0..LICENSEES {
        add_licensee(client, &format!("I{licensee}")).await;
    }
    make(0, LICENSES / 2).await;
    let tried = wait_for_log(client, "N", "an attempt for each licensee", |log| {
        log[..LICENSEES]
            .iter()
            .all(|row| said(row, "attempts") != "0")
    })
    .await;
    for row in &tried[..LICENSEES] {
        assert_eq!(said(row, "status"), "WAITING");
        assert_eq!(row.get("httpStatus"), None);
        let fault = said(row, "fault");
        assert!(fault.to_lowercase().contains("refused"), "{fault}");
        assert!(said(row, "nextAttempt") > said(row, "lastAttempt"));
    }
    // Each waits behind the first of its licensee.
    for row in &tried[LICENSEES..] {
        assert_eq!(
            (said(row, "status"), said(row, "attempts")),
            ("WAITING", "0")
        );
    }

    receiver.answer(|_, _| Answer::Status(503));
    receiver.up();
    make(LICENSES / 2, LICENSES).await;
    receiver.wait("two refused", |all| all.len() >= 2).await;
    receiver.answer(|_, _| Answer::Status(200));

    let expected = LICENSEES * (1 + LICENSES);
    let log = wait_for_log(client, "N", "all delivered", |log| {
        log.len() == expected && log.iter().all(|row| said(row, "status") == "DELIVERED")
    })
    .await;
    let arrivals = receiver.arrivals();
    let (taken, again) = check_arrivals(&arrivals);
    assert_eq!((taken.len(), again), (LICENSEES, 0));
    for (licensee, told) in taken {
        let mut expected = vec![licensee.clone()];
        expected.extend((0..LICENSES).map(|license| format!("{licensee}-{license}")));
        assert_eq!(told, expected);
    }
    for arrival in &arrivals {
        check_signature(arrival, &secret);
    }
    let refused = arrivals.iter().filter(|arrival| !arrival.is_taken());
    let attempts: usize = log
        .iter()
        .map(|row| said(row, "attempts").parse::<usize>().unwrap())
        .sum();
    println!(
        "webhooks: {expected} events through an outage: {attempts} attempts, {} of them answered by 503, none lost, none out of order",
        refused.count()
    );
    assert!(attempts >= expected + LICENSEES + 2);
    stage.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_notification_cancels_what_waits() {
    let receiver = Receiver::start();
    receiver.answer(|_, _| Answer::Status(500));
    let stage = Stage::new().await;
    let client = &stage.client;
    notify(client, "GOES", &receiver.url("/goes"), CREATED).await;
    notify(client, "STAYS", &receiver.url("/stays"), CREATED).await;
    for licensee in ["I0", "I1"] {
        add_licensee(client, licensee).await;
        add_license(client, licensee, "ESEATS", &format!("{licensee}-0")).await;
    }
    let first = |path: &'static str| {
        receiver.wait("a first attempt", move |all| {
            all.iter().any(|arrival| arrival.path == path)
        })
    };
    first("/goes").await;
    first("/stays").await;
    assert_eq!(
        client.delete("/notification/GOES").await.unwrap().status,
        204
    );
    let path = "/notification/GOES/delivery";
    assert_eq!(client.get(path).await.unwrap().status, 404);
    let before = receiver.arrivals().len();

    receiver.answer(|_, _| Answer::Status(200));
    // Set anew, it is told at once.
    client
        .make("/notification/STAYS", &[("name", "again")])
        .await;
    wait_for_log(client, "STAYS", "all delivered", |log| {
        log.len() == 4 && log.iter().all(|row| said(row, "status") == "DELIVERED")
    })
    .await;
    // One of the same number is another one.
    notify(client, "GOES", &receiver.url("/new"), CREATED).await;
    assert_eq!(log(client, "GOES").await, []);
    add_licensee(client, "LAST").await;
    let arrivals = receiver
        .wait("the last at both", |all| {
            let last = all
                .iter()
                .filter(|arrival| arrival.body.contains("\"LAST\""));
            last.count() == 2
        })
        .await;
    let late = arrivals[before..].iter();
    let late = late.filter(|arrival| arrival.path == "/goes" && arrival.is_taken());
    assert_eq!(late.count(), 0);
    let new = arrivals.iter().filter(|arrival| arrival.path == "/new");
    assert_eq!(new.count(), 1);
    stage.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_switched_off_goes_on_when_switched_on() {
    let receiver = Receiver::start();
    receiver.answer(|_, _| Answer::Status(500));
    let stage = Stage::new().await;
    let client = &stage.client;
    notify(client, "N", &receiver.url("/off"), CREATED).await;
    notify(client, "OTHER", &receiver.url("/on"), CREATED).await;
    add_licensee(client, "I").await;
    add_license(client, "I", "ESEATS", "I-0").await;
    receiver
        .wait("a first attempt", |all| {
            all.iter().any(|one| one.path == "/off")
        })
        .await;
    client.make("/notification/N", &[("active", "false")]).await;
    wait_for_log(client, "N", "the attempt to be booked", |log| {
        said(&log[0], "attempts") != "0"
    })
    .await;
    let before = receiver.arrivals();
    receiver.answer(|_, _| Answer::Status(200));
    client
        .make("/notification/OTHER", &[("name", "again")])
        .await;
    // Whoever is switched off is not told of it later either.
    add_license(client, "I", "ESEATS", "I-1").await;
    let told = receiver
        .wait("the other's messages", |all| {
            let other = all.iter().filter(|one| one.path == "/on" && one.is_taken());
            other.count() == 3
        })
        .await;
    let off = |all: &[leasehold_testkit::receiver::Arrival]| {
        all.iter().filter(|one| one.path == "/off").count()
    };
    assert_eq!(off(&told), off(&before));

    client.make("/notification/N", &[("active", "true")]).await;
    receiver
        .wait_for(SOON, "what waited", |all| {
            let own = all
                .iter()
                .filter(|one| one.path == "/off" && one.is_taken());
            own.count() == 2
        })
        .await;
    add_license(client, "I", "ESEATS", "I-2").await;
    let own = receiver
        .wait("the newest", |all| {
            all.last().is_some_and(|one| one.body.contains("\"I-2\"")) && off(all) > off(&told) + 2
                || all
                    .iter()
                    .any(|one| one.path == "/off" && one.body.contains("\"I-2\""))
        })
        .await;
    let own: Vec<_> = own.into_iter().filter(|one| one.path == "/off").collect();
    let (taken, _) = check_arrivals(&own);
    assert_eq!(taken["I"], ["I", "I-0", "I-2"]);
    stage.end();
}
