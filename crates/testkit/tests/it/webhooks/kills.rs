//! The server is killed in between, again and again, while clients change things and the endpoint
//! goes down and up: whatever is there in the end was told, in order, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use leasehold_testkit::http::Client;
use leasehold_testkit::installation::Installation;
use leasehold_testkit::random::Random;
use leasehold_testkit::receiver::{Answer, Receiver};
use tokio::task::JoinSet;

use super::{ALLOW_PRIVATE, add_licensee, check_arrivals, notify, sell};

const LICENSEES: usize = 8;

/// How many times the server is killed.
fn kills() -> usize {
    if std::env::var_os("LEASEHOLD_LONG").is_some() {
        100
    } else {
        6
    }
}

/// By licensee: what was made of it in which order, and whether that was acknowledged.
type Ledger = Vec<Vec<(String, bool)>>;

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_change_goes_untold() {
    let seed = Random::seed();
    println!("webhooks: LEASEHOLD_SEED={seed}");
    let mut random = Random::new(seed);
    let receiver = Receiver::start();
    let installation = Installation::new();
    let (server, client) = installation.serve_with(ALLOW_PRIVATE);
    sell(&client).await;
    let events = "LICENSEE_CREATED,LICENSE_CREATED";
    notify(&client, "N", &receiver.url("/"), events).await;
    let mut ledger: Ledger = Vec::new();
    for licensee in 0..LICENSEES {
        let number = format!("I{licensee}");
        add_licensee(&client, &number).await;
        ledger.push(vec![(number, true)]);
    }

    let mut running = (server, client);
    for _ in 0..kills() {
        let (server, client) = running;
        let mut clients = JoinSet::new();
        for (licensee, made) in std::mem::take(&mut ledger).into_iter().enumerate() {
            clients.spawn(work(client.clone(), licensee, made));
        }
        // The endpoint's own troubles, some way into the work of this round.
        for _ in 0..3 {
            match random.below(6) {
                0 => receiver.down(),
                // What is held counts as taken, though the server never hears of it.
                1 => receiver.answer(|_, _| Answer::Held),
                2 => receiver.answer(|_, body| {
                    // One message in four, whoever's it is.
                    let is_taken = body.len() % 4 != 0;
                    Answer::Status(if is_taken { 200 } else { 503 })
                }),
                3 => receiver.answer(|_, _| Answer::Status(500)),
                _ => receiver.answer(|_, _| Answer::Status(204)),
            }
            tokio::time::sleep(Duration::from_millis(random.below(150))).await;
            receiver.up();
        }
        server.kill();
        receiver.release();
        let mut ended = BTreeMap::new();
        while let Some(done) = clients.join_next().await {
            let (licensee, made) = done.unwrap();
            ended.insert(licensee, made);
        }
        ledger = ended.into_values().collect();
        assert_eq!(installation.verify(), None);
        running = installation.serve_with(ALLOW_PRIVATE);
    }

    let (server, client) = running;
    receiver.answer(|_, _| Answer::Status(204));
    let there = licenses(&client).await;
    let expected = there.len() + LICENSEES;
    let begun = Instant::now();
    let all = receiver
        .wait_for(Duration::from_secs(400), "each event", |all| {
            let ids = all.iter().filter(|one| one.is_taken());
            ids.map(|one| one.id()).collect::<BTreeSet<_>>().len() >= expected
        })
        .await;
    let elapsed = begun.elapsed().as_secs_f64();
    let (told, again) = check_arrivals(&all);
    let (mut acknowledged, mut unanswered) = (0, 0);
    for (licensee, made) in ledger.iter().enumerate() {
        let told = &told[&format!("I{licensee}")];
        for (number, is_acknowledged) in made {
            acknowledged += usize::from(*is_acknowledged);
            unanswered += usize::from(!*is_acknowledged);
            let is_told = told.contains(number);
            assert!(is_told || !is_acknowledged, "{number} was lost");
        }
        // What was not answered is told exactly when it is there.
        let made = made.iter().map(|(number, _)| number);
        let kept = made.filter(|number| !number.contains('-') || there.contains(*number));
        assert!(kept.eq(told.iter()), "I{licensee}: {told:?}");
    }
    let refused = all.iter().filter(|one| !one.is_taken()).count();
    println!(
        "webhooks: {} kills; {acknowledged} acknowledged, {unanswered} unanswered; {} messages taken, {again} of them again, {refused} refused; 0 lost, 0 out of order; the last {elapsed:.1} s after the last start",
        kills(),
        expected + again
    );
    assert!(acknowledged > kills() * LICENSEES, "there was no load");
    assert!(server.stop().success());
    assert_eq!(installation.verify(), None);
}

/// Makes licenses for one licensee, until the connection breaks.
async fn work(
    client: Client,
    licensee: usize,
    mut made: Vec<(String, bool)>,
) -> (usize, Vec<(String, bool)>) {
    let owner = format!("I{licensee}");
    loop {
        let number = format!("{owner}-{}", made.len());
        made.push((number.clone(), false));
        let form = [
            ("licenseeNumber", owner.as_str()),
            ("licenseTemplateNumber", "ESEATS"),
            ("number", number.as_str()),
        ];
        let Ok(reply) = client.post("/license", &form).await else {
            return (licensee, made);
        };
        reply.expect_items(&number);
        made.last_mut().unwrap().1 = true;
    }
}

/// The numbers of all licenses.
async fn licenses(client: &Client) -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    for page in 0.. {
        let path = format!("/license?filter=page%3D{page}%3Bitems%3D1000");
        let items = client.get(&path).await.unwrap().expect_items(&path);
        let before = numbers.len();
        numbers.extend(
            items
                .iter()
                .filter_map(|item| item.get("number").map(str::to_owned)),
        );
        if numbers.len() == before {
            break;
        }
    }
    numbers
}
