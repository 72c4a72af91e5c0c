//! Exports: what is in a package, who can open it, and how packages are counted.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_seal::digest::{hex, sha256};
use leasehold_seal::envelope::{self, EnvelopeError, Lock, RecipientKind};
use leasehold_seal::secret::Secret;
use leasehold_wire::assets::{self, ReplySigning};
use leasehold_wire::context::Item;

use crate::support::{Key, Server, instant};

const WORLD: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Seats&licensingModel=Floating&maxCheckoutValidity=60",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Seat&licenseType=FLOATING&maxSessions=2",
    "POST /licensee productNumber=P1&number=I1&aliases=acme",
    "POST /licensee productNumber=P1&number=a,b",
    "POST /licensee productNumber=P1&number=I3",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L1",
    "POST /licensee/I1/validate productModuleNumber=M1&sessionId=s&action=checkOut",
    "POST /product number=P2&name=Brush",
    "POST /licensee productNumber=P2&number=I4",
];

async fn export(server: &Server, key: &Key, form: &str) -> Vec<Item> {
    server
        .expect(key, 200, "POST /agent/export", form)
        .await
        .items()
}

fn content(item: &Item) -> Vec<u8> {
    STANDARD.decode(item.get("content").unwrap()).unwrap()
}

#[tokio::test]
async fn a_package_holds_one_product_and_the_licensees_asked_for() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    let form =
        "licensees=acme,a%5C,b,I4,I1&withoutCard=true&plaintext=true&shared=true&force=false";
    let items = export(&server, &key, form).await;
    let shown: Vec<_> = items
        .iter()
        .map(|item| {
            let names: Vec<&str> = item
                .properties
                .iter()
                .map(|property| &*property.name)
                .collect();
            assert_eq!(
                names,
                [
                    "packageId",
                    "productNumber",
                    "generation",
                    "recipient",
                    "sha256",
                    "content"
                ]
            );
            assert_eq!(item.kind, "AgentExport");
            let file = content(item);
            assert_eq!(item.get("sha256").unwrap(), hex(&sha256(&[&file])));
            let package = envelope::verify(&file, None).unwrap();
            let header = &package.header;
            let assets = assets::read(&package.open(Lock::None).unwrap()).unwrap();
            assert_eq!(header.recipient, RecipientKind::None);
            assert_eq!(header.vendor, "V1");
            assert_eq!(header.package, assets.package.id);
            assert_eq!(header.package, item.get("packageId").unwrap());
            assert_eq!(header.generation, assets.package.generation);
            assert_eq!(header.licensee_count, assets.licensees.len());
            assert_eq!(assets.made_at, instant(crate::support::START));
            let numbers = assets
                .licensees
                .iter()
                .map(|one| one.licensee.number.to_string());
            (header.product.clone(), numbers.collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("P1".to_owned(), vec!["I1".to_owned(), "a,b".to_owned()]),
            ("P2".to_owned(), vec!["I4".to_owned()]),
        ]
    );
}

#[tokio::test]
async fn sessions_travel_and_api_keys_travel_as_digests() {
    use leasehold_model::role::ApiKeyRole;
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    for licensee in ["I1", "I3"] {
        server.key("V1", ApiKeyRole::Licensee, Some(licensee)).await;
    }
    let noted = "tokenType=APIKEY&active=false&name=n";
    server.expect(&key, 200, "POST /token", noted).await;
    let noted = "tokenType=APIKEY&licenseeNumber=I1&name=secret+name&note=secret+note";
    server.expect(&key, 200, "POST /token", noted).await;
    let expired = "tokenType=APIKEY&expirationTime=2026-11-22T09:59:59Z";
    server.expect(&key, 200, "POST /token", expired).await;
    let numbers = server.expect(&key, 200, "GET /token", "").await.numbers();
    let form = "licensees=I1&withoutCard=true&plaintext=true";
    let file = content(&export(&server, &key, form).await[0]);
    let document = envelope::verify(&file, None)
        .unwrap()
        .open(Lock::None)
        .unwrap();
    let assets = assets::read(&document).unwrap();
    assert_eq!(assets.licensees[0].licenses[0].sessions.len(), 1);
    let is_of = |number: &str| {
        let digest = |salt: &[u8]| sha256(&[salt, number.as_bytes()]);
        assets
            .api_keys
            .iter()
            .any(|key| digest(&key.salt) == key.digest)
    };
    let travelled: Vec<bool> = numbers.iter().map(|number| is_of(number)).collect();
    assert_eq!(
        travelled,
        [true, true, false, false, true],
        "of all, of I1, of I3, inactive, of I1"
    );
    assert_eq!(assets.api_keys.len(), 3);
    let text = String::from_utf8(document).unwrap();
    assert!(numbers.iter().all(|number| !text.contains(number.as_str())));
    assert!(!text.contains("secret name") && !text.contains("secret note"));
}

