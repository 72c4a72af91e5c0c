//! Programs that are not ours have the last word: `xmllint` on canonical XML, `xmlsec1` and the
//! JDK on signatures. `script/setup --all` installs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use leasehold_seal::xmldsig::c14n::{Comments, canonical};
use leasehold_seal::xmldsig::{XmlDsigError, sign, verify, verify_exact};
use leasehold_wire::xml;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use super::{KEY, fixtures, full_reply, pem, public_pem, replies, reply};

/// Files for the judges, which are gone with it.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn run(command: &mut Command) -> Output {
    let output = command.output();
    output.unwrap_or_else(|error| panic!("{command:?}: {error}; script/setup --all installs it"))
}

/// The canonical form, with comments. `None`: there is none.
fn xmllint(bench: &Bench, document: &[u8]) -> Option<Vec<u8>> {
    let file = bench.put("document.xml", document);
    let output = run(Command::new("xmllint")
        .args(["--nonet", "--c14n"])
        .arg(file));
    output.status.success().then_some(output.stdout)
}

fn xmlsec1_takes(bench: &Bench, document: &[u8], key: &Path) -> bool {
    let file = bench.put("signed.xml", document);
    let mut command = Command::new("xmlsec1");
    command
        .args(["--verify", "--pubkey-pem"])
        .arg(key)
        .arg(file);
    run(&mut command).status.success()
}

/// The words "accepted" or "refused", one for each file.
fn java(options: &[&str], key: &Path, files: &[PathBuf]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let judge = root.join("target/clients/java/judge");
    assert!(
        judge.is_file(),
        "the judge is not built: script/setup --all"
    );
    let mut command = Command::new("java");
    command.arg(format!("@{}", judge.display())).args(options);
    let output = run(command.arg(key).args(files));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let words = told
        .lines()
        .map(|line| line.split(' ').next().unwrap().to_owned());
    words.collect()
}

fn signed(content: &str) -> Vec<u8> {
    sign(reply(content).as_bytes(), &KEY).unwrap()
}

/// One of everything that a reply can hold, and characters of every kind.
fn signed_replies() -> Vec<Vec<u8>> {
    let property = |text: &str| {
        format!(
            "<ns2:infos/><ns2:items><ns2:item type=\"a\"><ns2:property name=\"b\">{text}\
             </ns2:property></ns2:item></ns2:items>"
        )
    };
    let mut replies = vec![
        sign(full_reply().as_bytes(), &KEY).unwrap(),
        signed("<ns2:infos/>"),
        signed("<ns2:infos/><ns2:items/>"),
        signed(&property("")),
        signed(&property(" ")),
        signed(&property("\n\t \u{85}\u{a0}\u{2028}\u{7f}")),
        signed(&property("a &#xD;\n b&#xD;")),
        signed(&property("]]&gt; &amp;amp; &lt;![CDATA[ ' \"")),
        signed(&property("\u{fffd}\u{d7ff}\u{e000}\u{10ffff}é\u{301}")),
    ];
    for ttl in [
        "2026-12-28T22:53:06Z",
        "2026-12-28T22:53:06.6Z",
        "2026-12-28T22:53:06.000Z",
    ] {
        let document = reply("<ns2:infos/>").replace("2026-12-28T22:53:06.680Z", ttl);
        replies.push(sign(document.as_bytes(), &KEY).unwrap());
    }
    replies
}

#[test]
fn xmllint_finds_the_same_canonical_form() {
    let bench = Bench::new();
    let mut documents: Vec<Vec<u8>> = signed_replies();
    for directory in ["java-mock", "java-xmldsig", "signature-variants"] {
        for entry in fs::read_dir(fixtures::path(directory)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "xml") {
                documents.push(fs::read(path).unwrap());
            }
        }
    }
    let by_hand = [
        "<a/>",
        "<?p?><!-- c --><a/><!-- d --><?q r?>",
        "\u{feff}<?xml version='1.0'?>\n<a/>\n",
        "<a>\r\n<b c='\r\n\t'/>\r</a>",
        "<a>&#xD;\r\n&#xD;&#xD;\n&#xA;\r</a>",
        "<a b='&#xD;&#xA;&#x9;&#x20;&lt;&gt;&quot;&apos;&amp;'>&lt;&gt;&quot;&apos;&amp;</a>",
        "<a>x<![CDATA[<&>]]>y<![CDATA[]]>z<![CDATA[\r\n]]></a>",
        "<a xmlns='urn:a'><b xmlns=''><c xmlns='urn:a'/></b></a>",
        "<p:a xmlns:p='urn:p' xmlns:q='urn:q'><q:b xmlns:p='urn:p' xmlns:q='urn:r' q:c='' p:c='' c=''/></p:a>",
        "<a xmlns:z='urn:a' xmlns:y='urn:b' z:a='1' y:b='2' b='3' a='4' xml:lang='de'/>",
        "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:space='preserve'> </a>",
        "<a é='ü' ſ='1' \u{10000}='2' \u{ffd}='3'>\u{10ffff}</a>",
        "<a ><b\n/></a\n>",
    ];
    documents.extend(by_hand.map(|document| document.as_bytes().to_vec()));
    for document in &documents {
        let shown = String::from_utf8_lossy(document);
        let expected = xmllint(&bench, document).unwrap_or_else(|| panic!("{shown}"));
        let written = canonical(document, Comments::Keep).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&written),
            String::from_utf8_lossy(&expected),
            "{shown}"
        );
    }
}

