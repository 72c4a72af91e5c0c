//! Replies of a server to an API key that signs: `xmlsec1`, the JDK behind JAXB and our own verifier
//! accept each of them, and none that was changed by one character.

mod agent;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_model::vendor::TtlMinutes;
use leasehold_seal::xmldsig::{ResponseVerifier, verify, verify_exact};
use leasehold_service::clock::ManualClock;
use leasehold_testkit::cases::Action;
use leasehold_testkit::http::{Client, Reply};
use leasehold_testkit::judges;
use leasehold_testkit::random::Random;
use leasehold_testkit::within::Server;
use leasehold_wire::media::Media;
use tempfile::TempDir;

use crate::golden::{Question, cases, writes};
use crate::shop::sell;

/// A vendor's key pair, its public half in a file.
struct KeyPair {
    private: String,
    verifier: ResponseVerifier,
    file: PathBuf,
}

impl KeyPair {
    fn new(folder: &Path) -> Self {
        let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der<'_> = key.as_der().unwrap();
        let public: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
        let public = pem("PUBLIC KEY", public.as_ref());
        let file = folder.join("public.pem");
        fs::write(&file, &public).unwrap();
        Self {
            private: pem("PRIVATE KEY", private.as_ref()),
            verifier: ResponseVerifier::parse(&public).unwrap(),
            file,
        }
    }

    /// A client whose API key signs with this pair.
    async fn client(&self, admin: &Client, address: &str) -> Client {
        let form = [
            ("tokenType", "APIKEY"),
            ("apiKeyRole", "ROLE_APIKEY_ADMIN"),
            ("privateKey", self.private.as_str()),
        ];
        let token = admin.make("/token", &form).await;
        assert_eq!(token.get("privateKey"), None, "a private key is never told");
        Client::new(address, "apiKey", token.get("number").unwrap()).asking_for(Media::Xml)
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let lines: Vec<_> = encoded.as_bytes().chunks(64).collect();
    let lines: Vec<_> = lines
        .into_iter()
        .map(|line| String::from_utf8_lossy(line))
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_signed_reply_is_accepted() {
    let folder = TempDir::new().unwrap();
    let pair = KeyPair::new(folder.path());
    let mut bodies = Vec::new();
    for case in cases() {
        let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
        let data = TempDir::new().unwrap();
        let server = Server::start(data.path(), Arc::clone(&clock)).await;
        let key = server.add_vendor("vendor", case.given.ttl).await;
        server.write("vendor", writes(&case.given)).await;
        let admin = Client::new(server.address(), "apiKey", &key);
        let signing = pair.client(&admin, server.address()).await;
        for step in &case.steps {
            let Action::Validate {
                at,
                licensee,
                params,
            } = &step.action
            else {
                continue;
            };
            clock.set(*at);
            let question = Question {
                at: *at,
                licensee,
                params,
                expect: &step.expect,
            };
            let reply = question.ask(&signing).await;
            match reply.status {
                200 => bodies.push(reply.body),
                _ => assert!(!is_signed(&reply), "a refusal is not signed"),
            }
        }
        server.stop().await;
    }
    bodies.extend(awkward(&pair).await);

    let files: Vec<PathBuf> = (0..bodies.len())
        .map(|at| folder.path().join(format!("{at}.xml")))
        .collect();
    let mut refused = Vec::new();
    for (file, body) in files.iter().zip(&bodies) {
        fs::write(file, body).unwrap();
        if let Err(error) = verify_exact(body, &pair.verifier) {
            refused.push(format!("our verifier: {error}: {}", text(body)));
        }
        if !judges::xmlsec1_accepts(file, &pair.file) {
            refused.push(format!("xmlsec1: {}", text(body)));
        }
    }
    let java = judges::java(&files, &pair.file);
    assert_eq!(java.len(), files.len());
    refused.extend(
        java.into_iter()
            .filter(|line| !line.starts_with("accepted")),
    );
    if let Some(faults) = judges::against_schema(&files) {
        refused.push(faults);
    }
    println!(
        "signatures: {} signed replies, {} refused by any of four judges",
        bodies.len(),
        refused.len()
    );
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(bodies.len() > 100);
}

/// Replies about licensees whose names and properties try the canonical form, with the options
/// that change a reply; and that nothing else is signed.
async fn awkward(pair: &KeyPair) -> Vec<Vec<u8>> {
    let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path(), clock).await;
    let key = server.add_vendor("vendor", TtlMinutes::DEFAULT).await;
    let admin = Client::new(server.address(), "apiKey", &key);
    sell(&admin, "5").await;
    let names = [
        "& < > \" ' ]]>",
        "tab\there, line\nfeed, carriage\rreturn",
        "\u{fc}\u{df}\u{20ac}\u{1f980} \u{202e}right\u{202c} \u{85}\u{2028}",
        "e\u{301} \u{e9} \u{fffd}",
        " blanks at either end ",
    ];
    let signing = pair.client(&admin, server.address()).await;
    let mut bodies = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let number = format!("I{at}");
        let path = format!("/licensee/{number}/validate");
        let form = [
            ("productNumber", "P"),
            ("number", number.as_str()),
            ("name", *name),
            ("custom \"<&>' \u{e9}", *name),
        ];
        admin.make("/licensee", &form).await;
        for form in [
            &[][..],
            &[("forOfflineUse", "true")],
            &[("dryRun", "true"), ("forOfflineUse", "true")],
        ] {
            bodies.push(signing.post(&path, form).await.unwrap().body);
        }
        bodies.push(signing.get(&path).await.unwrap().body);
    }

