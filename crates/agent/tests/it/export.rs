//! Exports, against a server that says what the test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread::JoinHandle;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_seal::digest::{hex, sha256};
use leasehold_wire::context::{Context, Item, Items};
use leasehold_wire::info::Info;

use crate::support::package::{assets, plain, put, sealed, signing_key};
use crate::support::program::{Ran, agent, ended};

/// Answers one request, and gives it back.
struct Server {
    address: String,
    request: JoinHandle<String>,
}

impl Server {
    fn answering(status: &str, context: &Context) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let body = leasehold_wire::json::write(context);
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Location: http://127.0.0.1:1/\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let request = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut request = String::new();
            let mut length = 0;
            loop {
                let start = request.len();
                reader.read_line(&mut request).unwrap();
                let line = request[start..].to_ascii_lowercase();
                if let Some(text) = line.strip_prefix("content-length:") {
                    length = text.trim().parse().unwrap();
                }
                if line == "\r\n" {
                    break;
                }
            }
            let mut form = vec![0; length];
            reader.read_exact(&mut form).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&body).unwrap();
            request + &String::from_utf8(form).unwrap()
        });
        Self { address, request }
    }

    fn offering(packages: &[(&str, &str, &[u8])]) -> Self {
        let items = packages.iter().map(|(product, recipient, content)| {
            let mut item = Item::new("AgentExport");
            item.put("packageId", assets(product, 1).package.id)
                .put("productNumber", *product)
                .put("generation", "1")
                .put("recipient", *recipient)
                .put("sha256", hex(&sha256(&[content])))
                .put("content", STANDARD.encode(content));
            item
        });
        let items = Items {
            items: items.collect(),
            page: None,
        };
        let context = Context {
            items: Some(items),
            ..Context::default()
        };
        Self::answering("200 OK", &context)
    }

    fn refusing(status: &str, text: &str) -> Self {
        let context = Context {
            infos: vec![Info::error("SomeException", text)],
            ..Context::default()
        };
        Self::answering(status, &context)
    }

    fn export(&self, output: &Path, more: &[&str]) -> Ran {
        let mut command = agent(output);
        command.args([
            "--action=export-assets",
            "--without-card",
            "-u",
            "acme",
            "-l",
            "I1,I2",
        ]);
        command.args(["--core.base.host", &self.address]).args(more);
        ended(command.env("LEASEHOLD_AGENT_NLIC_PASSWORD", "hunter2"))
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn packages_are_asked_for_verified_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let key = signing_key();
    let packages = ["P1", "P2"].map(|product| plain(&assets(product, 1), &key));
    let server = Server::offering(&[("P1", "none", &packages[0]), ("P2", "none", &packages[1])]);
    let ran = server.export(directory.path(), &["--plaintext", "--shared"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        format!(
            "1_netlicensing-assets.xml: product P1, licensees 2, generation 1, recipient none, SHA-256 {}\n\
             2_netlicensing-assets.xml: product P2, licensees 2, generation 1, recipient none, SHA-256 {}\n",
            hex(&sha256(&[&packages[0]])),
            hex(&sha256(&[&packages[1]])),
        )
    );
    assert_eq!(
        ran.stderr,
        "Warning: The packages will not be encrypted: whoever has a file can read it.\n"
    );
    assert_eq!(
        names(directory.path()),
        ["1_netlicensing-assets.xml", "2_netlicensing-assets.xml"]
    );
    let kept = std::fs::read(directory.path().join("2_netlicensing-assets.xml")).unwrap();
    assert_eq!(kept, packages[1]);

    let request = server.request.join().unwrap();
    assert!(
        request.starts_with("POST /core/v2/rest/agent/export HTTP/1.1\r\n"),
        "{request}"
    );
    let lower = request.to_ascii_lowercase();
    assert!(
        lower.contains("\r\nauthorization: basic ywntztpodw50zxiy\r\n"),
        "{request}"
    );
    assert!(
        request.ends_with("licensees=I1%2CI2&withoutCard=true&plaintext=true&shared=true"),
        "{request}"
    );
}

#[test]
fn a_made_up_passphrase_is_shown_once_and_opens_the_package() {
    let directory = tempfile::tempdir().unwrap();
    // What the server seals with cannot be known before it is asked: any package will do here.
    let package = sealed(&assets("P1", 1), &signing_key(), "whatever");
    let server = Server::offering(&[("P1", "passphrase", &package)]);
    let ran = server.export(directory.path(), &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let shown = ran
        .stderr
        .trim_end()
        .strip_prefix("Passphrase, shown this once: ")
        .unwrap();
    let request = server.request.join().unwrap();
    assert!(
        request.ends_with(&format!("&passphrase={shown}")),
        "{request}"
    );
}

/// AG-10, AG-21: what is not right is not kept, nor is anything beside it.
#[test]
fn packages_that_are_not_right_are_not_kept() {
    let key = signing_key();
    let good = plain(&assets("P1", 1), &key);
    let mut damaged = plain(&assets("P2", 1), &key);
    damaged[300] ^= 1;
    let other_product = plain(&assets("P3", 1), &key);
    let other_generation = plain(&assets("P2", 2), &key);
    for (recipient, package) in [
        ("none", &damaged),
        ("none", &other_product),
        ("none", &other_generation),
        ("passphrase", &plain(&assets("P2", 1), &key)),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let server = Server::offering(&[("P1", "none", &good), ("P2", recipient, package)]);
        let ran = server.export(directory.path(), &["--plaintext"]);
        assert_eq!(ran.code, 8, "{}", ran.stderr);
        assert!(names(directory.path()).is_empty());
    }
    let directory = tempfile::tempdir().unwrap();
    let server = Server::offering(&[("P1", "none", &good)]);
    let named = signing_key().public().fingerprint();
    let ran = server.export(directory.path(), &["--plaintext", "--vendor-key", &named]);
    assert_eq!(ran.code, 8, "{}", ran.stderr);
    assert!(names(directory.path()).is_empty());
}

/// AG-11 (c).
#[test]
fn a_package_of_the_same_product_is_in_the_way_unless_forced() {
    let directory = tempfile::tempdir().unwrap();
    let package = plain(&assets("P1", 1), &signing_key());
    put(directory.path(), 1, &package);
    put(directory.path(), 2, b"something else");
    let server = Server::offering(&[("P1", "none", &package)]);
    let ran = server.export(directory.path(), &["--plaintext"]);
    assert_eq!(ran.code, 6);
    assert!(
        ran.stderr.ends_with(
            "File '1_netlicensing-assets.xml' holds a package of product 'P1' already. \
             Remove it, or use --force.\n"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!(names(directory.path()).len(), 2);
    let server = Server::offering(&[("P1", "none", &package)]);
    let ran = server.export(directory.path(), &["--plaintext", "-f"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(names(directory.path()).len(), 3);
}

#[test]
fn refusals_of_the_server_have_their_exit_codes() {
    let payment = "Payment required. Feature \"NetLicensing Agent\" is not allowed. Please upgrade your plan.";
    let cases: &[(&str, u8, &str)] = &[
        (
            "400 Bad Request",
            2,
            "HOST refuses the request: what it says",
        ),
        ("401 Unauthorized", 3, "Access is denied by HOST."),
        ("403 Forbidden", 3, "Access is denied by HOST."),
        ("402 Payment Required", 4, payment),
        (
            "302 Found",
            5,
            "Cannot connect to HOST: 302 Found: what it says",
        ),
        (
            "500 Internal Server Error",
            5,
            "Cannot connect to HOST: 500 Internal Server Error: what it says",
        ),
        (
            "503 Service Unavailable",
            5,
            "Cannot connect to HOST: 503 Service Unavailable: what it says",
        ),
        ("409 Conflict", 6, "what it says. Use --force to rebind."),
        ("404 Not Found", 13, "what it says."),
    ];
    for (status, code, message) in cases {
        let directory = tempfile::tempdir().unwrap();
        let server = Server::refusing(status, "what it says");
        let ran = server.export(directory.path(), &[]);
        assert_eq!(ran.code, i32::from(*code), "{status}");
        let expected = message.replace("HOST", &server.address);
        assert_eq!(ran.stderr, format!("{expected}\n"));
        assert!(names(directory.path()).is_empty());
    }
    // The server names whom it does not know, and the agent has its own sentence for that.
    let directory = tempfile::tempdir().unwrap();
    let server = Server::refusing(
        "404 Not Found",
        "Requested licensee does not exist: 'I8', 'I9'",
    );
    let ran = server.export(directory.path(), &[]);
    assert_eq!(ran.code, 13);
    assert_eq!(ran.stderr, "Licensee 'I8', 'I9' not found.\n");
    // Hostile text stays on one line.
    let directory = tempfile::tempdir().unwrap();
    let server = Server::refusing("404 Not Found", "one\ntwo\u{1b}[2J");
    let ran = server.export(directory.path(), &[]);
    assert_eq!(ran.stderr, "one two [2J.\n");
}

#[test]
fn an_output_that_is_no_directory_is_2_before_anybody_is_asked() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = agent(directory.path());
    command.args([
        "export-assets",
        "--without-card",
        "-u=a",
        "-l=I1",
        "-o=nowhere",
    ]);
    command.args(["--core.base.host=http://127.0.0.1:1", "-p", "-"]);
    let ran = ended(&mut command);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.stderr, "Option --output: './nowhere' is no directory\n");
}
