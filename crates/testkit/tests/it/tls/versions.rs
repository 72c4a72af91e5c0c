//! Which TLS is spoken, and with what certificates.

use std::process::Command;

use leasehold_testkit::authority::Authority;
use leasehold_testkit::programs::{Serving, agent, run, run_well};

use super::{Asked, Home, ok, path};

/// curl's exit codes: the server's certificate is not trusted; no handshake; no HTTP.
const UNTRUSTED: Asked = Asked::Failed(Some(60));
const NO_HANDSHAKE: Asked = Asked::Failed(Some(35));

#[tokio::test(flavor = "multi_thread")]
async fn tls_1_2_and_1_3_are_spoken_and_nothing_older() {
    let (home, authority) = (Home::new().await, Authority::new());
    let server = authority.server("server");
    let files = [
        format!("--tls.cert={}", path(&server.certificate)),
        format!("--tls.key={}", path(&server.key)),
    ];
    let known = authority.certificate();
    let mut checks = 0;
    for (option, versions) in [
        (
            "--tls.min-version=1.2",
            [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)],
        ),
        (
            "--tls.min-version=1.3",
            [("-tls1_1", false), ("-tls1_2", false), ("-tls1_3", true)],
        ),
    ] {
        let agent = Serving::agent_with(&home.folder(), &[&files[0], &files[1], option]);
        assert!(
            agent.address().starts_with("https://"),
            "{}",
            agent.address()
        );
        assert_eq!(home.curl(agent.address(), &known, &[]), ok());
        let stranger = Authority::new();
        assert_eq!(
            home.curl(agent.address(), &stranger.certificate(), &[]),
            UNTRUSTED
        );
        let plain = agent.address().replace("https://", "http://");
        assert!(matches!(home.curl(&plain, &known, &[]), Asked::Failed(_)));
        for (version, is_spoken) in versions {
            let (shaken, said) = shake_hands(agent.address(), version);
            assert_eq!(shaken, is_spoken, "{option} {version}: {said}");
            // It is the agent that says no, not our client that cannot ask.
            assert!(
                is_spoken || said.contains("SSL alert number"),
                "{version}: {said}"
            );
            checks += 1;
        }
        assert!(agent.stop().success());
        checks += 3;
    }
    let too_old = ["--tls-max", "1.2"];
    let agent = Serving::agent_with(
        &home.folder(),
        &[&files[0], &files[1], "--tls.min-version=1.3"],
    );
    assert_eq!(home.curl(agent.address(), &known, &too_old), NO_HANDSHAKE);
    println!("tls versions and trust: {} passed, 0 failed", checks + 1);
}

/// Whether a handshake of this version succeeds, and what openssl says.
fn shake_hands(address: &str, version: &str) -> (bool, String) {
    let mut client = Command::new("openssl");
    client.args([
        "s_client",
        "-brief",
        version,
        "-cipher",
        "DEFAULT@SECLEVEL=0",
        "-connect",
    ]);
    let output = run(client.arg(address.trim_start_matches("https://")));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (said.contains("CONNECTION ESTABLISHED"), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_others_may_read_is_refused_unless_that_is_meant() {
    use std::os::unix::fs::PermissionsExt;

    let (home, authority) = (Home::new().await, Authority::new());
    let server = authority.server("server");
    std::fs::set_permissions(&server.key, PermissionsExt::from_mode(0o644)).unwrap();
    let files = [
        format!("--tls.cert={}", path(&server.certificate)),
        format!("--tls.key={}", path(&server.key)),
    ];
    let mut loose = agent();
    loose.args([
        "run-offline",
        "--port=0",
        &files[0],
        &files[1],
        "--work-dir",
    ]);
    let refused = run(loose.arg(home.folder()));
    assert_eq!(refused.status.code(), Some(2));
    let meant = "--tls.allow-loose-key";
    let agent = Serving::agent_with(&home.folder(), &[&files[0], &files[1], meant]);
    assert_eq!(
        home.curl(agent.address(), &authority.certificate(), &[]),
        ok()
    );
    println!("tls loose key: 2 passed, 0 failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_signs_itself_is_enough_to_begin_with() {
    let home = Home::new().await;
    let mut make = agent();
    make.args(["tls-selfsigned", "--host=localhost,127.0.0.1", "--work-dir"]);
    let told = run_well(make.arg(home.folder()));
    assert!(told.contains("curl --cacert"), "{told}");
    let options = ["--tls.cert=tls-cert.pem", "--tls.key=tls-key.pem"];
    let agent = Serving::agent_with(&home.folder(), &options);
    let certificate = home.folder().join("tls-cert.pem");
    assert_eq!(home.curl(agent.address(), &certificate, &[]), ok());
    let by_name = agent.address().replace("127.0.0.1", "localhost");
    assert_eq!(home.curl(&by_name, &certificate, &[]), ok());
    println!("tls self-signed: 2 passed, 0 failed");
}
