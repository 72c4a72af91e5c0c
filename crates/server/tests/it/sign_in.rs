//! Signing in to a server within the test, with a clock set by hand.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_server::{Config, Running, start};
use leasehold_service::clock::ManualClock;
use tempfile::TempDir;

use crate::engine::database_of;
use crate::program::get;

struct Demo {
    running: Running,
    clock: Arc<ManualClock>,
    _folder: TempDir,
}

async fn demo() -> Demo {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(at(0)));
    let bind = SocketAddr::from(([127, 0, 0, 1], 0));
    let data = folder.path().join("data");
    let config = Config {
        demo: true,
        clock: Arc::clone(&clock) as Arc<_>,
        database: database_of(&data),
        ..Config::local(data, bind)
    };
    Demo {
        running: start(config).await.unwrap(),
        clock,
        _folder: folder,
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

impl Demo {
    async fn ask(&self, user: &'static str, password: &'static str) -> (u16, String) {
        let address = self.running.address.to_string();
        let asked =
            tokio::task::spawn_blocking(move || get(&address, "/product", Some((user, password))));
        asked.await.unwrap()
    }

    async fn status(&self, user: &'static str, password: &'static str) -> u16 {
        self.ask(user, password).await.0
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_and_the_rightful_are_not() {
    let demo = demo().await;
    for _ in 0..5 {
        assert_eq!(demo.status("demo", "wrong").await, 401);
    }
    demo.clock.set(at(20));
    let (status, response) = demo.ask("demo", "wrong").await;
    assert_eq!(status, 429);
    assert!(
        response.to_lowercase().contains("retry-after: 40\r\n"),
        "{response}"
    );
    assert!(response.contains("TooManyRequestsException"), "{response}");
    // Neither the account's owner nor anybody else from there is kept out.
    assert_eq!(demo.status("demo", "demo").await, 200);
    assert_eq!(demo.status("other", "wrong").await, 401);
    demo.clock.set(at(60));
    assert_eq!(demo.status("demo", "wrong").await, 401);
    demo.running.stop().await.unwrap();
}

#[tokio::test]
async fn an_unknown_account_looks_like_a_wrong_password() {
    let demo = demo().await;
    let mut answers = Vec::new();
    for (user, password) in [("demo", "wrong"), ("nobody", "demo"), ("apiKey", "demo")] {
        let (status, response) = demo.ask(user, password).await;
        let body = response.split("\r\n\r\n").nth(1).unwrap().to_owned();
        answers.push((status, body));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    demo.running.stop().await.unwrap();
}

#[tokio::test]
async fn stopping_frees_the_directory_for_the_next_server() {
    let demo = demo().await;
    let data = demo.running.store().directory().to_owned();
    demo.running.stop().await.unwrap();
    let bind = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = Config {
        database: database_of(&data),
        ..Config::local(data, bind)
    };
    let again = start(config).await.unwrap();
    again.stop().await.unwrap();
}
