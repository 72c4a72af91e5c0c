//! Signed replies.

mod c14n;
mod fixtures;
mod judges;
mod keys;
mod replies;

use std::fmt::Write;
use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_seal::xmldsig::{ResponseKey, XmlDsigError, sign, verify, verify_exact};

/// Making one takes a while.
static KEY: LazyLock<ResponseKey> = LazyLock::new(generate);

fn generate() -> ResponseKey {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    ResponseKey::from_pkcs8(pair.as_der().unwrap().as_ref()).unwrap()
}

fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in base64.as_bytes().chunks(64) {
        writeln!(text, "{}", std::str::from_utf8(line).unwrap()).unwrap();
    }
    writeln!(text, "-----END {label}-----").unwrap();
    text
}

fn public_pem(key: &ResponseKey) -> String {
    let pair = RsaKeyPair::from_pkcs8(&key.to_pkcs8()).unwrap();
    pem("PUBLIC KEY", pair.public_key().as_der().unwrap().as_ref())
}

const HEAD: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<ns2:netlicensing xmlns="http://www.w3.org/2000/09/xmldsig#""#,
    r#" xmlns:ns2="http://netlicensing.labs64.com/schema/context""#,
);

/// A reply around `content`.
fn reply(content: &str) -> String {
    format!("{HEAD} ttl=\"2026-12-28T22:53:06.680Z\">{content}</ns2:netlicensing>")
}

/// A reply with every element and every escape.
fn full_reply() -> String {
    reply(
        "<ns2:infos><ns2:info id=\"a\" type=\"warning\">1 &lt; 2</ns2:info>\
         <ns2:info id=\"\" type=\"info\"></ns2:info></ns2:infos>\
         <ns2:items pagenumber=\"0\" itemsnumber=\"1\" totalpages=\"1\" totalitems=\"1\" \
         hasnext=\"false\"><ns2:item type=\"ProductModuleValidation\">\
         <ns2:property name=\"n&amp;&lt;&gt;&quot;&#x9;&#xA;&#xD;'é\">a &amp; \
         'b' \"c\" &lt;&gt; é€\u{1f600}\t\n&#xD; &#38;</ns2:property>\
         <ns2:property name=\"empty\"></ns2:property>\
         <ns2:list name=\"l\"><ns2:property name=\"x\"> </ns2:property>\
         <ns2:list name=\"m\"/></ns2:list></ns2:item><ns2:item type=\"Licensee\"/></ns2:items>",
    )
    .replace("&#38;", "&amp;")
}

#[test]
fn what_is_signed_verifies_and_is_otherwise_as_it_was() {
    let verifier = KEY.verifier();
    let other = generate().verifier();
    for document in [
        reply("<ns2:infos/>"),
        reply("<ns2:infos/><ns2:items/>"),
        full_reply(),
        format!("{HEAD}><ns2:infos/></ns2:netlicensing>"),
        format!("{HEAD} id=\"&gt;\" ttl=\"\"><ns2:infos/></ns2:netlicensing>"),
    ] {
        let signed = sign(document.as_bytes(), &KEY).unwrap();
        verify(&signed, &verifier).unwrap();
        verify_exact(&signed, &verifier).unwrap();
        assert_eq!(verify(&signed, &other), Err(XmlDsigError::OtherKey));
        assert_eq!(
            verify(document.as_bytes(), &verifier),
            Err(XmlDsigError::Unsigned)
        );
        assert_eq!(sign(&signed, &KEY), Err(XmlDsigError::NotExact));
        // Nothing in it is random.
        assert_eq!(sign(document.as_bytes(), &KEY).unwrap(), signed);

        let signed = String::from_utf8(signed).unwrap();
        let (before, rest) = signed.split_once("<Signature>").unwrap();
        let (signature, behind) = rest.split_once("</Signature>").unwrap();
        assert_eq!(format!("{before}{behind}"), document);
        assert!(before.ends_with('>') && !behind.starts_with("</ns2:netlicensing"));
        assert!(!signature.contains(['\n', '\r']));
    }
}

