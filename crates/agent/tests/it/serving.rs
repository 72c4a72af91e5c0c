//! The options of whoever answers: TLS, proxies, paths, web pages, metrics.

use std::path::PathBuf;

use leasehold_agent::cli::{Auth, Command, Edge, RunOffline};
use leasehold_service::rest::cors::Cors;
use leasehold_service::rest::forwarded::Proxies;
use leasehold_service::rest::tls::{TlsFiles, TlsOptions, TlsVersion};

use crate::cli::{Given, config, refusal};

fn run_offline(line: &[&str]) -> RunOffline {
    let line = [&["run-offline"], line].concat();
    match config(&line).command {
        Command::RunOffline(order) => order,
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_around_an_agent_can_be_said() {
    let order = run_offline(&[
        "--bind=0.0.0.0",
        "--work-dir=/w",
        "--tls.cert=cert.pem",
        "--tls.key=/k/key.pem",
        "--tls.client-ca=ca.pem",
        "--tls.min-version=1.3",
        "--tls.allow-loose-key",
        "--trusted-proxies=10.0.0.0/8, ::1",
        "--trusted-proxies=192.0.2.1",
        "--base-path=/license/",
        "--cors.origins=https://a.example,https://b.example:8443",
        "--metrics-bind=127.0.0.1:9100",
        "--auth=none",
    ]);
    let tls = TlsOptions {
        files: TlsFiles {
            certificate: PathBuf::from("/w/cert.pem"),
            key: PathBuf::from("/k/key.pem"),
        },
        client_ca: Some(PathBuf::from("/w/ca.pem")),
        min_version: TlsVersion::V1_3,
        allow_loose_key: true,
    };
    let origins = ["https://a.example", "https://b.example:8443"];
    let edge = Edge {
        proxies: Proxies::parse(["10.0.0.0/8", "::1", "192.0.2.1"]).unwrap(),
        base_path: "/license".to_owned(),
        cors: Cors::agent(origins.map(str::to_owned).to_vec()).unwrap(),
    };
    assert_eq!(order.tls, Some(tls));
    assert_eq!(order.edge, edge);
    assert_eq!(order.auth, Auth::None);
    assert_eq!(order.metrics, Some("127.0.0.1:9100".parse().unwrap()));
}

#[test]
fn the_same_can_be_said_in_the_file() {
    let given = Given {
        line: &["run-offline"],
        variables: &[("LEASEHOLD_AGENT_BASE_PATH", "/from/variable")],
        file: Some(
            "base-path = '/from/file'\ntrusted-proxies = ['none']\n\
             cors.origins = ['https://a.example']\n[tls]\ncert = 'c'\nkey = 'k'\n",
        ),
    };
    let Command::RunOffline(order) = given.config().unwrap().command else {
        panic!();
    };
    assert_eq!(order.edge.base_path, "/from/variable");
    assert_eq!(order.edge.proxies, Proxies::default());
    assert_eq!(order.tls.unwrap().min_version, TlsVersion::V1_2);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let wrong: &[(&[&str], &str)] = &[
        (
            &["--tls.cert=c"],
            "Option --tls.key: missing, and --tls.cert",
        ),
        (
            &["--tls.key=k"],
            "Option --tls.cert: missing, and --tls.key",
        ),
        (
            &["--tls.client-ca=c"],
            "Option --tls.client-ca: needs --tls.cert",
        ),
        (
            &["--tls.min-version=1.1"],
            "Option --tls.min-version: expected 1.2 or 1.3",
        ),
        (
            &["--trusted-proxies=proxy"],
            "Option --trusted-proxies: 'proxy' is neither",
        ),
        (
            &["--trusted-proxies="],
            "Option --trusted-proxies: '' is neither",
        ),
        (
            &["--base-path=license"],
            "Option --base-path: expected a path",
        ),
        (
            &["--base-path=/a/../b"],
            "Option --base-path: expected a path",
        ),
        (
            &["--base-path=/a//b"],
            "Option --base-path: expected a path",
        ),
        (
            &["--base-path=/a%20b"],
            "Option --base-path: expected a path",
        ),
        (
            &["--cors.origins=a.example"],
            "Option --cors.origins: 'a.example' is no origin",
        ),
        (
            &["--metrics-bind=9100"],
            "Option --metrics-bind: expected an address",
        ),
        (
            &["--bind=0.0.0.0"],
            "Option --bind: plain HTTP beyond this machine",
        ),
        (
            &["--bind=0.0.0.0", "--auth=none", "--insecure-http"],
            "Option --auth: 'none' is allowed on a loopback address, or over TLS",
        ),
    ];
    for (line, message) in wrong {
        let line = [&["run-offline"], *line].concat();
        let given = Given {
            line: &line,
            ..Given::default()
        };
        let refusal = refusal(&given);
        assert!(refusal.starts_with(message), "{line:?}: {refusal}");
    }
}

#[test]
fn who_lets_everybody_in_is_warned() {
    let warnings = |line: &[&str]| config(line).warnings;
    let here = warnings(&["run-offline", "--auth=none"]);
    assert!(here[0].starts_with("Every program on this machine may validate"));
    let line = [
        "run-offline",
        "--auth=none",
        "--bind=0.0.0.0",
        "--tls.cert=c",
        "--tls.key=k",
    ];
    assert!(warnings(&line)[0].starts_with("Whoever reaches this machine may validate"));
    assert_eq!(warnings(&["run-offline"]), Vec::<String>::new());
}
