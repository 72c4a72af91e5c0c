//! Parsers that are not ours read what our writers write.

use leasehold_wire::context::{Context, List, Property};
use leasehold_wire::info::InfoKind;
use leasehold_wire::{json, xml};
use proptest::prelude::*;
use quick_xml::events::Event;
use roxmltree::{Document, Node};
use serde_json::{Value, json};

use crate::support::envelope::{context, map_texts};

/// What XML 1.0 cannot hold becomes U+FFFD.
fn holdable(text: &str) -> String {
    let replace = |character| match character {
        '\t' | '\n' | '\r' => character,
        '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        other => other,
    };
    text.chars().map(replace).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn our_xml_reader_reads_what_was_written(context in context()) {
        let read = xml::read(&xml::write(&context)).unwrap();
        prop_assert_eq!(read, map_texts(&context, &holdable));
    }

    #[test]
    fn our_json_reader_reads_what_was_written(context in context()) {
        let read = json::read(&json::write(&context)).unwrap();
        prop_assert_eq!(read, context);
    }

    #[test]
    fn another_xml_parser_sees_the_same_tree(context in context()) {
        let written = String::from_utf8(xml::write(&context)).unwrap();
        let document = Document::parse(&written).unwrap();
        let mut seen = Vec::new();
        outline(document.root_element(), &mut seen);
        let mut expected = Vec::new();
        expected_outline(&map_texts(&context, &holdable), &mut expected);
        prop_assert_eq!(seen, expected);
    }

    #[test]
    fn every_event_is_an_element_of_the_one_prefix_or_its_text(context in context()) {
        let written = String::from_utf8(xml::write(&context)).unwrap();
        let mut reader = quick_xml::Reader::from_str(&written);
        let mut depth = 0_usize;
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    prop_assert!(start.name().as_ref().starts_with("ns2:"));
                    depth += 1;
                }
                Event::Empty(empty) => prop_assert!(empty.name().as_ref().starts_with("ns2:")),
                Event::End(_) => depth -= 1,
                Event::Text(_) | Event::GeneralRef(_) => prop_assert!(depth > 0),
                Event::Decl(_) => prop_assert_eq!(depth, 0),
                Event::Eof => break,
                other => return Err(TestCaseError::fail(format!("{other:?}"))),
            }
        }
        prop_assert_eq!(depth, 0);
    }

    #[test]
    fn another_json_parser_sees_the_same_value(context in context()) {
        let seen: Value = serde_json::from_slice(&json::write(&context)).unwrap();
        prop_assert_eq!(seen, expected_value(&context));
    }
}

const CONTEXT: &str = "http://netlicensing.labs64.com/schema/context";

/// Every element in document order: its depth, name, attributes and text.
fn outline(node: Node<'_, '_>, out: &mut Vec<String>) {
    assert_eq!(node.tag_name().namespace(), Some(CONTEXT));
    let attributes: Vec<(&str, &str)> = node
        .attributes()
        .map(|attribute| (attribute.name(), attribute.value()))
        .collect();
    let depth = node.ancestors().count() - 1;
    let name = node.tag_name().name();
    out.push(format!(
        "{depth} {name} {attributes:?} {:?}",
        node.text().unwrap_or_default()
    ));
    for child in node.children() {
        assert!(child.is_element() || matches!(name, "property" | "info"));
        if child.is_element() {
            outline(child, out);
        }
    }
}

