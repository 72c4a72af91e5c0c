//! What an agent tells of its work: log and metrics.

use std::io::{BufRead, BufReader};

use reqwest::{Client, StatusCode};

use crate::support::package::{API_KEY, assets, put, sealed, signing_key};
use crate::support::program::{Program, agent, ended};

/// JSON where nobody watches, each line whole; and no key, no password, no passphrase.
#[tokio::test]
async fn the_log_is_json_and_holds_no_secret() {
    let home = tempfile::tempdir().unwrap();
    put(
        home.path(),
        1,
        &sealed(&assets("P1", 1), &signing_key(), "four words"),
    );
    let import = ["import-assets", "--verbose"];
    let given = ("LEASEHOLD_AGENT_PASSPHRASE", "four words");
    let imported = ended(agent(home.path()).args(import).env(given.0, given.1));
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    assert!(
        !imported.stderr.contains("four words"),
        "{}",
        imported.stderr
    );

    let mut program = Program::start_with(home.path(), &["--verbose"]);
    let client = Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/licensee/I1/validate?apiKey={API_KEY}", program.address);
    for (user, password, status) in [
        ("apiKey", API_KEY, StatusCode::OK),
        ("apiKey", "K-MISTYPED", StatusCode::UNAUTHORIZED),
        ("acme", "hunter2", StatusCode::FORBIDDEN),
    ] {
        let request = client.post(&url).basic_auth(user, Some(password));
        let request = request.form(&[("sessionId0", "s-secret")]);
        assert_eq!(request.send().await.unwrap().status(), status);
    }
    program.signal("TERM");
    assert_eq!(program.child.wait().unwrap().code(), Some(0));
    let log = BufReader::new(program.child.stderr.take().unwrap());
    let lines: Vec<String> = log.lines().map(Result::unwrap).collect();
    assert!(lines.len() >= 4, "{lines:?}");
    for line in &lines {
        let parsed = serde_json::from_str::<serde_json::Value>(line);
        assert!(parsed.is_ok(), "{line}");
        for secret in [
            API_KEY,
            "K-MISTYPED",
            "hunter2",
            "four words",
            "s-secret",
            "Basic ",
        ] {
            assert!(!line.contains(secret), "{line}");
        }
    }
    // Each request once, and the end once.
    let count = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
    assert_eq!(
        (count("\"answered\""), count("\"stopping\"")),
        (3, 1),
        "{lines:?}"
    );
}

#[tokio::test]
async fn what_happens_can_be_measured() {
    let home = tempfile::tempdir().unwrap();
    put(
        home.path(),
        1,
        &crate::support::package::plain(&assets("P1", 7), &signing_key()),
    );
    assert_eq!(ended(agent(home.path()).arg("import-assets")).code, 0);
    let mut program = Program::start_with(home.path(), &["--metrics-bind=127.0.0.1:0"]);
    let url = program.metrics();
    let client = Client::builder().no_proxy().build().unwrap();
    let validate = async |licensee: &str, key: &str| {
        let url = format!("{}/licensee/{licensee}/validate", program.address);
        let request = client.post(url).basic_auth("apiKey", Some(key));
        let out = [
            ("productModuleNumber0", "M-P1"),
            ("sessionId0", licensee),
            ("action0", "checkOut"),
        ];
        request.form(&out).send().await.unwrap().status()
    };
    assert_eq!(validate("I1", API_KEY).await, StatusCode::OK);
    assert_eq!(validate("I9", API_KEY).await, StatusCode::NOT_FOUND);
    assert_eq!(validate("I1", "K-MISTYPED").await, StatusCode::UNAUTHORIZED);
    // The deprecated form counts like the other: without a session there is no seat.
    let get = format!("{}/licensee/I1/validate", program.address);
    let get = client.get(get).basic_auth("apiKey", Some(API_KEY));
    assert_eq!(get.send().await.unwrap().status(), StatusCode::OK);

    let response = client.get(&url).send().await.unwrap();
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    let text = response.text().await.unwrap();
    for line in [
        "leasehold_agent_validations_total{result=\"valid\"} 1",
        "leasehold_agent_validations_total{result=\"invalid\"} 1",
        "leasehold_agent_validations_total{result=\"refused\"} 1",
        "leasehold_agent_validations_total{result=\"failed\"} 0",
        "leasehold_agent_validation_seconds_count 3",
        "leasehold_agent_sign_ins_refused_total 1",
        "leasehold_agent_ready 1",
        "leasehold_agent_package_generation{product=\"P1\"} 7",
        "leasehold_agent_licensees 2",
        "leasehold_agent_imports_total 1",
    ] {
        assert!(text.lines().any(|told| told == line), "{line}\n{text}");
    }
    // Every sample belongs to a family that was announced.
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .filter(|family| text.contains(&format!("# TYPE {family} histogram")));
        let family = family.unwrap_or(name);
        assert!(text.contains(&format!("# TYPE {family} ")), "{line}");
        assert!(text.contains(&format!("# HELP {family} ")), "{line}");
    }
    // It is on a listener of its own, alone.
    let other = url.replace("/metrics", "/rest/licensee/I1/validate");
    assert_eq!(
        client.get(other).send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
    let here = program.address.replace("/rest", "/metrics");
    assert_eq!(
        client.get(here).send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
}