/// A document of a few nested elements, with everything that canonical XML treats on its own.
fn element() -> impl Strategy<Value = String> {
    const DECLARED: &[&str] = &[
        "",
        " xmlns=''",
        " xmlns='urn:d'",
        "\txmlns:p = \"urn:q\"",
        " xmlns:p='urn:p'",
    ];
    const ATTRIBUTES: &[&str] = &[
        "",
        " b='&#9;1&#10;'",
        " a='x\ty'",
        "\n p:a='\"'",
        " xml:lang='e\u{301}n'",
        " q:b='&lt;'",
        " Z=''",
    ];
    const LEAVES: &[&str] = &[
        "t",
        " ",
        "\r\n",
        "&#13;",
        "&amp;&gt;",
        "<!--c-->",
        "<?p  q?>",
        "<![CDATA[<]]>",
        "<x/>",
        "é",
        "<p:y/>",
    ];
    let start = (
        prop::sample::select(&["a", "p:a", "q:a"][..]),
        prop::sample::select(DECLARED),
        prop::sample::subsequence(ATTRIBUTES, 0..=ATTRIBUTES.len()),
    );
    let leaf = prop::sample::select(LEAVES).prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, move |inner| {
        (start.clone(), prop::collection::vec(inner, 0..4)).prop_map(
            |((name, declared, attributes), children)| {
                let (attributes, children) = (attributes.concat(), children.concat());
                format!("<{name}{declared}{attributes} >{children}</{name}>")
            },
        )
    })
    .prop_map(|content| format!("<root xmlns:p='urn:p' xmlns:q='urn:q2'>{content}</root>"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if std::env::var_os("LEASEHOLD_LONG").is_some() { 5000 } else { 300 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn xmllint_finds_the_same_canonical_form_of_any_document(document in element()) {
        let bench = Bench::new();
        let written = canonical(document.as_bytes(), Comments::Keep).ok();
        let expected = xmllint(&bench, document.as_bytes());
        prop_assert!(expected.is_some(), "{document} is not well-formed");
        prop_assert_eq!(
            written.as_deref().map(String::from_utf8_lossy),
            expected.as_deref().map(String::from_utf8_lossy),
        );
    }
}

#[test]
fn xmlsec1_takes_what_we_sign_and_nothing_that_is_altered() {
    let bench = Bench::new();
    let key = bench.put("key.pem", public_pem(&KEY));
    for document in signed_replies() {
        let shown = String::from_utf8_lossy(&document).into_owned();
        assert!(xmlsec1_takes(&bench, &document, &key), "{shown}");
        let altered = shown.replacen("<ns2:infos", "<?p?><ns2:infos", 1);
        assert_ne!(altered, shown);
        assert!(!xmlsec1_takes(&bench, altered.as_bytes(), &key), "{shown}");
    }
    let other = bench.put("other.pem", public_pem(&super::generate()));
    assert!(!xmlsec1_takes(&bench, &signed("<ns2:infos/>"), &other));
}

/// What the standard says of a document, here and there: comments, scopes and both algorithms.
#[test]
fn we_take_what_xmlsec1_signs() {
    let bench = Bench::new();
    let key = bench.put("private.pem", pem("PRIVATE KEY", &KEY.to_pkcs8()));
    let c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let with_comments = format!("{c14n}#WithComments");
    let sha256 = (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmlenc#sha256",
    );
    let sha1 = (
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#sha1",
    );
    let documents = [
        "<a xmlns:n='urn:n' xml:lang='de'>{}<b n:c='' a=\"'\"/>&#xD;</a>",
        "<?p?><!-- c -->\n<n:a xmlns:n='urn:n' xmlns='urn:d'>\n\t<!-- c -->{}t<!-- d --><b xmlns=''/></n:a><!-- c --><?q r?>",
        "<?xml version='1.0' encoding='UTF-8'?>\r\n<a>{}<![CDATA[<é>]]></a>\r\n",
    ];
    let mut count = 0;
    for document in documents {
        for algorithm in [c14n, &with_comments] {
            for (method, digest) in [sha256, sha1] {
                let template = format!(
                    "<d:Signature xmlns:d='http://www.w3.org/2000/09/xmldsig#'><d:SignedInfo>\
                     <!-- s -->\n<d:CanonicalizationMethod Algorithm='{algorithm}'/>\
                     <d:SignatureMethod Algorithm='{method}'/><d:Reference URI=''><d:Transforms>\
                     <d:Transform Algorithm='http://www.w3.org/2000/09/xmldsig#enveloped-signature'\
                     /></d:Transforms><d:DigestMethod Algorithm='{digest}'/><d:DigestValue/>\
                     </d:Reference></d:SignedInfo><d:SignatureValue/></d:Signature>"
                );
                let file = bench.put("template.xml", document.replacen("{}", &template, 1));
                let mut command = Command::new("xmlsec1");
                command
                    .args(["--sign", "--privkey-pem"])
                    .arg(&key)
                    .arg(file);
                let output = run(&mut command);
                assert!(
                    output.status.success(),
                    "{}",
                    String::from_utf8_lossy(&output.stderr)
                );
                let signed = String::from_utf8(output.stdout).unwrap();
                assert_eq!(
                    verify(signed.as_bytes(), &KEY.verifier()),
                    Ok(()),
                    "{signed}"
                );
                assert_eq!(
                    verify_exact(signed.as_bytes(), &KEY.verifier()),
                    Err(XmlDsigError::NotExact)
                );
                count += 1;
            }
        }
    }
    assert_eq!(count, 12);
}

/// The original's Java client would take what we sign: by its bytes, and after it has unmarshalled
/// and marshalled it.
#[test]
fn java_takes_what_we_sign() {
    let bench = Bench::new();
    let key = bench.put("key.pem", public_pem(&KEY));
    let replies = signed_replies();
    let mut files: Vec<PathBuf> = replies
        .iter()
        .enumerate()
        .map(|(at, document)| bench.put(&format!("{at}.xml"), document))
        .collect();
    let altered = String::from_utf8(replies[0].clone()).unwrap();
    files.push(bench.put("altered.xml", altered.replace("\"empty\"", "\"Empty\"")));
    let mut expected = vec!["accepted"; replies.len()];
    expected.push("refused");

    assert_eq!(java(&["--raw"], &key, &files), expected);
    assert_eq!(java(&[], &key, &files), expected);

    let other = bench.put("other.pem", public_pem(&super::generate()));
    assert_eq!(java(&[], &other, &files[..1]), ["refused"]);
}

/// Whatever text a reply holds. Its `ttl` is a time, as the schema demands: the client drops another.
#[test]
fn java_takes_every_reply_that_we_sign() {
    let bench = Bench::new();
    let key = bench.put("key.pem", public_pem(&KEY));
    let mut runner = TestRunner::deterministic();
    let files: Vec<PathBuf> = (0..200)
        .map(|at| {
            let mut context = replies::context().new_tree(&mut runner).unwrap().current();
            context.ttl = Some("2026-12-28T22:53:06.680Z".to_owned());
            let document = xml::write(&context);
            bench.put(&format!("{at}.xml"), sign(&document, &KEY).unwrap())
        })
        .collect();
    assert_eq!(java(&[], &key, &files), ["accepted"; 200]);
}

/// That the judge judges as the client was measured to do.
#[test]
fn java_judges_the_samples_as_they_were_measured() {
    let key = fixtures::path("java-xmldsig/rsa_public.pem");
    let samples = [
        (
            "java-xmldsig/xml-signed-nlic-01.xml",
            "refused",
            "refused",
            "accepted",
        ),
        (
            "signature-variants/a_ns2_sha1.xml",
            "refused",
            "refused",
            "accepted",
        ),
        (
            "signature-variants/b_ns2_sha256.xml",
            "accepted",
            "accepted",
            "accepted",
        ),
        (
            "signature-variants/c_ns2_sha256_whitespace.xml",
            "accepted",
            "refused",
            "refused",
        ),
        (
            "signature-variants/d_default_ds_sha256.xml",
            "accepted",
            "refused",
            "refused",
        ),
        (
            "signature-variants/g_ns2_sha256_unknownattr.xml",
            "accepted",
            "refused",
            "refused",
        ),
    ];
    let files = samples.map(|(name, ..)| fixtures::path(name));
    assert_eq!(
        java(&["--raw"], &key, &files),
        samples.map(|(_, raw, ..)| raw)
    );
    assert_eq!(
        java(&[], &key, &files),
        samples.map(|(_, _, again, _)| again)
    );
    assert_eq!(
        java(&["--sha1"], &key, &files),
        samples.map(|(.., sha1)| sha1)
    );
}