fn expected_outline(context: &Context, out: &mut Vec<String>) {
    fn line(
        out: &mut Vec<String>,
        depth: usize,
        name: &str,
        attributes: &[(&str, &str)],
        text: &str,
    ) {
        out.push(format!("{depth} {name} {attributes:?} {text:?}"));
    }
    fn content(out: &mut Vec<String>, depth: usize, properties: &[Property], lists: &[List]) {
        for property in properties {
            line(
                out,
                depth,
                "property",
                &[("name", &property.name)],
                &property.value,
            );
        }
        for list in lists {
            line(out, depth, "list", &[("name", &list.name)], "");
            content(out, depth + 1, &list.properties, &list.lists);
        }
    }
    let ttl: Vec<(&str, &str)> = context
        .ttl
        .iter()
        .map(|ttl| ("ttl", ttl.as_str()))
        .collect();
    line(out, 1, "netlicensing", &ttl, "");
    line(out, 2, "infos", &[], "");
    for info in &context.infos {
        let kind = match info.kind {
            InfoKind::Error => "error",
            InfoKind::Warning => "warning",
            InfoKind::Info => "info",
        };
        line(
            out,
            3,
            "info",
            &[("id", &info.id), ("type", kind)],
            &info.text,
        );
    }
    let Some(items) = &context.items else {
        return;
    };
    let page: Vec<(&str, String)> = items
        .page
        .iter()
        .flat_map(|page| {
            [
                ("pagenumber", page.number.to_string()),
                ("itemsnumber", page.items.to_string()),
                ("totalpages", page.total_pages.to_string()),
                ("totalitems", page.total_items.to_string()),
                ("hasnext", page.has_next.to_string()),
            ]
        })
        .collect();
    let page: Vec<(&str, &str)> = page
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    line(out, 2, "items", &page, "");
    for item in &items.items {
        line(out, 3, "item", &[("type", &item.kind)], "");
        content(out, 4, &item.properties, &item.lists);
    }
}

fn expected_value(context: &Context) -> Value {
    fn properties(of: &[Property]) -> Vec<Value> {
        of.iter()
            .map(|property| json!({"name": property.name, "value": property.value}))
            .collect()
    }
    fn lists(of: &[List]) -> Vec<Value> {
        of.iter()
            .map(|list| {
                json!({
                    "name": list.name,
                    "property": properties(&list.properties),
                    "list": lists(&list.lists),
                })
            })
            .collect()
    }
    let infos: Vec<Value> = context
        .infos
        .iter()
        .map(|info| {
            let kind = match info.kind {
                InfoKind::Error => "ERROR",
                InfoKind::Warning => "WARNING",
                InfoKind::Info => "INFO",
            };
            json!({"id": info.id, "type": kind, "value": info.text})
        })
        .collect();
    let items = context.items.as_ref().map(|items| {
        let all: Vec<Value> = items
            .items
            .iter()
            .map(|item| {
                json!({
                    "type": item.kind,
                    "property": properties(&item.properties),
                    "list": lists(&item.lists),
                })
            })
            .collect();
        let page = items.page;
        json!({
            "item": all,
            "pagenumber": page.map(|page| page.number.to_string()),
            "itemsnumber": page.map(|page| page.items.to_string()),
            "totalpages": page.map(|page| page.total_pages.to_string()),
            "totalitems": page.map(|page| page.total_items.to_string()),
            "hasnext": page.map(|page| page.has_next.to_string()),
        })
    });
    json!({
        "signature": null,
        "infos": {"info": infos},
        "items": items,
        "id": null,
        "ttl": context.ttl,
    })
}

#[test]
fn xml_escapes_as_the_original_marshaller_does() {
    let context = Context {
        infos: vec![leasehold_wire::info::Info::warning(
            "a\t\n\r\"'<>&b",
            "a\t\n\r\"'<>&]]>\u{1}\u{85}\u{fffe}b",
        )],
        ..Context::default()
    };
    let written = String::from_utf8(xml::write(&context)).unwrap();
    assert!(
        written.ends_with(
            "<ns2:infos><ns2:info id=\"a&#x9;&#xA;&#xD;&quot;'&lt;&gt;&amp;b\" type=\"warning\">\
             a\t\n&#xD;\"'&lt;&gt;&amp;]]&gt;\u{fffd}\u{85}\u{fffd}b</ns2:info></ns2:infos></ns2:netlicensing>"
        ),
        "{written}"
    );
}

#[test]
fn json_escapes_what_it_must_and_nothing_else() {
    let context = Context {
        ttl: Some("a\"\\/\u{8}\t\n\u{c}\r\u{1f}\u{7f}\u{2028}é😀".to_owned()),
        ..Context::default()
    };
    let written = String::from_utf8(json::write(&context)).unwrap();
    assert!(
        written.ends_with("\"ttl\":\"a\\\"\\\\/\\b\\t\\n\\f\\r\\u001F\u{7f}\u{2028}é😀\"}"),
        "{written}"
    );
}
