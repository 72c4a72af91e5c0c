//! Imports: what is taken in, and what a refusal leaves behind.

use leasehold_model::number::VendorNumber;
use leasehold_model::snapshot::ProductTree;
use leasehold_seal::envelope::{self, Lock};
use leasehold_store::Store;
use leasehold_wire::assets::{self as wire, Assets};

use crate::support::package::{assets, digest_of, header, plain, put, sealed, signing_key};
use crate::support::place::Place;
use crate::support::program::{agent, ended, run};

fn vendor() -> VendorNumber {
    VendorNumber::parse("V1").unwrap()
}

/// What the store holds of a product, in the form of a package.
async fn held(store: &Store, like: &Assets) -> Assets {
    let like = like.clone();
    store
        .read(&vendor(), move |view| {
            let product = like.product.product.number.clone();
            let tree = view.product(product.as_str()).unwrap();
            let mut licensees = Vec::new();
            view.each_licensee(|of, aggregate| {
                if of.product.number == product {
                    licensees.push(aggregate.clone());
                }
            });
            licensees.sort_by(|one, other| one.licensee.number.cmp(&other.licensee.number));
            Assets {
                product: ProductTree::clone(tree),
                licensees,
                ..like.clone()
            }
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn what_a_package_holds_is_in_the_store_afterwards() {
    let place = Place::new();
    let key = signing_key();
    let (one, other) = (assets("P1", 1), assets("P2", 1));
    place.put(1, &plain(&one, &key));
    place.put(2, &plain(&other, &key));
    let imported = place.import(None).await.unwrap();
    assert_eq!(
        imported.lines,
        [
            format!(
                "Vendor key {} is trusted from now on.",
                key.public().fingerprint()
            ),
            "1_netlicensing-assets.xml: product P1, licensees 2, generation 1: imported".to_owned(),
            "2_netlicensing-assets.xml: product P2, licensees 2, generation 1: imported".to_owned(),
        ]
    );
    assert!(imported.warnings.is_empty());

    let store = place.store();
    assert_eq!(held(&store, &one).await, one);
    assert_eq!(held(&store, &other).await, other);
    let accounts = store.accounts();
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0].vendor, one.vendor);
    assert!(accounts[0].password.is_none());
    let (trusted, imports, tokens) = store
        .read(&vendor(), |view| {
            let trusted = view.package_key().cloned();
            (trusted, view.imports().count(), view.tokens().count())
        })
        .await
        .unwrap();
    assert_eq!(
        trusted.map(|key| (key.public, key.private)),
        Some((key.public().0, None))
    );
    assert_eq!((imports, tokens), (2, 6));
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

/// AG-17.
#[tokio::test]
async fn the_same_package_again_changes_nothing() {
    let place = Place::new();
    let key = signing_key();
    place.put(1, &plain(&assets("P1", 1), &key));
    place.import(None).await.unwrap();
    let before = digest_of(&place.path().join("database"));
    let again = place.import(None).await.unwrap();
    assert_eq!(again.lines, ["1_netlicensing-assets.xml: already imported"]);
    assert_eq!(digest_of(&place.path().join("database")), before);

    // A copy beside it is no conflict either, and a new product is taken in.
    place.put(2, &plain(&assets("P1", 1), &key));
    place.put(3, &plain(&assets("P2", 1), &key));
    let more = place.import(None).await.unwrap();
    assert_eq!(
        more.lines,
        [
            "1_netlicensing-assets.xml: already imported",
            "2_netlicensing-assets.xml: already imported",
            "3_netlicensing-assets.xml: product P2, licensees 2, generation 1: imported",
        ]
    );
}

#[tokio::test]
async fn a_passphrase_opens_its_package_and_no_other_does() {
    let place = Place::new();
    place.put(
        1,
        &sealed(&assets("P1", 1), &signing_key(), "four words of test"),
    );
    for (given, code) in [(None, 7), (Some("four words"), 8)] {
        let refused = place.import(given).await.unwrap_err();
        assert_eq!(refused.exit_code(), code);
        assert!(!place.path().join("database").exists());
    }
    place.import(Some("four words of test")).await.unwrap();
}

/// AG-14: whatever is wrong with one package, none is taken in.
#[tokio::test]
async fn a_refused_package_leaves_nothing_behind() {
    let key = signing_key();
    let good = plain(&assets("P1", 1), &key);
    let damaged = |package: &[u8]| {
        let mut damaged = package.to_vec();
        let at = damaged.len() / 2;
        damaged[at] ^= 1;
        damaged
    };
    let lying = |change: &dyn Fn(&mut Assets)| {
        // The header is signed over, the document inside says something else (AG-20).
        let honest = assets("P2", 1);
        let mut lie = honest.clone();
        change(&mut lie);
        let document = wire::write(&lie);
        envelope::seal(&header(&honest), &document, Lock::None, &key).unwrap()
    };
    let needs_newer = {
        let newer = assets("P2", 1);
        let mut header = header(&newer);
        header.minimum_agent = "99.0.0".to_owned();
        envelope::seal(&header, &wire::write(&newer), Lock::None, &key).unwrap()
    };
    let bad: Vec<(&str, Vec<u8>, &str)> = vec![
        ("damaged", damaged(&good), "is damaged or was altered"),
        (
            "truncated",
            good[..good.len() - 1].to_vec(),
            "is damaged or was altered",
        ),
        ("empty", Vec::new(), "is damaged or was altered"),
        (
            "other vendor",
            plain(&assets("P2", 1), &signing_key()),
            "was signed with another vendor's key",
        ),
        (
            "newer",
            needs_newer,
            "needs leasehold-agent 99.0.0 or later",
        ),
        (
            "no document",
            envelope::seal(&header(&assets("P2", 1)), b"<a/>", Lock::None, &key).unwrap(),
            "is damaged or was altered",
        ),
        (
            "other id",
            lying(&|lie| lie.package.id = "x".to_owned()),
            "is damaged or was altered",
        ),
        (
            "other generation",
            lying(&|lie| lie.package.generation = 2),
            "is damaged or was altered",
        ),
        (
            "other recipient",
            lying(&|lie| lie.package.recipient = "passphrase".to_owned()),
            "is damaged or was altered",
        ),
        (
            "other vendor inside",
            lying(&|lie| lie.vendor.number = VendorNumber::parse("V2").unwrap()),
            "is damaged or was altered",
        ),
        (
            "fewer licensees",
            lying(&|lie| lie.licensees.truncate(1)),
            "is damaged or was altered",
        ),
    ];
    for (what, package, message) in &bad {
        let place = Place::new();
        place.put(1, &good);
        place.put(2, package);
        let told = place.refused(8).await;
        let expected = format!("File '2_netlicensing-assets.xml' {message}");
        assert!(told.starts_with(&expected), "{what}: {told}");
        assert!(!place.path().join("database").exists(), "{what}");
    }

    // The same against a store that holds something already.
    let place = Place::new();
    place.put(1, &good);
    place.import(None).await.unwrap();
    place.empty_input();
    for (what, package, message) in &bad {
        place.put(2, package);
        let told = place.refused(8).await;
        assert!(told.contains(message), "{what}: {told}");
    }
}

#[tokio::test]
async fn a_product_that_creates_licensees_is_warned_about() {
    let place = Place::new();
    let mut package = assets("P1", 1);
    package.product.product.licensee_auto_create = true;
    place.put(1, &plain(&package, &signing_key()));
    let imported = place.import(None).await.unwrap();
    assert_eq!(imported.warnings.len(), 1);
    assert!(imported.warnings[0].starts_with("Product 'P1' creates licensees"));
}

#[test]
fn the_named_key_is_the_only_one_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let (key, other) = (signing_key(), signing_key());
    put(directory.path(), 1, &plain(&assets("P1", 1), &key));
    let import = |named: &str| run(directory.path(), &["import-assets", "--vendor-key", named]);

    let ran = import(&other.public().fingerprint());
    assert_eq!(ran.code, 8);
    assert!(!directory.path().join("database").exists());
    std::fs::write(directory.path().join("bad.key"), "abc").unwrap();
    let ran = import("bad.key");
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.stderr,
        "Option --vendor-key: './bad.key' holds no Ed25519 key in base64\n"
    );

    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(key.public().0);
    std::fs::write(directory.path().join("vendor.key"), text + "\n").unwrap();
    let ran = import("vendor.key");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // It was known before: nothing is trusted on first use.
    assert_eq!(
        ran.stdout,
        "1_netlicensing-assets.xml: product P1, licensees 2, generation 1: imported\n"
    );
    assert_eq!(import(&key.public().fingerprint()).code, 0);
    assert_eq!(import(&other.public().fingerprint()).code, 8);
}