#[tokio::test]
async fn packages_are_counted_by_product_and_recipient_and_signed_by_one_key() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    let mut signers = Vec::new();
    for (form, generations) in [
        ("licensees=I1&withoutCard=true&plaintext=true", &["1"][..]),
        (
            "licensees=I1,I4&withoutCard=true&plaintext=true",
            &["2", "1"],
        ),
        ("licensees=I3&withoutCard=true&plaintext=true", &["3"]),
        ("licensees=I1&withoutCard=true&passphrase=p", &["1"]),
    ] {
        let items = export(&server, &key, form).await;
        let told: Vec<&str> = items
            .iter()
            .map(|item| item.get("generation").unwrap())
            .collect();
        assert_eq!(told, generations, "{form}");
        for item in &items {
            signers.push(envelope::verify(&content(item), None).unwrap().signer);
        }
    }
    assert!(signers.iter().all(|signer| *signer == signers[0]));
    let second = server.admin("V2").await;
    server.prepare(&second, WORLD).await;
    let items = export(
        &server,
        &second,
        "licensees=I1&withoutCard=true&plaintext=true",
    )
    .await;
    assert_eq!(items[0].get("generation"), Some("1"));
    let other = envelope::verify(&content(&items[0]), None).unwrap().signer;
    assert_ne!(other, signers[0]);
}

#[tokio::test]
async fn a_passphrase_closes_a_package() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    let form = "licensees=I1&withoutCard=true&passphrase=open+sesame";
    let items = export(&server, &key, form).await;
    assert_eq!(items[0].get("recipient"), Some("passphrase"));
    let package = envelope::verify(&content(&items[0]), None).unwrap();
    let open = |text: &str| package.open(Lock::Passphrase(&Secret::new(text.to_owned())));
    assert!(matches!(open("open"), Err(EnvelopeError::WrongPassphrase)));
    assert!(assets::read(&open("open sesame").unwrap()).is_ok());
}

/// Opens what was exported under the passphrase `p`.
fn opened(item: &Item) -> assets::Assets {
    let lock = Secret::new("p".to_owned());
    let package = envelope::verify(&content(item), None).unwrap();
    assets::read(&package.open(Lock::Passphrase(&lock)).unwrap()).unwrap()
}

/// Makes a key pair's private half, in base64.
fn private_key() -> String {
    STANDARD.encode(leasehold_seal::agent_key::generate().unwrap())
}

#[tokio::test]
async fn each_recipient_has_a_signing_key_of_its_own_and_keeps_it() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    let signing = private_key();
    let form = format!(
        "tokenType=APIKEY&privateKey={}",
        signing.replace('+', "%2B").replace('/', "%2F")
    );
    server.expect(&key, 200, "POST /token", &form).await;
    let sealed = "withoutCard=true&passphrase=p&licensees=";

    let first = export(&server, &key, &format!("{sealed}I1,I4")).await;
    let again = export(&server, &key, &format!("{sealed}I4,acme")).await;
    let other = export(&server, &key, &format!("{sealed}I3")).await;
    let (first, again) = (opened(&first[0]), opened(&again[0]));
    let (kept, known) = (first.signing.clone().unwrap(), opened(&other[0]));
    assert_eq!(again.signing, first.signing, "the same recipient");
    assert_ne!(known.signing.unwrap(), kept, "another recipient");
    let signed: Vec<_> = first.api_keys.iter().map(|key| &key.signing).collect();
    assert_eq!(signed, [&ReplySigning::Unsigned, &ReplySigning::Agent]);

    // AG-18: all else is equal, but for the salts of the digests, and for the key of the reports,
    // which is the package's own.
    assert_ne!(again.report.key, first.report.key);
    let mut same = again;
    same.report = first.report.clone();
    same.package = first.package.clone();
    same.api_keys = first.api_keys.clone();
    assert!(assets::write(&same) == assets::write(&first));

    let own = format!("{sealed}I1&withApikeySigningKey=true");
    let own = opened(&export(&server, &key, &own).await[0]);
    let ReplySigning::Own(own) = &own.api_keys[1].signing else {
        panic!("{:?}", own.api_keys[1].signing);
    };
    assert_eq!(STANDARD.encode(own.expose()), signing);
}

#[tokio::test]
async fn a_package_that_everybody_can_read_holds_no_private_key() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    let form = "licensees=I1&withoutCard=true&plaintext=true";
    let file = content(&export(&server, &key, form).await[0]);
    let package = envelope::verify(&file, None).unwrap();
    let document = package.open(Lock::None).unwrap();
    assert_eq!(assets::read(&document).unwrap().signing, None);
    let refused = format!("{form}&withApikeySigningKey=true");
    server
        .expect(&key, 400, "POST /agent/export", &refused)
        .await;
}

#[tokio::test]
async fn an_export_may_name_very_many_licensees() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    // Beyond what any other request may bring along, in one parameter and as a whole.
    let form = format!(
        "licensees=I1{}&withoutCard=true&plaintext=true",
        ",acme".repeat(300_000)
    );
    server.expect(&key, 200, "POST /agent/export", &form).await;
    server
        .expect(
            &key,
            413,
            "POST /agent/release",
            &"x".repeat(65 * 1024 * 1024),
        )
        .await;
    server.expect(&key, 413, "POST /product", &form).await;
}
