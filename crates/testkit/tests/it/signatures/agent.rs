//! Replies of an agent: signed with its own key, which came with the package, or with the API key's.

use super::*;
use leasehold_testkit::offline::{PASSPHRASE, save};
use leasehold_testkit::programs::{agent, run_well};
use leasehold_testkit::within::Agent;

/// An agent that took in an export of licensee `I`, and a client of it whose replies are signed.
async fn agent_of(folder: &Path, pair: &KeyPair, own: bool) -> (Agent, Client, Client) {
    let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
    let server = Server::start(&folder.join("server"), Arc::clone(&clock)).await;
    let key = server.add_vendor("vendor", TtlMinutes::DEFAULT).await;
    let admin = Client::new(server.address(), "apiKey", &key);
    sell(&admin, "5").await;
    let form = [
        ("tokenType", "APIKEY"),
        ("privateKey", pair.private.as_str()),
    ];
    let token = admin.make("/token", &form).await;
    let form = [
        ("licensees", "I"),
        ("withoutCard", "true"),
        ("passphrase", PASSPHRASE),
        ("withApikeySigningKey", if own { "true" } else { "false" }),
    ];
    let reply = admin.post("/agent/export", &form).await.unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
    server.stop().await;

    let place = folder.join("agent");
    save(&reply.expect_items("export"), &place);
    let running = Agent::import_and_start(&place, clock).await;
    let client = |key: &str| Client::new(running.address(), "apiKey", key).asking_for(Media::Xml);
    let (signing, plain) = (client(token.get("number").unwrap()), client(&key));
    (running, signing, plain)
}

/// Stops the agent, and asks its program for the public key.
async fn stop(running: Agent, folder: &Path) -> ResponseVerifier {
    running.stop().await;
    let place = folder.join("agent");
    let status = run_well(agent().args(["status", "--work-dir"]).arg(&place));
    let shown = status
        .lines()
        .find_map(|line| line.strip_prefix("Signing key:"));
    ResponseVerifier::parse(shown.unwrap().trim()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_verifies_with_the_agents_public_key_and_a_changed_one_does_not() {
    let folder = TempDir::new().unwrap();
    let pair = KeyPair::new(folder.path());
    let (agent, signing, plain) = agent_of(folder.path(), &pair, false).await;
    let path = "/licensee/I/validate";
    let reply = signing.post(path, &[]).await.unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
    for unsigned in [
        signing.asking_for(Media::Json).post(path, &[]).await,
        plain.post(path, &[]).await,
    ] {
        assert!(!is_signed(&unsigned.unwrap()));
    }
    let verifier = stop(agent, folder.path()).await;

    let public = folder.path().join("agent.pem");
    fs::write(&public, pem("PUBLIC KEY", verifier.der())).unwrap();
    let good = folder.path().join("good.xml");
    fs::write(&good, &reply.body).unwrap();
    verify_exact(&reply.body, &verifier).unwrap();
    assert!(verify_exact(&reply.body, &pair.verifier).is_err());
    assert!(judges::xmlsec1_accepts(&good, &public));
    assert!(!judges::xmlsec1_accepts(&good, &pair.file));

    // One bit, in what the reply says.
    let text = reply.text();
    let at = text.rfind("true").or(text.rfind("false")).unwrap();
    let mut body = reply.body.clone();
    body[at] ^= 1;
    let bad = folder.path().join("bad.xml");
    fs::write(&bad, &body).unwrap();
    assert!(verify(&body, &verifier).is_err());
    assert!(!judges::xmlsec1_accepts(&bad, &public));
    let java = judges::java(&[good, bad], &public);
    assert_eq!(java.len(), 2, "{java:?}");
    assert!(java[0].starts_with("accepted"), "{java:?}");
    assert!(java[1].starts_with("refused"), "{java:?}");
    println!(
        "signatures: an agent's reply is accepted by three judges, and none accepts it changed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_keys_own_key_signs_where_the_export_says_so() {
    let folder = TempDir::new().unwrap();
    let pair = KeyPair::new(folder.path());
    let (agent, signing, _) = agent_of(folder.path(), &pair, true).await;
    let reply = signing.post("/licensee/I/validate", &[]).await.unwrap();
    let verifier = stop(agent, folder.path()).await;
    verify_exact(&reply.body, &pair.verifier).unwrap();
    assert!(verify_exact(&reply.body, &verifier).is_err());

    // Nothing in the database can be read as a key.
    let database = fs::read(folder.path().join("agent/database/leasehold.db")).unwrap();
    let encoded: String = pair
        .private
        .lines()
        .filter(|line| !line.starts_with("--"))
        .collect();
    let der = STANDARD.decode(encoded).unwrap();
    let middle = &der[200..232];
    assert!(
        !database
            .windows(middle.len())
            .any(|window| window == middle)
    );
}
