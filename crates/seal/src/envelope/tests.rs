//! What needs a cheap work factor, or to look inside.

use super::*;

const CHEAP: u8 = 2;

fn header(recipient: RecipientKind) -> Header {
    Header {
        package: "0193-id".to_owned(),
        created: "2026-11-22T10:00:00.000Z".to_owned(),
        generation: 3,
        minimum_agent: "0.1.0".to_owned(),
        vendor: "V<1>&\"".to_owned(),
        product: "P 1".to_owned(),
        licensee_count: 2,
        licensee_digest: [7; 32],
        recipient,
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

#[test]
fn a_passphrase_opens_what_it_sealed_and_no_other_does() {
    let (key, _) = SigningKey::generate().unwrap();
    let right = secret("correct horse");
    let file = seal_with(
        &header(RecipientKind::Passphrase),
        b"the document",
        Lock::Passphrase(&right),
        &key,
        CHEAP,
    )
    .unwrap();
    let verified = verify(&file, Some(&key.public())).unwrap();
    assert_eq!(
        verified.open(Lock::Passphrase(&right)).unwrap(),
        b"the document"
    );
    let wrong = verified.open(Lock::Passphrase(&secret("correct hors")));
    assert!(matches!(wrong, Err(EnvelopeError::WrongPassphrase)));
    let missing = verified.open(Lock::None);
    assert!(matches!(missing, Err(EnvelopeError::PassphraseMissing)));
}

#[test]
fn sealing_by_passphrase_takes_the_work_factor_of_the_specification() {
    let (key, _) = SigningKey::generate().unwrap();
    let passphrase = secret("correct horse");
    let lock = Lock::Passphrase(&passphrase);
    let file = seal(&header(RecipientKind::Passphrase), b"x", lock, &key).unwrap();
    let payload = verify(&file, None).unwrap().payload;
    let text = String::from_utf8_lossy(&payload);
    let stanza = text.lines().nth(1).unwrap();
    assert!(
        stanza.starts_with("-> scrypt ") && stanza.ends_with(" 17"),
        "{stanza}"
    );
}

#[test]
fn excessive_work_is_refused_before_it_is_done() {
    let (key, _) = SigningKey::generate().unwrap();
    let passphrase = secret("correct horse");
    let mut verified = {
        let lock = Lock::Passphrase(&passphrase);
        let file = seal_with(&header(RecipientKind::Passphrase), b"x", lock, &key, CHEAP);
        verify(&file.unwrap(), None).unwrap()
    };
    let stanza_end = verified.payload.windows(3).position(|at| at == b" 2\n");
    let at = stanza_end.unwrap();
    verified.payload.splice(at..at + 3, *b" 21\n");
    let refused = verified.open(Lock::Passphrase(&passphrase));
    assert!(
        matches!(refused, Err(EnvelopeError::Limit(_))),
        "{refused:?}"
    );
}

#[test]
fn inflating_stops_at_its_limit() {
    let deflated = payload::seal(&vec![0; 100_000], &Lock::None, CHEAP).unwrap();
    assert!(deflated.len() < 1000);
    assert!(payload::inflate(&deflated, 100_000).is_ok());
    let bomb = payload::inflate(&deflated, 99_999);
    assert!(matches!(bomb, Err(EnvelopeError::Limit(_))), "{bomb:?}");
}

#[test]
fn the_byte_form_is_that_of_the_specification() {
    let signed = form::write_header(&header(RecipientKind::None), &[0xab; 32]);
    let file = form::write(&signed, b"\x01\x02", &PublicKey([0; 32]), &[0; 64]);
    let expected = format!(
        "<netlicensing-assets xmlns=\"urn:leasehold:assets:1\" version=\"1\"><header>\
         <package id=\"0193-id\" created=\"2026-11-22T10:00:00.000Z\" generation=\"3\" minimumAgent=\"0.1.0\"/>\
         <vendor number=\"V&lt;1&gt;&amp;&quot;\"/><product number=\"P 1\"/>\
         <licensees count=\"2\" digest=\"{}\"/><recipient type=\"none\"/>\
         <payload digest=\"{}\" compression=\"deflate\"/></header><payload>AQI=</payload>\
         <signature alg=\"Ed25519\" keyId=\"{}=\">{}==</signature></netlicensing-assets>",
        "07".repeat(32),
        "ab".repeat(32),
        "A".repeat(43),
        "A".repeat(86),
    );
    assert_eq!(String::from_utf8(file).unwrap(), expected);
}
