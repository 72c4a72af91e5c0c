//! TLS: a real handshake, and files that cannot serve for one.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};

use leasehold_server::{Config, start};
use leasehold_service::rest::tls::TlsFiles;
use reqwest::{Certificate, Client, StatusCode};
use tempfile::TempDir;

use crate::engine::database_of;
use crate::program::{Place, Serving};

const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A certificate for this machine with its key, as files, and who trusts nothing else.
struct Identity {
    certificate: PathBuf,
    key: PathBuf,
    trusted: Certificate,
}

impl Identity {
    fn new(folder: &Path) -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        fs::write(&certificate, made.cert.pem()).unwrap();
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        Self {
            certificate,
            key,
            trusted: Certificate::from_pem(made.cert.pem().as_bytes()).unwrap(),
        }
    }

    fn options(&self) -> [&str; 4] {
        let [certificate, key] = [&self.certificate, &self.key].map(|file| file.to_str().unwrap());
        ["--tls-cert", certificate, "--tls-key", key]
    }

    /// The status of a validation of a demo's licensee, over a connection of its own.
    async fn validate(&self, origin: &str) -> reqwest::Result<StatusCode> {
        let url = format!("{origin}/core/v2/rest/licensee/I-DEMO/validate");
        let client = Client::builder().tls_certs_only([self.trusted.clone()]);
        let request = client.build()?.post(url).basic_auth("demo", Some("demo"));
        Ok(request.send().await?.status())
    }
}

#[tokio::test]
async fn a_licensee_is_validated_over_tls() {
    let place = Place::new();
    let folder = TempDir::new().unwrap();
    let identity = Identity::new(folder.path());
    let server = place.serve(&[&["--demo"], &identity.options()[..]].concat());
    assert!(
        server.origin().starts_with("https://"),
        "{}",
        server.origin()
    );
    let status = identity.validate(server.origin()).await.unwrap();
    assert_eq!(status, StatusCode::OK);

    let stranger = TempDir::new().unwrap();
    let stranger = Identity::new(stranger.path());
    stranger.validate(server.origin()).await.unwrap_err();
}

#[tokio::test]
async fn plain_http_is_refused_without_harm() {
    let place = Place::new();
    let folder = TempDir::new().unwrap();
    let identity = Identity::new(folder.path());
    let server = place.serve(&[&["--demo"], &identity.options()[..]].concat());
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let mut told = Vec::new();
    // It may be cut off with what it sent still unread, which is an error to it.
    let _cut = stream.read_to_end(&mut told);
    assert!(!told.starts_with(b"HTTP"), "{told:?}");
    let status = identity.validate(server.origin()).await.unwrap();
    assert_eq!(status, StatusCode::OK);
}

#[test]
fn tls_may_be_reached_from_other_machines() {
    let place = Place::new();
    let folder = TempDir::new().unwrap();
    let identity = Identity::new(folder.path());
    let mut command = place.command(&["serve", "--bind", "0.0.0.0:0"]);
    let server = Serving::start(command.args(identity.options()));
    assert!(server.origin().starts_with("https://0.0.0.0:"));
}

#[test]
fn files_that_do_not_serve_are_refused_by_name() {
    let place = Place::new();
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (own, other) = (Identity::new(folder.path()), Identity::new(other.path()));
    let file = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        file
    };
    let empty = file("empty.pem", "");
    let damaged = file("damaged.pem", "-----BEGIN PRIVATE KEY-----\nsecret!");
    let absent = folder.path().join("absent.pem");
    let (certificate, key) = (&own.certificate, &own.key);
    for (certificate, key, named, told) in [
        (key, certificate, key, "holds no certificate"),
        (
            certificate,
            certificate,
            certificate,
            "holds no private key",
        ),
        (&empty, key, &empty, "holds no certificate"),
        (certificate, &empty, &empty, "holds no private key"),
        (&absent, key, &absent, "cannot be read"),
        (certificate, &absent, &absent, "cannot be read"),
        (certificate, &damaged, &damaged, "is damaged"),
        (
            certificate,
            &other.key,
            &other.key,
            "not the one of the certificate",
        ),
    ] {
        let [certificate, key] = [certificate, key].map(|file| file.to_str().unwrap());
        let said = place.fail(&["serve", "--tls-cert", certificate, "--tls-key", key], 2);
        assert!(said.contains(named.to_str().unwrap()), "{said}");
        assert!(said.contains(told), "{told}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
    let said = place.fail(&["serve", "--tls-cert", certificate.to_str().unwrap()], 2);
    assert!(said.contains("--tls-key"), "{said}");
    assert!(!place.data().exists(), "a refused start leaves nothing");
}

#[tokio::test]
async fn a_certificate_is_renewed_while_serving_and_a_bad_one_is_not_taken() {
    let (data, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let former = Identity::new(folder.path());
    let config = Config {
        demo: true,
        database: database_of(data.path()),
        tls: Some(TlsFiles {
            certificate: former.certificate.clone(),
            key: former.key.clone(),
        }),
        ..Config::local(data.path().to_owned(), ANYWHERE)
    };
    let running = start(config).await.unwrap();
    let origin = format!("https://{}", running.address);
    let validate = async |identity: &Identity| identity.validate(&origin).await.ok();
    assert_eq!(validate(&former).await, Some(StatusCode::OK));

    let renewed = Identity::new(folder.path());
    assert_eq!(validate(&renewed).await, None);
    running.reload_certificate().unwrap();
    assert_eq!(validate(&renewed).await, Some(StatusCode::OK));

    fs::write(&renewed.key, "").unwrap();
    running.reload_certificate().unwrap_err();
    assert_eq!(validate(&renewed).await, Some(StatusCode::OK));
    running.stop().await.unwrap();
}
