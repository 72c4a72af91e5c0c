//! Replies that other programs signed, judged as they were measured. They are not copied into this
//! project: `LEASEHOLD_FIXTURES` says where they lie, and by default they lie beside it.

use std::fs;
use std::path::{Path, PathBuf};

use leasehold_seal::xmldsig::{ResponseVerifier, XmlDsigError, verify, verify_exact};

/// The file of the samples of NetLicensing.
pub(super) fn path(name: &str) -> PathBuf {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let fixtures = std::env::var_os("LEASEHOLD_FIXTURES").map_or(default, PathBuf::from);
    let path = fixtures.join("netlicensing").join(name);
    assert!(
        path.exists(),
        "no fixtures at {}: set LEASEHOLD_FIXTURES to their directory",
        path.display()
    );
    path
}

fn read(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap()
}

pub(super) fn key() -> ResponseVerifier {
    let text = String::from_utf8(read("java-xmldsig/rsa_public.pem")).unwrap();
    ResponseVerifier::parse(&text).unwrap()
}

#[test]
fn replies_that_others_signed_are_judged_as_they_were_measured() {
    let key = key();
    let not_exact = Err(XmlDsigError::NotExact);
    // Of the exact form but for its algorithms are those with SHA-1.
    let cases = [
        ("java-xmldsig/xml-signed-nlic-01.xml", not_exact),
        ("signature-variants/a_ns2_sha1.xml", not_exact),
        ("signature-variants/b_ns2_sha256.xml", Ok(())),
        ("signature-variants/c_ns2_sha256_whitespace.xml", not_exact),
        ("signature-variants/d_default_ds_sha256.xml", not_exact),
        ("signature-variants/g_ns2_sha256_unknownattr.xml", not_exact),
    ];
    for (name, exact) in cases {
        let document = read(name);
        assert_eq!(verify(&document, &key), Ok(()), "{name}");
        assert_eq!(verify_exact(&document, &key), exact, "{name}");
    }
    let variants = fs::read_dir(path("signature-variants")).unwrap().count();
    assert_eq!(variants, 5, "a variant is not judged");

    let unsigned = read("java-xmldsig/xml-not-signed.xml");
    assert_eq!(verify(&unsigned, &key), Err(XmlDsigError::Unsigned));
}

#[test]
fn an_altered_reply_of_others_is_refused() {
    let key = key();
    for name in [
        "java-xmldsig/xml-signed-nlic-01.xml",
        "signature-variants/a_ns2_sha1.xml",
        "signature-variants/b_ns2_sha256.xml",
    ] {
        let document = String::from_utf8(read(name)).unwrap();
        let altered = document.replacen("\"valid\">true", "\"valid\">false", 1);
        assert_eq!(
            verify(altered.as_bytes(), &key),
            Err(XmlDsigError::Altered),
            "{name}"
        );
        let altered = document.replacen("<DigestValue>", "<DigestValue>A", 1);
        assert!(verify(altered.as_bytes(), &key).is_err(), "{name}");
        let other = super::KEY.verifier();
        assert_eq!(
            verify(document.as_bytes(), &other),
            Err(XmlDsigError::OtherKey),
            "{name}"
        );
    }
}