    let path = "/licensee/I0/validate";
    let json = signing.asking_for(Media::Json);
    let unsigned = [
        json.post(path, &[]).await.unwrap(),
        admin.asking_for(Media::Xml).post(path, &[]).await.unwrap(),
        signing.get("/licensee/I0").await.unwrap(),
        signing.get("/product").await.unwrap(),
    ];
    for reply in unsigned {
        assert_eq!(reply.status, 200);
        assert!(!is_signed(&reply), "{}", reply.text());
    }
    server.stop().await;
    bodies
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_of_one_character_is_refused() {
    let folder = TempDir::new().unwrap();
    let pair = KeyPair::new(folder.path());
    let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
    let server = Server::start(&folder.path().join("server"), clock).await;
    let key = server.add_vendor("vendor", TtlMinutes::DEFAULT).await;
    let admin = Client::new(server.address(), "apiKey", &key);
    sell(&admin, "5").await;
    let signing = pair.client(&admin, server.address()).await;
    let form = [("forOfflineUse", "true")];
    let reply = signing.post("/licensee/I/validate", &form).await.unwrap();
    server.stop().await;
    let document = reply.text();
    verify_exact(document.as_bytes(), &pair.verifier).unwrap();

    let is_long = std::env::var_os("LEASEHOLD_LONG").is_some();
    let from = document.find("<Signature>").unwrap();
    let to = document.rfind("</ns2:netlicensing>").unwrap();
    let all: Vec<char> = (' '..='~').chain(['\t', '\n', '\r', '\u{e9}']).collect();
    let few = ['a', '0', ' ', '\t', '<', '='];
    let substitutes: &[char] = if is_long { &all } else { &few };
    let mut changed = 0;
    for (at, character) in document[from..to].char_indices() {
        for substitute in substitutes.iter().filter(|other| **other != character) {
            let variant = with(&document, from + at, character, *substitute);
            let verified = verify_exact(variant.as_bytes(), &pair.verifier);
            assert!(verified.is_err(), "accepted: {variant}");
            changed += 1;
        }
    }

    // What a change of layout within a tag means to others is theirs to say; all else they refuse.
    let mut random = Random::new(20_261_122);
    let places: Vec<_> = document[from..to].char_indices().collect();
    let file = folder.path().join("variant.xml");
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
    let mut agreed = 0;
    while agreed < 200 {
        let (at, character) = pick(&mut random, &places);
        let substitute = pick(&mut random, &letters);
        if substitute == character {
            continue;
        }
        let variant = with(&document, from + at, character, substitute);
        fs::write(&file, &variant).unwrap();
        assert!(verify(variant.as_bytes(), &pair.verifier).is_err());
        assert!(!judges::xmlsec1_accepts(&file, &pair.file), "{variant}");
        agreed += 1;
    }
    println!(
        "signatures: {changed} changes of one character refused, xmlsec1 agrees on {agreed} random ones"
    );
}

fn pick<T: Copy>(random: &mut Random, from: &[T]) -> T {
    let at = random.below(from.len() as u64);
    from[usize::try_from(at).unwrap()]
}

fn with(document: &str, at: usize, character: char, substitute: char) -> String {
    let behind = &document[at + character.len_utf8()..];
    format!("{}{substitute}{behind}", &document[..at])
}

fn is_signed(reply: &Reply) -> bool {
    reply.text().contains("Signature>")
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
