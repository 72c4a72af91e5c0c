//! The same question to server and agent gets the same answer, byte for byte.
//!
//! Each golden case is told twice, in XML and in JSON, by a vendor of its own: the case's world is
//! laid into the server's store, exported and imported into a new agent, and then every validation
//! of the case goes to both at the instant that the case names. So that two wrong answers do not
//! pass as equal, status and number of items are compared with the case's expectation as well.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use leasehold_service::clock::ManualClock;
use leasehold_testkit::cases::{Action, Case, Step, World};
use leasehold_testkit::http::{Client, Reply};
use leasehold_testkit::offline::{self, PASSPHRASE};
use leasehold_testkit::within::{Agent, Server};
use leasehold_wire::media::Media;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::golden::{Question, cases, writes};

/// Cases that are told at the same time; each has a server and a clock of its own.
const AT_ONCE: usize = 4;

/// Every so many cases the packages travel sealed: opening a passphrase is slow on purpose.
const SEALED_EVERY: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn server_and_agent_give_the_same_answer() {
    let mut waiting = (0..).zip(cases());
    let mut running = JoinSet::new();
    let mut outcome = Outcome::default();
    loop {
        while running.len() < AT_ONCE
            && let Some((nth, case)) = waiting.next()
        {
            let is_sealed = nth % SEALED_EVERY == 0;
            running.spawn(tell(case, is_sealed));
        }
        let Some(told) = running.join_next().await else {
            break;
        };
        outcome.add(told.unwrap());
    }

    for (step, reason) in &outcome.left_out {
        println!("same-answer: {step} left out: {reason}");
    }
    println!(
        "same-answer: {} answers compared, {} steps left out, {} different",
        outcome.compared,
        outcome.left_out.len(),
        outcome.faults.len()
    );
    assert!(outcome.faults.is_empty(), "{}", outcome.faults.join("\n\n"));
    assert!(outcome.compared > 0, "there were no cases");
}

/// What came of some cases.
#[derive(Default)]
struct Outcome {
    compared: usize,
    /// By step, such as `fl-19 step 2`, and why.
    left_out: BTreeMap<String, &'static str>,
    faults: Vec<String>,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.left_out.extend(other.left_out);
        self.faults.extend(other.faults);
    }
}

/// Tells a case to a server, and to two agents that were fed by it.
async fn tell(case: Case, is_sealed: bool) -> Outcome {
    let mut outcome = Outcome::default();
    let askable = askable(&case, &mut outcome);
    let Some((_, first)) = askable.first() else {
        return outcome;
    };
    let clock = Arc::new(ManualClock::at(first.at));
    let folder = TempDir::new().unwrap();
    let server = Server::start(&folder.path().join("server"), Arc::clone(&clock)).await;
    for media in [Media::Xml, Media::Json] {
        let name = format!("{media:?}").to_lowercase();
        let key = server.add_vendor(&name, case.given.ttl).await;
        server.write(&name, writes(&case.given)).await;
        let online = Client::new(server.address(), "apiKey", &key);
        let packages = folder.path().join(name);
        export(&online, &case.given, is_sealed, &packages).await;
        let agent = Agent::import_and_start(&packages, Arc::clone(&clock)).await;
        let offline = Client::new(agent.address(), "apiKey", &key);

        let (online, offline) = (online.asking_for(media), offline.asking_for(media));
        for (place, question) in &askable {
            clock.set(question.at);
            let online = question.ask(&online).await;
            let offline = question.ask(&offline).await;
            outcome.compared += 1;
            let faults = faults(question, &online, &offline);
            outcome.faults.extend(faults.into_iter().map(|fault| {
                let (id, title) = (&case.id, &case.title);
                format!("{id} ({title}), step {place}, {media:?}: {fault}")
            }));
        }
        agent.stop().await;
    }
    server.stop().await;
    outcome
}

/// The validations that server and agent must answer alike, with their place in the case. The
/// others are told in `outcome`, each with its reason.
fn askable<'a>(case: &'a Case, outcome: &mut Outcome) -> Vec<(usize, Question<'a>)> {
    let mut askable = Vec::new();
    let mut changed = false;
    for (place, Step { action, expect, .. }) in (1..).zip(&case.steps) {
        let Action::Validate {
            at,
            licensee,
            params,
        } = action
        else {
            changed = true;
            continue;
        };
        let reason = if changed {
            Some("it follows a vendor's change, which reaches an agent by a new export only")
        } else if case.given.licensee(licensee).is_some() {
            None
        } else if expect["status"] == 200 {
            Some("it is about a licensee that the server makes on demand (auto-create)")
        } else {
            Some("it is about an unknown licensee")
        };
        match reason {
            Some(reason) => {
                let step = format!("{} step {place}", case.id);
                outcome.left_out.insert(step, reason);
            }
            None => askable.push((
                place,
                Question {
                    at: *at,
                    licensee,
                    params,
                    expect,
                },
            )),
        }
    }
    askable
}

/// What is wrong with two answers to the question.
fn faults(question: &Question<'_>, online: &Reply, offline: &Reply) -> Vec<String> {
    let mut faults = Vec::new();
    if online != offline {
        faults.push(format!(
            "the answers differ\nserver {} {}\n{}\nagent {} {}\n{}",
            online.status,
            online.content_type,
            online.text(),
            offline.status,
            offline.content_type,
            offline.text()
        ));
    }
    let status = question.expect["status"].as_u64().unwrap();
    if u64::from(online.status) != status {
        faults.push(format!(
            "the status is {} instead of {status}",
            online.status
        ));
    }
    let modules = question.expect["items"]
        .as_object()
        .map_or(0, |items| items.len());
    let licensee = usize::from(question.expect["licensee"].is_object());
    let items = online.context().items.map_or(0, |items| items.items.len());
    if items != modules + licensee {
        faults.push(format!("{items} items instead of {}", modules + licensee));
    }
    faults
}

/// Exports all licensees of the world, by the endpoint that the agent's program uses, into files
/// in `folder`.
async fn export(client: &Client, world: &World, is_sealed: bool, folder: &Path) {
    let lock = match is_sealed {
        true => ("passphrase", PASSPHRASE),
        false => ("plaintext", "true"),
    };
    let numbers: Vec<&str> = world
        .licensees
        .iter()
        .map(|resident| resident.aggregate.licensee.number.as_str())
        .collect();
    let numbers = numbers.join(",");
    let form = [
        ("licensees", numbers.as_str()),
        ("withoutCard", "true"),
        // Both are to decide, as if the other were not there.
        ("shared", "true"),
        lock,
    ];
    let reply = client.post("/agent/export", &form).await.unwrap();
    offline::save(&reply.expect_items("export"), folder);
}