/// Each element of the signature stands where the original writes it.
#[test]
fn a_signature_has_the_form_of_the_original() {
    let signed = sign(reply("<ns2:infos/>").as_bytes(), &KEY).unwrap();
    let signed = String::from_utf8(signed).unwrap();
    let cut = |text: &str, from: &str, to: &str| {
        let (before, rest) = text.split_once(from).unwrap();
        let (_, behind) = rest.split_once(to).unwrap();
        format!("{before}{from}…{to}{behind}")
    };
    let shown = cut(&signed, "<DigestValue>", "</DigestValue>");
    let shown = cut(&shown, "<SignatureValue>", "</SignatureValue>");
    let (_, shown) = shown.split_once("680Z\">").unwrap();
    assert_eq!(
        shown,
        "<Signature><SignedInfo><CanonicalizationMethod \
         Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments\"/>\
         <SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\
         <Reference URI=\"\"><Transforms><Transform \
         Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/></Transforms>\
         <DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
         <DigestValue>…</DigestValue></Reference></SignedInfo>\
         <SignatureValue>…</SignatureValue></Signature><ns2:infos/></ns2:netlicensing>"
    );
}

/// The law of `verify_exact`: not one byte can be changed, taken out or put in.
#[test]
fn every_change_of_one_byte_is_refused() {
    let verifier = KEY.verifier();
    let document = reply(
        "<ns2:infos/><ns2:items><ns2:item type=\"P\"><ns2:property name=\"a\">&amp; é</ns2:property>\
         <ns2:property name=\"b\"></ns2:property></ns2:item></ns2:items>",
    );
    let signed = sign(document.as_bytes(), &KEY).unwrap();
    let refused = |altered: &[u8], at: usize| {
        assert!(
            verify_exact(altered, &verifier).is_err(),
            "byte {at}: {}",
            String::from_utf8_lossy(altered)
        );
    };
    let bytes = if std::env::var_os("LEASEHOLD_LONG").is_some() {
        (0..=255).collect()
    } else {
        b" \t\n\r\"'<>/&=A+\0".to_vec()
    };
    let mut count = 0;
    for at in 0..signed.len() {
        let mut altered = signed.clone();
        altered.remove(at);
        refused(&altered, at);
        altered.insert(at, signed[at] ^ 0x20);
        refused(&altered, at);
        altered[at] = signed[at] ^ 1;
        refused(&altered, at);
        for &byte in &bytes {
            if byte != signed[at] {
                altered[at] = byte;
                refused(&altered, at);
            }
            altered[at] = signed[at];
            altered.insert(at, byte);
            refused(&altered, at);
            altered.remove(at);
        }
        count += 1;
    }
    assert_eq!(count, signed.len());
    for byte in bytes {
        let longer = [&signed, &[byte][..]].concat();
        refused(&longer, count);
    }
}

