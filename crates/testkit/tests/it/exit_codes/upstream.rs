//! What an export ends with when the server says no, or nothing.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use leasehold_testkit::http::Client;
use leasehold_testkit::installation::{Installation, LOGIN, PASSWORD};
use leasehold_testkit::offline::PASSPHRASE;
use leasehold_testkit::programs::{agent, leasehold, run_well};

use super::{Table, WRONG};

/// A product with one licensee.
pub(crate) async fn sell(client: &Client, licensee: &str) {
    client
        .make("/product", &[("number", "P"), ("name", "Product")])
        .await;
    let module = [
        ("productNumber", "P"),
        ("number", "M"),
        ("name", "Module"),
        ("licensingModel", "MultiFeature"),
    ];
    client.make("/productmodule", &module).await;
    let form = [("productNumber", "P"), ("number", licensee)];
    client.make("/licensee", &form).await;
}

fn export(address: &str, licensees: &str, folder: &Path) -> Command {
    let mut command = agent();
    command.args(["--action=export-assets", "--without-card"]);
    command.args(["--core.base.host", address, "-u", LOGIN, "-l", licensees]);
    command.arg("--output").arg(folder);
    command.env("LEASEHOLD_AGENT_NLIC_PASSWORD", PASSWORD);
    command.env("LEASEHOLD_AGENT_PASSPHRASE", PASSPHRASE);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_server_says_no() {
    let mut table = Table::default();
    let installation = Installation::new();
    let (server, client) = installation.serve();
    sell(&client, "I1").await;
    let folder = installation.beside("sent");
    std::fs::create_dir(&folder).unwrap();
    let address = server.address().to_owned();
    let left = || std::fs::read_dir(&folder).unwrap().count();

    let mut wrong = export(&address, "I1", &folder);
    wrong.env("LEASEHOLD_AGENT_NLIC_PASSWORD", WRONG);
    let denied = format!("Access is denied by {address}.");
    table.row(3, "a wrong password", &mut wrong, (&denied, ""));
    let key = client
        .make(
            "/token",
            &[
                ("tokenType", "APIKEY"),
                ("apiKeyRole", "ROLE_APIKEY_LICENSEE"),
            ],
        )
        .await;
    let mut narrow = agent();
    narrow.args([
        "--action=export-assets",
        "--without-card",
        "--core.base.host",
        &address,
    ]);
    narrow
        .args(["-u", "apiKey", "-l", "I1"])
        .arg("--output")
        .arg(&folder);
    narrow.env("LEASEHOLD_AGENT_NLIC_PASSWORD", key.get("number").unwrap());
    table.row(
        3,
        "an API key that may not export (AG-6)",
        &mut narrow,
        (&denied, ""),
    );

    let mut unknown = export(&address, "I1,I9", &folder);
    table.row(
        13,
        "a licensee that is not there (AG-10)",
        &mut unknown,
        ("Licensee 'I9' not found.", ""),
    );
    assert_eq!(left(), 0, "all or nothing");

    table.row(
        0,
        "an export",
        &mut export(&address, "I1", &folder),
        ("", ""),
    );
    let there = (
        "File '1_netlicensing-assets.xml' holds a package of product 'P' already.",
        "--force.",
    );
    table.row(
        6,
        "a package lies there already (AG-11)",
        &mut export(&address, "I1", &folder),
        there,
    );
    assert_eq!(left(), 1);

    let mut deny = leasehold();
    deny.args(["vendor", "plan", LOGIN, "--deny", "Export", "--data"]);
    run_well(deny.arg(installation.data()));
    let gate = "Payment required. Feature \"NetLicensing Agent\" is not allowed. Please upgrade your plan.";
    table.row(
        4,
        "the vendor's plan lacks the agent (AG-13)",
        &mut export(&address, "I1", &folder),
        (gate, ""),
    );
    assert!(server.stop().success());

    let connect = format!("Cannot connect to {address}: ");
    table.row(
        5,
        "nobody listens there",
        &mut export(&address, "I1", &folder),
        (&connect, ""),
    );
    let (address, answering) = answers_500();
    let connect = format!("Cannot connect to {address}: 500");
    table.row(
        5,
        "the server fails",
        &mut export(&address, "I1", &folder),
        (&connect, ""),
    );
    answering.join().unwrap();
    assert_eq!(left(), 1);
    table.print();
}

/// Answers one request with a failure.
fn answers_500() -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).unwrap() > 0);
        let answer = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        stream.write_all(answer).unwrap();
    });
    (address, answering)
}
