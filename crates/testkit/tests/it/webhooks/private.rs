//! Endpoints that only the server can reach are refused.

use leasehold_testkit::installation::Installation;
use leasehold_testkit::programs::{Serving, leasehold};
use leasehold_testkit::receiver::{Answer, Receiver};

use super::{Stage, add_licensee, notify, said, wait_for_log};

#[tokio::test(flavor = "multi_thread")]
async fn private_endpoints_are_refused_and_the_log_says_why() {
    let receiver = Receiver::start();
    let stage = Stage::with(&[]).await;
    let client = &stage.client;
    let hosts = [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "127.0.0.1.",
        "0.0.0.0",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "user@127.0.0.1",
        "169.254.169.254",
    ];
    let mut numbers = Vec::new();
    for (at, host) in hosts.iter().enumerate() {
        let number = format!("N{at}");
        let url = format!("http://{host}:{}/", receiver.port());
        notify(client, &number, &url, "LICENSEE_CREATED").await;
        numbers.push(number);
    }
    add_licensee(client, "I").await;
    for (number, host) in numbers.iter().zip(hosts) {
        let log = wait_for_log(client, number, "an attempt", |log| {
            log.len() == 1 && said(&log[0], "attempts") != "0"
        })
        .await;
        let fault = said(&log[0], "fault");
        let is_told =
            fault.contains("private network") && fault.contains("--webhook-allow-private");
        assert!(is_told, "{host}: {fault}");
        assert_eq!(log[0].get("httpStatus"), None, "{host}");
    }
    assert_eq!(receiver.arrivals(), []);
    println!(
        "webhooks: {} spellings of private endpoints refused",
        hosts.len()
    );
    stage.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirection_is_not_followed() {
    let receiver = Receiver::start();
    let target = format!("http://localhost:{}/target", receiver.port());
    receiver.answer(move |path, _| match path {
        "/target" => Answer::Status(204),
        _ => Answer::Redirect(target.clone()),
    });
    let stage = Stage::new().await;
    let client = &stage.client;
    notify(client, "N", &receiver.url("/"), "LICENSEE_CREATED").await;
    add_licensee(client, "I").await;
    let log = wait_for_log(client, "N", "a second attempt", |log| {
        log.len() == 1 && said(&log[0], "attempts") == "2"
    })
    .await;
    assert_eq!(said(&log[0], "httpStatus"), "307");
    assert_eq!(said(&log[0], "status"), "WAITING");
    let all = receiver.arrivals();
    assert!(all.iter().all(|arrival| arrival.path == "/"), "{all:#?}");
    stage.end();
}

/// A small machine may have no package of CA certificates; its vendor may want no notifications.
#[test]
fn a_server_starts_where_no_authority_is_trusted() {
    let installation = Installation::new();
    let mut command = leasehold();
    command.args(["serve", "--bind", "127.0.0.1:0", "--data"]);
    command.arg(installation.data());
    let nowhere = installation.beside("nothing");
    command.env("SSL_CERT_FILE", &nowhere);
    command.env("SSL_CERT_DIR", &nowhere);
    let server = Serving::start(&mut command);
    assert!(server.stop().success());
}
