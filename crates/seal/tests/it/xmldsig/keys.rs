//! The keys of replies.

use std::sync::Arc;

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_seal::xmldsig::{ResponseKey, ResponseVerifier, sign, verify_exact};

use super::{KEY, pem, public_pem, reply};

#[test]
fn a_key_is_read_however_it_is_broken_into_lines() {
    let der = KEY.to_pkcs8();
    let bare = STANDARD.encode(&*der);
    let text = pem("PRIVATE KEY", &der);
    let lines: Vec<&str> = text.lines().collect();
    let body = &lines[1..lines.len() - 1];
    let cases = [
        text.clone(),
        text.replace('\n', "\r\n"),
        text.replace('\n', "\r"),
        text.replace('\n', ""),
        text.replace('\n', " \n\t"),
        format!("\r\n  {text}\n\n"),
        bare.clone(),
        format!("{bare}\n"),
        body.join("\n"),
        body.join("\r\n"),
        body.join(" "),
        format!("{}\n{}", lines[0], body.join("\n")),
        format!("{}\n{}", body.join("\n"), lines[lines.len() - 1]),
    ];
    for text in cases {
        let key = ResponseKey::parse(&text).unwrap();
        assert_eq!(key.verifier(), KEY.verifier());
        assert_eq!(*key.to_pkcs8(), *der);
    }

    let public = public_pem(&KEY);
    for text in [
        public.clone(),
        public.replace('\n', "\r\n"),
        public.replace('\n', ""),
    ] {
        assert_eq!(ResponseVerifier::parse(&text).unwrap(), KEY.verifier());
    }
}

/// PKCS#1 lies inside of PKCS#8, behind 26 bytes.
#[test]
fn a_key_of_older_programs_is_read() {
    let der = KEY.to_pkcs8();
    for text in [
        pem("RSA PRIVATE KEY", &der[26..]),
        STANDARD.encode(&der[26..]),
    ] {
        let key = ResponseKey::parse(&text).unwrap();
        assert_eq!(*key.to_pkcs8(), *der);
    }
}

#[test]
fn what_is_no_usable_key_is_refused_without_being_repeated() {
    let der = KEY.to_pkcs8();
    let bare = STANDARD.encode(&*der);
    let text = pem("PRIVATE KEY", &der);
    let public = public_pem(&KEY);
    let flipped = |at: usize| {
        let mut altered = der.to_vec();
        altered[at] ^= 1;
        STANDARD.encode(altered)
    };
    let other = {
        let pair = Ed25519KeyPair::generate().unwrap();
        pem("PRIVATE KEY", pair.to_pkcs8().unwrap().as_ref())
    };
    let cases = [
        String::new(),
        " \r\n".to_owned(),
        "-----BEGIN PRIVATE KEY-----".to_owned(),
        "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----".to_owned(),
        "A secret that is no key".to_owned(),
        bare[1..].to_owned(),
        bare[..bare.len() - 4].to_owned(),
        bare[..100].to_owned(),
        format!("{bare}{bare}"),
        STANDARD.encode([&der[..], &der].concat()),
        STANDARD.encode([&der[..], &[0]].concat()),
        format!("{bare}!"),
        format!("{text}{text}"),
        text.replace("BEGIN PRIVATE", "BEGIN ENCRYPTED PRIVATE"),
        text.replace("BEGIN PRIVATE", "BEGIN RSA PRIVATE"),
        text.replace("BEGIN", "begin"),
        text.replace('\n', "\\n"),
        text.replace('\n', "\u{a0}"),
        public.clone(),
        other,
        flipped(0),
        flipped(22),
        flipped(60),
        flipped(der.len() / 2),
        flipped(der.len() - 1),
        "A".repeat(32 * 1024 + 1),
    ];
    for text in cases {
        let error = ResponseKey::parse(&text).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(
            text.len() < 8 || !shown.contains(&text[..8]),
            "{shown} repeats {text}"
        );
    }
    assert!(ResponseKey::from_pkcs8(&der[1..]).is_err());
    assert!(ResponseKey::from_pkcs8(&[]).is_err());

    for text in [
        "",
        "x",
        text.as_str(),
        &public[..200],
        &public.replace('A', "B"),
    ] {
        assert!(ResponseVerifier::parse(text).is_err());
    }
    assert!(ResponseVerifier::parse(&pem("PUBLIC KEY", &small_public_key())).is_err());
}

/// A SubjectPublicKeyInfo of 1024 bits.
fn small_public_key() -> Vec<u8> {
    let head = [
        0x30, 0x81, 0x9f, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
        0x01, 0x05, 0x00, 0x03, 0x81, 0x8d, 0x00, 0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00,
    ];
    let exponent = [0x02, 0x03, 0x01, 0x00, 0x01];
    [&head[..], &[0xc5; 128], &exponent].concat()
}

#[test]
fn a_key_does_not_print_and_is_shared() {
    assert_eq!(format!("{:?}", *KEY), "ResponseKey(…)");
    let shown = format!("{:?}", KEY.verifier());
    assert!(shown.starts_with("ResponseVerifier(") && shown.len() < 90);

    let key = Arc::new(ResponseKey::from_pkcs8(&KEY.to_pkcs8()).unwrap());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let key = Arc::clone(&key);
            std::thread::spawn(move || sign(reply("<ns2:infos/>").as_bytes(), &key).unwrap())
        })
        .collect();
    for thread in threads {
        verify_exact(&thread.join().unwrap(), &KEY.verifier()).unwrap();
    }
}
