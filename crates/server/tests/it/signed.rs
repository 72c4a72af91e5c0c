//! Signed replies to validations (wire contract, section 9): the same for a minute, and only then.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_seal::xmldsig::{ResponseKey, ResponseVerifier, verify_exact};
use leasehold_wire::media::Media;

use crate::support::{Answer, Key, Server, instant};

const WORLD: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Seats&licensingModel=Floating&maxCheckoutValidity=90",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Seats&licenseType=FLOATING&maxSessions=5",
    "POST /licensee productNumber=P1&number=I1",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L1",
];

async fn world() -> (Server, Key) {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    (server, key)
}

/// An API key with a private key, and who verifies what that signs.
async fn signing(server: &Server, admin: &Key) -> (Key, ResponseVerifier) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let private = STANDARD.encode(der.as_ref());
    let verifier = ResponseKey::parse(&private).unwrap().verifier();
    let encoded: String = private.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let form = format!("tokenType=APIKEY&privateKey={encoded}");
    let answer = server.expect(admin, 200, "POST /token", &form).await;
    (Key::of(&answer.numbers().remove(0)), verifier)
}

async fn validate_at(server: &Server, key: &Key, at: &str, form: &str) -> Answer {
    server.clock.set(instant(at));
    let line = "POST /licensee/I1/validate";
    let answer = server.ask(key, Media::Xml, line, form).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

#[tokio::test]
async fn a_signed_reply_is_the_same_for_a_minute() {
    let (server, admin) = world().await;
    let (key, verifier) = signing(&server, &admin).await;
    let first = validate_at(&server, &key, "2026-11-22T10:00:00.001Z", "").await;
    let ttl = first.context().ttl;
    assert_eq!(ttl.as_deref(), Some("2026-11-23T10:00:00.000Z"));
    for at in ["2026-11-22T10:00:30Z", "2026-11-22T10:00:59.999Z"] {
        assert_eq!(validate_at(&server, &key, at, "").await, first, "{at}");
    }
    let next = validate_at(&server, &key, "2026-11-22T10:01:00Z", "").await;
    let ttl = next.context().ttl;
    assert_eq!(ttl.as_deref(), Some("2026-11-23T10:01:00.000Z"));
    for signed in [first, next] {
        verify_exact(signed.body.as_bytes(), &verifier).unwrap();
    }
    let unsigned = validate_at(&server, &admin, "2026-11-22T10:01:00.5Z", "").await;
    let ttl = unsigned.context().ttl;
    assert_eq!(ttl.as_deref(), Some("2026-11-23T10:01:00.500Z"));
}

#[tokio::test]
async fn a_change_is_seen_within_the_minute() {
    let (server, admin) = world().await;
    let (key, verifier) = signing(&server, &admin).await;
    let at = "2026-11-22T10:00:10Z";
    let before = validate_at(&server, &key, at, "").await;
    server
        .prepare(&admin, &["POST /productmodule/M1 name=Chairs"])
        .await;
    let after = validate_at(&server, &key, at, "").await;
    assert!(before.body.contains("Seats") && after.body.contains("Chairs"));
    for signed in [before, after] {
        verify_exact(signed.body.as_bytes(), &verifier).unwrap();
    }
}

#[tokio::test]
async fn each_key_signs_by_itself() {
    let (server, admin) = world().await;
    let at = "2026-11-22T10:00:10Z";
    let mut signed = Vec::new();
    for _ in 0..2 {
        let (key, verifier) = signing(&server, &admin).await;
        let answer = validate_at(&server, &key, at, "").await;
        verify_exact(answer.body.as_bytes(), &verifier).unwrap();
        signed.push(answer);
    }
    assert_ne!(signed[0], signed[1]);
}

#[tokio::test]
async fn what_ends_by_itself_is_not_cut_to_the_minute() {
    let (server, admin) = world().await;
    let (key, _) = signing(&server, &admin).await;
    let form = "productModuleNumber0=M1&sessionId0=S1&action0=checkOut";
    let answer = validate_at(&server, &key, "2026-11-22T10:00:05.123Z", form).await;
    let ttl = answer.context().ttl;
    let end = answer.items()[0]
        .get("expirationTimestamp")
        .map(str::to_owned);
    assert_eq!(end.as_deref(), Some("2026-11-22T10:01:35.123Z"));
    assert_eq!(ttl, end);
}