/// What canonical XML forgives: the standard takes it, the exact form does not.
#[test]
fn another_layout_is_verified_and_is_not_exact() {
    let verifier = KEY.verifier();
    let signed = sign(full_reply().as_bytes(), &KEY).unwrap();
    let signed = String::from_utf8(signed).unwrap();
    let cases = [
        (HEAD, HEAD.split_once("?>").unwrap().1),
        ("standalone=\"yes\"?>", "standalone=\"yes\"?>\n"),
        (" standalone=\"yes\"", ""),
        ("<?xml", "\u{feff}<?xml"),
        ("\"?><ns2", "\"?><!-- c --><ns2"),
        (" ttl=", "\tttl="),
        (" ttl=", "  ttl="),
        (
            " ttl=\"2026-12-28T22:53:06.680Z\"",
            " ttl='2026-12-28T22:53:06.680Z'",
        ),
        ("680Z\">", "680Z\" >"),
        ("680Z", "680&#90;"),
        (
            "<ns2:info id=\"a\" type=\"warning\">",
            "<ns2:info type=\"warning\" id=\"a\">",
        ),
        ("<ns2:list name=\"m\"/>", "<ns2:list name=\"m\"></ns2:list>"),
        ("<ns2:list name=\"m\"/>", "<ns2:list name=\"m\" />"),
        (
            "<ns2:property name=\"empty\"></ns2:property>",
            "<ns2:property name=\"empty\"/>",
        ),
        ("</ns2:infos>", "</ns2:infos >"),
        ("</ns2:infos>", "<!-- c --></ns2:infos>"),
        ("1 &lt; 2", "1 <!-- c -->&lt; 2"),
        ("1 &lt; 2", "1 &#60; 2"),
        ("1 &lt; 2", "<![CDATA[1 < 2]]>"),
        ("&#xD;", "&#13;"),
        ("\t\n&#xD;", "\t\r\n&#xD;"),
        ("\t\n&#xD;", "\t\r&#xD;"),
        ("'b'", "&apos;b&apos;"),
        ("\"c\"", "&quot;c&quot;"),
        (
            "<ns2:infos>",
            "<ns2:infos xmlns:ns2=\"http://netlicensing.labs64.com/schema/context\">",
        ),
        ("</Signature>", "\n</Signature>"),
        ("</SignedInfo>", "</SignedInfo><!-- c -->"),
        ("<Reference URI=\"\">", "<Reference URI=''>"),
        ("=</DigestValue>", "=</DigestValue >"),
        ("<SignatureValue>", "<SignatureValue>\n"),
        ("==</SignatureValue>", "= =</SignatureValue>"),
        ("</ns2:netlicensing>", "</ns2:netlicensing>\n"),
        ("</ns2:netlicensing>", "</ns2:netlicensing><!-- c -->"),
    ];
    for (found, replacement) in cases {
        let altered = signed.replacen(found, replacement, 1);
        assert_ne!(altered, signed, "{found}");
        assert_eq!(
            verify(altered.as_bytes(), &verifier),
            Ok(()),
            "{replacement}"
        );
        assert_eq!(
            verify_exact(altered.as_bytes(), &verifier),
            Err(XmlDsigError::NotExact),
            "{replacement}"
        );
    }
}

#[test]
fn what_the_standard_does_not_forgive_is_altered() {
    let verifier = KEY.verifier();
    let signed = sign(full_reply().as_bytes(), &KEY).unwrap();
    let signed = String::from_utf8(signed).unwrap();
    let cases = [
        ("680Z", "681Z", XmlDsigError::Altered),
        ("<ns2:infos>", " <ns2:infos>", XmlDsigError::Altered),
        ("<ns2:infos>", "<ns2:infos><?p?>", XmlDsigError::Altered),
        ("?><ns2", "?><?p?><ns2", XmlDsigError::Altered),
        ("<Signature>", "\n<Signature>", XmlDsigError::Altered),
        (
            " xmlns:ns2",
            " xmlns:x=\"urn:x\" xmlns:ns2",
            XmlDsigError::OtherKey,
        ),
        ("<SignedInfo>", "<SignedInfo> ", XmlDsigError::OtherKey),
        (
            "<SignedInfo>",
            "<SignedInfo><!-- c -->",
            XmlDsigError::OtherKey,
        ),
        (
            "=</DigestValue>",
            "=\n</DigestValue>",
            XmlDsigError::OtherKey,
        ),
    ];
    for (found, replacement, expected) in cases {
        let altered = signed.replacen(found, replacement, 1);
        assert_ne!(altered, signed, "{found}");
        assert_eq!(
            verify(altered.as_bytes(), &verifier),
            Err(expected),
            "{replacement}"
        );
    }
}

