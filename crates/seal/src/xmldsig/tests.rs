//! What only the inside shows: the canonical form of a part, and the limits.

use super::c14n::{self, Comments, canonical};
use super::{XmlDsigError, read};

/// The canonical form of the first element of this local name.
fn part(document: &str, name: &str, comments: Comments) -> String {
    let text = read::text(document.as_bytes()).unwrap();
    let tree = read::parse(&text).unwrap();
    let element = tree
        .descendants()
        .find(|node| node.tag_name().name() == name)
        .unwrap();
    String::from_utf8(c14n::of_element(element, comments)).unwrap()
}

#[test]
fn a_part_carries_the_scope_of_its_ancestors() {
    let cases = [
        // The trap: `ns2` is in scope and not used.
        (
            r#"<n:a xmlns="urn:d" xmlns:n="urn:n" ttl="1"><SignedInfo><b/></SignedInfo></n:a>"#,
            r#"<SignedInfo xmlns="urn:d" xmlns:n="urn:n"><b></b></SignedInfo>"#,
        ),
        (
            r#"<a xmlns="urn:d"><SignedInfo xmlns="" x="1"/></a>"#,
            r#"<SignedInfo x="1"></SignedInfo>"#,
        ),
        (
            r#"<a xmlns="urn:d"><SignedInfo><b xmlns=""><c xmlns="urn:d"/></b></SignedInfo></a>"#,
            r#"<SignedInfo xmlns="urn:d"><b xmlns=""><c xmlns="urn:d"></c></b></SignedInfo>"#,
        ),
        // The nearest ancestor's `xml:` attributes, sorted in between its own.
        (
            r#"<a xml:lang="de" xml:space="preserve"><b xml:lang="en"><SignedInfo y="" xml:base="u"/></b></a>"#,
            r#"<SignedInfo y="" xml:base="u" xml:lang="en" xml:space="preserve"></SignedInfo>"#,
        ),
        (
            "<a><SignedInfo><!-- c --> <?p  q ?></SignedInfo></a>",
            "<SignedInfo><!-- c --> <?p q ?></SignedInfo>",
        ),
    ];
    for (document, expected) in cases {
        assert_eq!(part(document, "SignedInfo", Comments::Keep), expected);
    }
    assert_eq!(
        part("<a><b><!-- c --> </b></a>", "b", Comments::Omit),
        "<b> </b>"
    );
}

#[test]
fn a_document_is_canonical_without_an_element() {
    let text = "<!--x--><a> <b><b/>t</b>\n<c/></a><?p?>";
    let tree = read::parse(text).unwrap();
    let left_out = tree.root_element().first_element_child();
    let written = c14n::of_document(tree.root(), left_out, Comments::Keep);
    assert_eq!(written, b"<!--x-->\n<a> \n<c></c></a>\n<?p?>");
}

#[test]
fn what_would_take_long_is_refused() {
    let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    let attributes = |count: usize| {
        let each: String = (0..count).map(|at| format!(" a{at}='>'")).collect();
        format!("<a{each}/>")
    };
    let namespaces = |count: usize| "<a>".to_owned() + &"<b xmlns='urn:b'/>".repeat(count) + "</a>";
    let nodes = |count: usize| "<a>".to_owned() + &"<b/>".repeat(count - 2) + "</a>";

    for fit in [
        nested(64),
        attributes(64),
        namespaces(64),
        nodes(256 * 1024),
        // Nothing of this is a tag.
        format!(
            "<a><!--> <b '{0} --><?p {0} ?><![CDATA[{0}]]></a>",
            "<c>".repeat(99)
        ),
    ] {
        assert!(canonical(fit.as_bytes(), Comments::Omit).is_ok());
    }
    for unfit in [
        nested(65),
        attributes(65),
        namespaces(65),
        nodes(256 * 1024 + 1),
        // A comment that a careless reader would end early, and so lose sight of the tags.
        format!("<a><!--> ' -->{}</a>", nested(64)),
        "<a>".repeat(1_000_000),
        " ".repeat(super::SIZE_LIMIT) + "<a/>",
    ] {
        let verdict = canonical(unfit.as_bytes(), Comments::Omit);
        assert!(
            matches!(verdict, Err(XmlDsigError::Limit(_))),
            "{verdict:?}"
        );
    }
}

#[test]
fn what_readers_understand_differently_is_refused() {
    let cases: &[&[u8]] = &[
        b"",
        b"text",
        b"<a>",
        b"<a/><b/>",
        b"\xff<a/>",
        b"\xfe\xff\0<\0a\0/\0>",
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        b"<a>&e;</a>",
        b"<a>&#0;</a>",
        b"<a>&#xFFFE;</a>",
        b"<a>\x01</a>",
        b"<a>]]></a>",
        b"<a><!-- -- --></a>",
        b"<?xml version='1.1'?><a/>",
        b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
        b"<?xml version='1.0' encoding='UTF-16'?><a/>",
        b"<?xml version='1.0' standalone='maybe'?><a/>",
        b"<?xml version='1.0' version='1.0'?><a/>",
        b"<?xml encoding='UTF-8'?><a/>",
        b"<?xml?><a/>",
        b"<?xml\tversion='1.0' encoding='ISO-8859-1'?><a/>",
        b" <?xml version='1.0'?><a/>",
        b"<a><?XML version='1.0'?></a>",
        b"<a xmlns='urn:a' xmlns='urn:b'/>",
        b"<a xmlns:a='urn:a' xmlns:a='urn:b'/>",
        b"<a xmlns:p='urn:a'><b xmlns:p=''/></a>",
        b"<a xmlns:p='relative'/>",
        b"<a xmlns='../relative'/>",
        b"<a b='1' b='1'/>",
        b"<a xmlns:p='urn:a' xmlns:q='urn:a' p:b='1' q:b='1'/>",
        b"<p:a/>",
        b"<a b='<'/>",
    ];
    for document in cases {
        let verdict = canonical(document, Comments::Omit);
        assert!(
            matches!(verdict, Err(XmlDsigError::Unreadable(_))),
            "{}: {verdict:?}",
            String::from_utf8_lossy(document)
        );
    }
    let fit: &[&[u8]] = &[
        b"<?xml version='1.0'?><a/>",
        b"<?xml version = \"1.0\"\tencoding='utf-8'\nstandalone='no' ?><a/>",
        b"\xef\xbb\xbf<?xml version='1.0'?><a/>",
        b"<?xml-stylesheet href='x'?><a/>",
    ];
    for document in fit {
        assert!(canonical(document, Comments::Omit).is_ok());
    }
}
