//! The clock is turned, while the agent is stopped and while it runs (section 11), by a library that
//! is loaded before the program and tells it another time.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use leasehold_service::clock::{Clock, SystemClock};
use leasehold_testkit::http::Client;
use leasehold_testkit::installation::Installation;
use leasehold_testkit::offline::carry;
use leasehold_testkit::programs::Serving;

use super::told;
use crate::ledger::sell;

/// The command at another time, which `file` tells: `+0d`, `-2d`. The clock since the boot is left
/// alone, as nobody can turn it.
fn at_the_time_of(file: &Path, command: &mut Command) {
    let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
    assert!(
        Path::new(library).exists(),
        "script/setup --all installs faketime"
    );
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", file)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
}

fn serve(home: &Path, file: &Path) -> Serving {
    let line = ["run-offline", "--port=0", "--auth=none", "--verbose"];
    let mut command = told(home, &line);
    at_the_time_of(file, &mut command);
    Serving::start(&mut command)
}

/// The status, and whether it is told that the clock is behind.
async fn ask(serving: &Serving) -> (u16, bool) {
    let client = Client::new(serving.address(), "", "").anonymous();
    let reply = client.get("/licensee/I0/validate").await.unwrap();
    (reply.status, reply.text().contains("agentClockBehind"))
}

/// Asks until the log shows that the program's clock stands so many days from now: what was asked last was
/// asked at that time.
async fn ask_at(serving: &Serving, days: i64) -> (u16, bool) {
    let day = SystemClock::default().now() + SignedDuration::from_hours(24 * days);
    let day = day.to_string()[..10].to_owned();
    let waited = Instant::now();
    loop {
        let answer = ask(serving).await;
        if serving.written().contains(&day) {
            return answer;
        }
        assert!(
            waited.elapsed() < Duration::from_secs(30),
            "the clock was not turned:\n{}",
            serving.written()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turned_clock_gives_nothing_away_and_locks_nobody_out_for_good() {
    let installation = Installation::new();
    let (server, vendor) = installation.serve();
    sell(&vendor).await;
    let home = installation.beside("agent");
    carry(server.address(), &["I0"], &home);
    let file = installation.beside("time");
    let set = |time: &str| std::fs::write(&file, format!("{time}\n")).unwrap();
    let mut rows = 0;
    let mut row = |what: &str, got: (u16, bool), expected: (u16, bool)| {
        assert_eq!(got, expected, "{what}");
        println!("agent-faults: {what}: {got:?}");
        rows += 1;
    };

    set("+0d");
    let serving = serve(&home, &file);
    row("the right time", ask(&serving).await, (200, false));
    set("-3d");
    // The program's own clock never runs back, so that nothing is seen of it.
    row(
        "set back by three days while it runs",
        ask_at(&serving, -3).await,
        (200, false),
    );
    set("+9d");
    row(
        "set ahead by nine days while it runs",
        ask_at(&serving, 9).await,
        (200, false),
    );
    set("+0d");
    assert!(serving.stop().success());

    set("-1h");
    let serving = serve(&home, &file);
    row(
        "set back by an hour while it was stopped",
        ask(&serving).await,
        (200, true),
    );
    assert!(serving.stop().success());

    set("-3d");
    let serving = serve(&home, &file);
    row(
        "set back by three days while it was stopped",
        ask(&serving).await,
        (503, false),
    );
    assert!(serving.stop().success());

    set("+0d");
    let serving = serve(&home, &file);
    row("and set right again", ask(&serving).await, (200, false));
    assert!(serving.stop().success());
    println!("agent-faults: {rows} times of the clock, each as it must be");
    assert!(server.stop().success());
}