/// A genuine signature that is moved, doubled, hidden, or that says something else.
#[test]
fn wrapped_signatures_are_refused() {
    let verifier = KEY.verifier();
    let signed = sign(full_reply().as_bytes(), &KEY).unwrap();
    let signed = String::from_utf8(signed).unwrap();
    let (before, rest) = signed.split_once("<Signature>").unwrap();
    let (inside, behind) = rest.split_once("</Signature>").unwrap();
    let signature = format!("<Signature>{inside}</Signature>");
    let (content, _) = behind.split_once("</ns2:netlicensing>").unwrap();
    let (declaration, root) = signed.split_once("?>").unwrap();
    let forged = "<ns2:infos/><ns2:items/>";
    let end = "</ns2:netlicensing>";

    let whole = [
        ("moved behind", format!("{before}{content}{signature}{end}")),
        (
            "moved inside",
            format!("{before}<ns2:infos>{signature}</ns2:infos>{end}"),
        ),
        (
            "doubled",
            format!("{before}{signature}{signature}{content}{end}"),
        ),
        (
            "another below",
            format!("{before}{signature}{content}<ns2:x>{signature}</ns2:x>{end}"),
        ),
        (
            "an empty one below",
            format!("{before}{signature}{content}<Signature/>{end}"),
        ),
        (
            "one in front",
            format!("{before}<Signature/>{signature}{content}{end}"),
        ),
        (
            "an element in front",
            format!("{before}<ns2:infos/>{signature}{content}{end}"),
        ),
        (
            "around it all",
            format!("{before}{signature}{forged}<ns2:x>{root}</ns2:x>{end}"),
        ),
        (
            "the original inside",
            format!("{before}{signature}{forged}<ns2:x>{content}</ns2:x>{end}"),
        ),
        (
            "the original in an object",
            format!(
                "{before}<Signature>{inside}<Object>{content}</Object></Signature>{forged}{end}"
            ),
        ),
        ("the root inside", format!("{declaration}?><x>{root}</x>")),
        ("other content", format!("{before}{signature}{forged}{end}")),
        ("a DTD", signed.replacen("?><", "?><!DOCTYPE x><", 1)),
        (
            "an entity",
            signed.replacen("?><", "?><!DOCTYPE x [<!ENTITY e \"\">]><", 1),
        ),
    ];
    for (name, document) in whole {
        let verdict = verify(document.as_bytes(), &verifier);
        assert!(verdict.is_err(), "{name}");
        assert_ne!(
            verdict,
            Err(XmlDsigError::Unreadable("not well-formed")),
            "{name}"
        );
        assert!(
            verify_exact(document.as_bytes(), &verifier).is_err(),
            "{name}"
        );
    }

    let c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
    let more = "<Transform Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/>";
    let info = format!(
        "<SignedInfo>{}",
        inside.split_once("<SignedInfo>").unwrap().1
    );
    let info = format!(
        "{}</SignedInfo>",
        info.split_once("</SignedInfo>").unwrap().0
    );
    let reference = format!("<Reference{}", info.split_once("<Reference").unwrap().1);
    let reference = reference.strip_suffix("</SignedInfo>").unwrap();
    let parts = [
        (" URI=\"\"", String::new()),
        (" URI=\"\"", " URI=\"#x\"".to_owned()),
        (" URI=\"\"", " URI=\"file.xml\"".to_owned()),
        (" URI=\"\"", " URI=\"#xpointer(/)\"".to_owned()),
        (" URI=\"\"", " URI=\"\" Id=\"x\"".to_owned()),
        (" URI=\"\"", " URI=\"\" Type=\"urn:x\"".to_owned()),
        (reference, format!("{reference}{reference}")),
        (reference, String::new()),
        (&info, format!("{info}{info}")),
        (&info, String::new()),
        ("<Signature>", "<Signature Id=\"x\">".to_owned()),
        ("<SignedInfo>", "<SignedInfo Id=\"x\">".to_owned()),
        ("<SignatureValue>", "<SignatureValue Id=\"x\">".to_owned()),
        ("<SignatureValue>", "<SignatureValue><!-- c -->".to_owned()),
        ("<SignatureValue>", "<SignatureValue>=".to_owned()),
        ("<SignatureValue>", "<SignatureValue>é".to_owned()),
        ("<SignatureValue>", "<SignatureValue><x/>".to_owned()),
        ("==</SignatureValue>", "</SignatureValue>".to_owned()),
        ("==</SignatureValue>", "===</SignatureValue>".to_owned()),
        ("</SignatureValue>", "</SignatureValue>text".to_owned()),
        (
            "</SignatureValue>",
            "</SignatureValue><KeyInfo/>".to_owned(),
        ),
        ("</SignatureValue>", "</SignatureValue><Object/>".to_owned()),
        ("</Transforms>", format!("{more}</Transforms>")),
        ("<Transforms>", format!("<Transforms>{more}")),
        ("#enveloped-signature", "#base64".to_owned()),
        (c14n, "http://www.w3.org/2001/10/xml-exc-c14n#".to_owned()),
        (c14n, "http://www.w3.org/2006/12/xml-c14n11".to_owned()),
        (c14n, String::new()),
        (
            "xmldsig-more#rsa-sha256",
            "xmldsig-more#hmac-sha256".to_owned(),
        ),
        (
            "xmldsig-more#rsa-sha256",
            "xmldsig-more#rsa-sha512".to_owned(),
        ),
        (
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1".to_owned(),
        ),
        (
            "http://www.w3.org/2001/04/xmlenc#sha256",
            "http://www.w3.org/2000/09/xmldsig#sha1".to_owned(),
        ),
        (
            "#rsa-sha256\"/>",
            "#rsa-sha256\">1</SignatureMethod>".to_owned(),
        ),
        ("#rsa-sha256\"/>", "#rsa-sha256\" x=\"\"/>".to_owned()),
    ];
    for (found, replacement) in parts {
        let altered = signed.replacen(found, &replacement, 1);
        assert_ne!(altered, signed, "{found}");
        let verdict = verify(altered.as_bytes(), &verifier);
        assert!(
            matches!(verdict, Err(XmlDsigError::Form(_))),
            "{found} {replacement}: {verdict:?}"
        );
    }
}