#[test]
fn the_program_asks_nobody_for_a_passphrase_where_nobody_is() {
    let directory = tempfile::tempdir().unwrap();
    put(
        directory.path(),
        1,
        &sealed(&assets("P1", 1), &signing_key(), "four words of test"),
    );
    let ran = run(directory.path(), &["--action=import-assets"]);
    assert_eq!(ran.code, 7);
    assert_eq!(
        ran.stderr,
        "File '1_netlicensing-assets.xml' is sealed with a passphrase: \
         give it by --passphrase-file or LEASEHOLD_AGENT_PASSPHRASE.\n"
    );
    std::fs::write(directory.path().join("words"), "four words of test\n").unwrap();
    let ran = run(
        directory.path(),
        &["import-assets", "--passphrase-file=words"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = ended(
        agent(directory.path())
            .args(["import-assets", "--work-dir=other", "--input"])
            .arg(directory.path())
            .env("LEASEHOLD_AGENT_PASSPHRASE", "wrong"),
    );
    assert_eq!(ran.code, 8);
    assert_eq!(
        ran.stderr,
        "File '1_netlicensing-assets.xml' cannot be opened with this passphrase.\n"
    );
}

#[tokio::test]
async fn a_store_in_use_is_12() {
    let place = Place::new();
    let key = signing_key();
    place.put(1, &plain(&assets("P1", 1), &key));
    place.import(None).await.unwrap();
    let _held = place.store();
    place.put(2, &plain(&assets("P2", 1), &key));
    let refused = place.import(None).await.unwrap_err();
    assert_eq!(refused.exit_code(), 12);
    assert!(
        refused.line().contains("in use by another process"),
        "{}",
        refused.line()
    );
}
