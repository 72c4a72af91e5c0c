//! What a running agent is told by its control socket: to tell of itself, and to take packages in.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::{Client, StatusCode};

use crate::support::package::{API_KEY, assets, plain, put, sealed, signing_key};
use crate::support::program::{Program, agent, ended, run};

async fn validate(client: &Client, base: &str, licensee: &str) -> StatusCode {
    let url = format!("{base}/licensee/{licensee}/validate");
    let request = client.post(url).basic_auth("apiKey", Some(API_KEY));
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");
    request.body("").send().await.unwrap().status()
}

/// AG-28.
#[tokio::test(flavor = "multi_thread")]
async fn packages_are_handed_to_a_running_agent_and_nobody_notices() {
    let (home, news) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let key = signing_key();
    put(home.path(), 1, &plain(&assets("P1", 1), &key));
    assert_eq!(run(home.path(), &["import-assets"]).code, 0);
    put(
        news.path(),
        1,
        &sealed(&assets("P2", 1), &key, "four words"),
    );
    let program = Program::start(home.path());
    let client = Client::builder().no_proxy().build().unwrap();
    assert_eq!(
        validate(&client, &program.address, "I1-P2").await,
        StatusCode::NOT_FOUND
    );

    let input = format!("--input={}", news.path().display());
    let refused = run(home.path(), &["import-assets", &input]);
    assert_eq!(refused.code, 12, "{}", refused.stderr);

    let is_over = Arc::new(AtomicBool::new(false));
    let asking = {
        let (client, base) = (client.clone(), program.address.clone());
        let is_over = Arc::clone(&is_over);
        tokio::spawn(async move {
            let mut count = 0;
            while !is_over.load(Ordering::Relaxed) {
                assert_eq!(validate(&client, &base, "I1").await, StatusCode::OK);
                count += 1;
            }
            count
        })
    };
    let online = ["import-assets", "--online", &input];
    let wrong = ended(
        agent(home.path())
            .args(online)
            .env("LEASEHOLD_AGENT_PASSPHRASE", "wrong"),
    );
    assert_eq!(wrong.code, 8, "{}", wrong.stderr);
    assert!(
        wrong
            .stderr
            .ends_with("cannot be opened with this passphrase.\n"),
        "{}",
        wrong.stderr
    );
    let none = ended(agent(home.path()).args(online));
    assert_eq!(none.code, 7, "{}", none.stderr);
    for expected in ["generation 1: imported", "already imported"] {
        let given = ("LEASEHOLD_AGENT_PASSPHRASE", "four words");
        let done = ended(agent(home.path()).args(online).env(given.0, given.1));
        assert_eq!((done.code, done.stderr.as_str()), (0, ""));
        assert!(done.stdout.contains(expected), "{}", done.stdout);
        assert_eq!(
            validate(&client, &program.address, "I1-P2").await,
            StatusCode::OK
        );
    }
    is_over.store(true, Ordering::Relaxed);
    let answered = asking.await.unwrap();
    assert!(answered > 0);
    drop(program);

    // Nobody runs any more: it is an ordinary import.
    let given = ("LEASEHOLD_AGENT_PASSPHRASE", "four words");
    let done = ended(agent(home.path()).args(online).env(given.0, given.1));
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.contains("already imported"), "{}", done.stdout);
}

#[test]
fn the_status_is_told_by_a_running_agent_and_by_a_stopped_one() {
    let home = tempfile::tempdir().unwrap();
    let nothing = run(home.path(), &["status"]);
    assert_eq!(nothing.code, 7, "{}", nothing.stderr);
    let key = signing_key();
    put(home.path(), 1, &plain(&assets("P1", 3), &key));
    assert_eq!(run(home.path(), &["import-assets"]).code, 0);

    let stopped = run(home.path(), &["status"]);
    assert_eq!((stopped.code, stopped.stderr.as_str()), (0, ""));
    for line in [
        "Serving:      no",
        "Vendor:       V1",
        "Licensees:    2",
        "API keys:     3",
    ] {
        assert!(
            stopped.stdout.lines().any(|told| told == line),
            "{line}\n{}",
            stopped.stdout
        );
    }
    assert!(
        stopped
            .stdout
            .contains("P1 'Product', generation 3, imported ")
    );

    let program = Program::start(home.path());
    let socket = home.path().join("leasehold-agent.sock");
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let running = run(home.path(), &["status", "--json"]);
    let url = format!("\"serving\":{{\"url\":\"{}\",", program.address);
    assert!(running.stdout.contains(&url), "{}", running.stdout);
    assert!(
        running.stdout.contains("\"isReady\":true"),
        "{}",
        running.stdout
    );
}

/// Whoever may use the socket may still send nonsense: it is refused, and the agent goes on.
#[tokio::test(flavor = "multi_thread")]
async fn nonsense_on_the_control_socket_is_refused() {
    let home = tempfile::tempdir().unwrap();
    put(home.path(), 1, &plain(&assets("P1", 1), &signing_key()));
    assert_eq!(run(home.path(), &["import-assets"]).code, 0);
    let program = Program::start(home.path());
    let import = |files: &str| {
        format!(
            "{{\"Import\":{{\"passphrase\":null,\"vendor_key\":null,\"force\":false,\"files\":[{files}]}}}}\n"
        )
    };
    let long = "x".repeat(100 * 1024);
    for (sent, told) in [
        ("\n".to_owned(), "the command cannot be read"),
        ("{\"Stop\":null}\n".to_owned(), "the command cannot be read"),
        (long, "the command cannot be read"),
        (import("[\"1_a.xml\",99999999999]"), "exceeds a limit"),
        (
            import("[\"1_a.xml\",4]") + "junk",
            "is damaged or was altered",
        ),
        (
            import("[\"../1_a.xml\",4]") + "junk",
            "is damaged or was altered",
        ),
    ] {
        let socket = home.path().join("leasehold-agent.sock");
        let mut stream = UnixStream::connect(socket).unwrap();
        // It may be refused before all was read.
        let _ = stream.write_all(sent.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("{\"Failed\":{\"code\":"), "{answer}");
        assert!(answer.contains(told), "{told}: {answer}");
    }
    let client = Client::builder().no_proxy().build().unwrap();
    assert_eq!(
        validate(&client, &program.address, "I1").await,
        StatusCode::OK
    );
}
