//! The samples of other people's programs are read, whoever wrote them. They are not copied into
//! this project: `LEASEHOLD_FIXTURES` says where they lie, and by default they lie beside it.

use std::fs;
use std::path::{Path, PathBuf};

use leasehold_wire::context::Context;
use leasehold_wire::info::InfoKind;
use leasehold_wire::xml::XmlError;
use leasehold_wire::{json, xml};

fn directory(name: &str) -> PathBuf {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let fixtures = std::env::var_os("LEASEHOLD_FIXTURES").map_or(default, PathBuf::from);
    let directory = fixtures.join("netlicensing").join(name);
    assert!(
        directory.is_dir(),
        "no fixtures at {}: set LEASEHOLD_FIXTURES to their directory",
        directory.display()
    );
    directory
}

/// Name and bytes of every file with this extension, sorted by name.
fn files(directory_name: &str, extension: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(directory(directory_name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|have| have == extension))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{directory_name} holds no .{extension}");
    files
}

/// A document as what it says: names with their namespaces, attributes sorted, texts as they are.
/// Left out is what says nothing: prefixes, white space around elements, a hint where a schema
/// lies, empty `infos`, which we always write, and the signature, which is no content.
fn canonical(document: &[u8]) -> String {
    let text = std::str::from_utf8(document).unwrap();
    let parsed = roxmltree::Document::parse(text).unwrap();
    let mut told = String::new();
    tell(parsed.root_element(), &mut told);
    told
}

fn tell(element: roxmltree::Node<'_, '_>, told: &mut String) {
    let name = element.tag_name();
    let is_empty = name.name() == "infos" && !element.children().any(|node| node.is_element());
    if is_empty || name.name() == "Signature" {
        return;
    }
    told.push_str(&format!(
        "<{{{}}}{}",
        name.namespace().unwrap(),
        name.name()
    ));
    let mut attributes: Vec<_> = element
        .attributes()
        .filter(|attribute| attribute.namespace().is_none())
        .map(|attribute| format!(" {}={:?}", attribute.name(), attribute.value()))
        .collect();
    attributes.sort();
    told.push_str(&attributes.concat());
    told.push('>');
    let has_elements = element.children().any(|node| node.is_element());
    for node in element.children() {
        if node.is_element() {
            tell(node, told);
        } else if node.is_text() && !has_elements && name.name() != "items" {
            told.push_str(node.text().unwrap());
        }
    }
    told.push_str("</>");
}

fn item_count(context: &Context) -> usize {
    context.items.as_ref().map_or(0, |items| items.items.len())
}

#[test]
fn every_xml_sample_is_read_and_written_back_equal() {
    for directory in ["java-mock", "java-xmldsig", "signature-variants"] {
        for (name, bytes) in files(directory, "xml") {
            if name == "xml-not-signed.xml" {
                // A document of another vocabulary, there to test signatures alone.
                assert!(matches!(xml::read(&bytes), Err(XmlError::Unexpected(_))));
                continue;
            }
            let context =
                xml::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error} ({error:?})"));
            assert!(
                item_count(&context) > 0 || !context.infos.is_empty() || name.contains("list"),
                "{name} is empty"
            );
            let written = xml::write(&context);
            assert_eq!(xml::read(&written).unwrap(), context, "{name}");
            // One sample has an attribute that the schema has not, which nobody carries on.
            if !name.contains("unknownattr") {
                assert_eq!(canonical(&written), canonical(&bytes), "{name}");
            }
            assert_eq!(
                json::read(&json::write(&context)).unwrap(),
                context,
                "{name}"
            );
        }
    }
}

#[test]
fn every_json_sample_is_read_and_written_back_equal() {
    for directory in ["cpp-json", "mcp-json"] {
        for (name, bytes) in files(directory, "json") {
            let context =
                json::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error} ({error:?})"));
            assert!(
                item_count(&context) > 0 || !context.infos.is_empty(),
                "{name} is empty"
            );
            assert_eq!(
                json::read(&json::write(&context)).unwrap(),
                context,
                "{name}"
            );
            assert_eq!(xml::read(&xml::write(&context)).unwrap(), context, "{name}");
        }
    }
}

#[test]
fn a_real_signed_reply_is_written_as_it_was_except_for_its_signature() {
    let bytes = fs::read(directory("java-xmldsig").join("xml-signed-nlic-01.xml")).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (before, rest) = text.split_once("<Signature>").unwrap();
    let (_, after) = rest.split_once("</Signature>").unwrap();

    let written = xml::write(&xml::read(text.as_bytes()).unwrap());

    assert_eq!(
        String::from_utf8(written).unwrap(),
        format!("{before}{after}")
    );
}

#[test]
fn the_captures_of_2016_have_a_numeric_ttl_and_nulls() {
    let named = |name| fs::read(directory("cpp-json").join(name)).unwrap();

    let valid = json::read(&named("licensee_validation_result_plain.json")).unwrap();
    assert_eq!(valid.ttl.as_deref(), Some("2016-09-28T06:42:40.966Z"));
    assert_eq!(item_count(&valid), 2);

    let failed = json::read(&named("licensee_validate_failed.json")).unwrap();
    assert_eq!(failed.items, None);
    assert_eq!(failed.infos[0].kind, InfoKind::Error);
    assert_eq!(failed.infos[0].id, "NotFoundException");
}
