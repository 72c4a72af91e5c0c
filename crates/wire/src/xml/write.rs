//! One pass over the envelope, appending to one buffer. The bytes are those of
//! the original's marshaller (JAXB): signatures are made over them (section 9).

use crate::context::{Context, Item, Items, List, Page, Property};
use crate::info::{Info, InfoKind};

const HEAD: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<ns2:netlicensing xmlns="http://www.w3.org/2000/09/xmldsig#""#,
    r#" xmlns:ns2="http://netlicensing.labs64.com/schema/context""#,
);

/// Writes the envelope.
///
/// A character that XML 1.0 cannot hold (most control characters, U+FFFE, U+FFFF) becomes
/// U+FFFD; the JSON form keeps it.
pub fn write(context: &Context) -> Vec<u8> {
    let mut out = Vec::with_capacity(estimate(context));
    put(&mut out, HEAD);
    if let Some(ttl) = &context.ttl {
        attribute(&mut out, " ttl=\"", ttl, "\"");
    }
    put(&mut out, ">");
    infos(&mut out, &context.infos);
    if let Some(written) = &context.items {
        items(&mut out, written);
    }
    put(&mut out, "</ns2:netlicensing>");
    out
}

fn infos(out: &mut Vec<u8>, infos: &[Info]) {
    if infos.is_empty() {
        return put(out, "<ns2:infos/>");
    }
    put(out, "<ns2:infos>");
    for info in infos {
        let kind = match info.kind {
            InfoKind::Error => "\" type=\"error\">",
            InfoKind::Warning => "\" type=\"warning\">",
            InfoKind::Info => "\" type=\"info\">",
        };
        attribute(out, "<ns2:info id=\"", &info.id, kind);
        text(out, &info.text);
        put(out, "</ns2:info>");
    }
    put(out, "</ns2:infos>");
}

fn items(out: &mut Vec<u8>, items: &Items) {
    put(out, "<ns2:items");
    if let Some(page) = &items.page {
        self::page(out, page);
    }
    if items.items.is_empty() {
        return put(out, "/>");
    }
    put(out, ">");
    for item in &items.items {
        self::item(out, item);
    }
    put(out, "</ns2:items>");
}

fn page(out: &mut Vec<u8>, page: &Page) {
    let Page {
        number,
        items,
        total_pages,
        total_items,
        has_next,
    } = page;
    put(
        out,
        &format!(
            r#" pagenumber="{number}" itemsnumber="{items}" totalpages="{total_pages}" totalitems="{total_items}" hasnext="{has_next}""#
        ),
    );
}

fn item(out: &mut Vec<u8>, item: &Item) {
    if item.properties.is_empty() && item.lists.is_empty() {
        return attribute(out, "<ns2:item type=\"", &item.kind, "\"/>");
    }
    attribute(out, "<ns2:item type=\"", &item.kind, "\">");
    content(out, &item.properties, &item.lists);
    put(out, "</ns2:item>");
}

fn content(out: &mut Vec<u8>, properties: &[Property], lists: &[List]) {
    for property in properties {
        attribute(out, "<ns2:property name=\"", &property.name, "\">");
        text(out, &property.value);
        put(out, "</ns2:property>");
    }
    for list in lists {
        if list.properties.is_empty() && list.lists.is_empty() {
            attribute(out, "<ns2:list name=\"", &list.name, "\"/>");
            continue;
        }
        attribute(out, "<ns2:list name=\"", &list.name, "\">");
        content(out, &list.properties, &list.lists);
        put(out, "</ns2:list>");
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Writes the value between `opening` and `closing`, which hold its quotes: few long pieces are
/// copied faster than many short ones.
fn attribute(out: &mut Vec<u8>, opening: &str, value: &str, closing: &str) {
    put(out, opening);
    escape(out, value, &ATTRIBUTE);
    put(out, closing);
}

fn text(out: &mut Vec<u8>, value: &str) {
    escape(out, value, &TEXT);
}

/// Copies runs of plain bytes and replaces what stands between them.
fn escape(out: &mut Vec<u8>, value: &str, is_special: &[bool; 256]) {
    let bytes = value.as_bytes();
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if !is_special[usize::from(byte)] {
            at += 1;
            continue;
        }
        let (replacement, length): (&str, usize) = match byte {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'"' => ("&quot;", 1),
            b'\t' => ("&#x9;", 1),
            b'\n' => ("&#xA;", 1),
            b'\r' => ("&#xD;", 1),
            NONCHARACTER if !matches!(bytes[at..], [_, 0xBF, 0xBE | 0xBF, ..]) => {
                at += 3;
                continue;
            }
            NONCHARACTER => ("\u{FFFD}", 3),
            _ => ("\u{FFFD}", 1),
        };
        out.extend_from_slice(&bytes[copied..at]);
        put(out, replacement);
        at += length;
        copied = at;
    }
    out.extend_from_slice(&bytes[copied..]);
}

/// The first byte of U+FFFE and U+FFFF, and of many a good character.
const NONCHARACTER: u8 = 0xEF;

const TEXT: [bool; 256] = special(b"&<>\r");
const ATTRIBUTE: [bool; 256] = special(b"&<>\r\"\t\n");

/// Which bytes cannot be copied: `named`, control characters other than tab and line feed, and
/// the first byte of the characters that XML cannot hold.
const fn special(named: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = byte as u8 != b'\t' && byte as u8 != b'\n';
        byte += 1;
    }
    let mut at = 0;
    while at < named.len() {
        table[named[at] as usize] = true;
        at += 1;
    }
    table[NONCHARACTER as usize] = true;
    table
}

/// Bytes that the document will take, when little needs escaping.
fn estimate(context: &Context) -> usize {
    let infos = context.infos.iter().map(|info| 64 + info.text.len());
    let items = context.items.iter().flat_map(|items| &items.items);
    let items = items.map(|item| 64 + content_estimate(&item.properties, &item.lists));
    384 + infos.sum::<usize>() + items.sum::<usize>()
}

fn content_estimate(properties: &[Property], lists: &[List]) -> usize {
    let properties = properties
        .iter()
        .map(|property| 40 + property.name.len() + property.value.len());
    let lists = lists
        .iter()
        .map(|list| 48 + list.name.len() + content_estimate(&list.properties, &list.lists));
    properties.sum::<usize>() + lists.sum::<usize>()
}
