//! Packages.

use leasehold_seal::envelope::{EnvelopeError, Header, Lock, RecipientKind, seal, verify};
use leasehold_seal::keys::SigningKey;
use leasehold_seal::secret::Secret;
use proptest::prelude::*;

fn header() -> Header {
    Header {
        package: "0193f3c8-0000-7000-8000-000000000000".to_owned(),
        created: "2026-11-22T10:00:00.000Z".to_owned(),
        generation: 1,
        minimum_agent: "0.1.0".to_owned(),
        vendor: "V1".to_owned(),
        product: "P1".to_owned(),
        licensee_count: 1,
        licensee_digest: [9; 32],
        recipient: RecipientKind::None,
    }
}

fn key() -> SigningKey {
    SigningKey::generate().unwrap().0
}

#[test]
fn what_is_sealed_verifies_and_opens() {
    let key = key();
    let file = seal(&header(), b"document", Lock::None, &key).unwrap();
    for trusted in [None, Some(key.public())] {
        let verified = verify(&file, trusted.as_ref()).unwrap();
        assert_eq!(verified.header, header());
        assert_eq!(verified.signer, key.public());
        assert_eq!(verified.open(Lock::None).unwrap(), b"document");
    }
}

/// AG-21: neither with a known vendor nor at the first import does a single altered byte pass.
#[test]
fn every_altered_byte_is_refused() {
    let key = key();
    let public = key.public();
    let file = seal(&header(), b"a small document", Lock::None, &key).unwrap();
    let mut refused = 0;
    for at in 0..file.len() {
        let flipped = |mask: u8| {
            let mut altered = file.clone();
            altered[at] ^= mask;
            altered
        };
        let mut deleted = file.clone();
        deleted.remove(at);
        let mut doubled = file.clone();
        doubled.insert(at, file[at]);
        for altered in [flipped(1), flipped(32), deleted, doubled] {
            for trusted in [None, Some(&public)] {
                let verdict = verify(&altered, trusted);
                assert!(
                    matches!(verdict, Err(EnvelopeError::Damaged)),
                    "byte {at}: {verdict:?}"
                );
                refused += 1;
            }
        }
    }
    assert_eq!(refused, file.len() * 8);
}

#[test]
fn truncated_and_extended_files_are_refused() {
    let key = key();
    let file = seal(&header(), b"document", Lock::None, &key).unwrap();
    for length in 0..file.len() {
        assert!(verify(&file[..length], None).is_err(), "{length} bytes");
    }
    for more in [&b"\n"[..], b" ", b"<!-- -->", b"\0", &file] {
        assert!(verify(&[&file, more].concat(), None).is_err());
    }
    assert!(verify(&[b"\xef\xbb\xbf", &file[..]].concat(), None).is_err());
}

#[test]
fn another_spelling_of_the_same_document_is_refused() {
    let file = seal(&header(), b"document", Lock::None, &key()).unwrap();
    let text = String::from_utf8(file).unwrap();
    let spellings = [
        text.replacen("<header>", "\n<header>", 1),
        text.replacen("\"V1\"", "'V1'", 1),
        text.replacen("V1", "&#86;1", 1),
        text.replacen(
            "<vendor number=\"V1\"/>",
            "<vendor number=\"V1\"></vendor>",
            1,
        ),
        text.replacen("generation=\"1\"", "generation=\"01\"", 1),
        text.replacen("<payload>", "<payload><!-- -->", 1),
        text.replacen("</payload>", "\n</payload>", 1),
        format!("<?xml version=\"1.0\"?>{text}"),
        format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{text}"),
    ];
    for spelling in spellings {
        assert_ne!(spelling, text);
        assert!(verify(spelling.as_bytes(), None).is_err(), "{spelling}");
    }
}

#[test]
fn another_vendors_package_is_told_by_its_fingerprint() {
    let (one, other) = (key(), key());
    let file = seal(&header(), b"document", Lock::None, &other).unwrap();
    let refused = verify(&file, Some(&one.public()));
    let Err(EnvelopeError::OtherKey { found }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(found, other.public().fingerprint());
}

#[test]
fn parts_of_two_packages_do_not_make_a_third() {
    let key = key();
    let package = |document: &[u8]| {
        String::from_utf8(seal(&header(), document, Lock::None, &key).unwrap()).unwrap()
    };
    let (one, other) = (package(b"one"), package(b"other"));
    let (front, _) = one.split_once("</header>").unwrap();
    let (_, back) = other.split_once("</header>").unwrap();
    assert!(verify(format!("{front}</header>{back}").as_bytes(), None).is_err());
}

#[test]
fn a_header_must_name_the_recipient_it_is_sealed_to() {
    let passphrase = Secret::new("correct horse".to_owned());
    let lock = Lock::Passphrase(&passphrase);
    let refused = seal(&header(), b"document", lock, &key());
    assert!(matches!(refused, Err(EnvelopeError::Seal(_))));
}

#[test]
fn files_beyond_the_limit_are_refused_unread() {
    let file = vec![b' '; leasehold_seal::envelope::FILE_LIMIT + 1];
    assert!(matches!(verify(&file, None), Err(EnvelopeError::Limit(_))));
}

prop_compose! {
    /// Any text that XML can hold.
    fn text()(text in "[ -~\t\n\r\u{80}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]{0,12}") -> String {
        text
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_header_and_document_come_back(
        texts in [text(), text(), text(), text(), text()],
        generation in any::<u64>(),
        licensee_count in any::<usize>(),
        licensee_digest in any::<[u8; 32]>(),
        document in any::<Vec<u8>>(),
    ) {
        let [package, created, minimum_agent, vendor, product] = texts;
        let header = Header {
            package, created, generation, minimum_agent, vendor, product,
            licensee_count, licensee_digest, recipient: RecipientKind::None,
        };
        let key = key();
        let file = seal(&header, &document, Lock::None, &key).unwrap();
        let verified = verify(&file, Some(&key.public())).unwrap();
        prop_assert_eq!(&verified.header, &header);
        prop_assert_eq!(verified.open(Lock::None).unwrap(), document);
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in any::<Vec<u8>>()) {
        prop_assert!(verify(&bytes, None).is_err());
    }
}
