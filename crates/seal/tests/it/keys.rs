//! Signatures.

use leasehold_seal::keys::{PublicKey, SigningKey};

#[test]
fn a_stored_key_signs_as_before() {
    let (key, pkcs8) = SigningKey::generate().unwrap();
    let again = SigningKey::from_pkcs8(&pkcs8).unwrap();
    assert_eq!(again.public(), key.public());
    assert_eq!(again.sign("a", b"text"), key.sign("a", b"text"));
    assert!(SigningKey::from_pkcs8(&pkcs8[1..]).is_err());
}

#[test]
fn a_signature_holds_for_its_key_domain_and_bytes_only() {
    let (key, _) = SigningKey::generate().unwrap();
    let (other, _) = SigningKey::generate().unwrap();
    let signature = key.sign("domain", b"text");
    assert!(key.public().verifies("domain", b"text", &signature));
    assert!(!other.public().verifies("domain", b"text", &signature));
    assert!(!key.public().verifies("domains", b"text", &signature));
    assert!(!key.public().verifies("domai", b"ntext", &signature));
    assert!(!key.public().verifies("domain", b"texts", &signature));
    assert!(!key.public().verifies("domain", b"text", &signature[1..]));
    assert!(!key.public().verifies("", b"", b""));
}

#[test]
fn a_fingerprint_is_the_digest_of_the_key() {
    assert_eq!(
        PublicKey([0; 32]).fingerprint(),
        "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
    );
}

#[test]
fn a_signing_key_does_not_print() {
    let (key, _) = SigningKey::generate().unwrap();
    let shown = format!("{key:?}");
    assert_eq!(shown, format!("SigningKey({})", key.public().fingerprint()));
}