/// A value that is the modulus larger is congruent, and another text.
#[test]
fn only_one_value_and_one_text_of_it_are_a_signature() {
    let verifier = KEY.verifier();
    let signed = sign(reply("<ns2:infos/>").as_bytes(), &KEY).unwrap();
    let signed = String::from_utf8(signed).unwrap();
    let (before, rest) = signed.split_once("<SignatureValue>").unwrap();
    let (value, behind) = rest.split_once("</SignatureValue>").unwrap();
    let bytes = STANDARD.decode(value).unwrap();
    let with = |value: &str| format!("{before}<SignatureValue>{value}</SignatureValue>{behind}");
    assert_eq!(with(value), signed);
    let longer = STANDARD.encode([&[0], bytes.as_slice()].concat());
    let shorter = STANDARD.encode(&bytes[1..]);
    // The last character before the padding holds four bits that mean nothing.
    let last = value.as_bytes()[value.len() - 3];
    let loose = format!("{}{}==", &value[..value.len() - 3], char::from(last + 1));
    for value in [longer, shorter, loose, String::new()] {
        let verdict = verify(with(&value).as_bytes(), &verifier);
        assert!(
            matches!(verdict, Err(XmlDsigError::OtherKey | XmlDsigError::Form(_))),
            "{value}: {verdict:?}"
        );
    }
}

#[test]
fn only_a_reply_of_our_form_is_signed() {
    let content = "<ns2:infos/><ns2:items><ns2:item type=\"a\"/></ns2:items>";
    let good = reply(content);
    sign(good.as_bytes(), &KEY).unwrap();
    let cases = [
        ("<ns2:infos/>", "<ns2:infos></ns2:infos>"),
        ("<ns2:infos/>", "<ns2:infos/>\n"),
        ("<ns2:infos/>", "<ns2:infos/>text"),
        ("<ns2:infos/>", "<ns2:infos/><!-- c -->"),
        ("<ns2:infos/>", "<ns2:infos/><?p?>"),
        ("<ns2:infos/>", "<ns2:other/>"),
        ("<ns2:infos/>", "<Signature/>"),
        ("<ns2:infos/>", "<Other/>"),
        ("type=\"a\"", "type=\"a\" foo=\"1\""),
        ("type=\"a\"", "type='a'"),
        ("type=\"a\"", "ns2:type=\"a\""),
        ("ns2", "ns3"),
        (" standalone=\"yes\"", ""),
        (content, ""),
    ];
    for (found, replacement) in cases {
        let document = good.replace(found, replacement);
        assert_ne!(document, good, "{found}");
        assert_eq!(
            sign(document.as_bytes(), &KEY),
            Err(XmlDsigError::NotExact),
            "{replacement}"
        );
    }
    let empty = format!("{HEAD}/>");
    assert_eq!(sign(empty.as_bytes(), &KEY), Err(XmlDsigError::NotExact));
    assert!(sign(b"", &KEY).is_err());
}
