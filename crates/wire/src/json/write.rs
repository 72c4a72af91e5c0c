//! One pass over the envelope, appending to one buffer. Every collection is
//! there, if empty, since clients read them without asking; every value of a
//! property and of paging is a string.

use crate::context::{Context, Item, Items, List, Page, Property};
use crate::info::{Info, InfoKind};

/// Writes the envelope.
pub fn write(context: &Context) -> Vec<u8> {
    let mut out = Vec::with_capacity(estimate(context));
    put(&mut out, r#"{"signature":null,"infos":{"info":["#);
    separated(&mut out, &context.infos, info);
    put(&mut out, "]},\"items\":");
    match &context.items {
        None => put(&mut out, "null"),
        Some(written) => items(&mut out, written),
    }
    put(&mut out, ",\"id\":null,\"ttl\":");
    match &context.ttl {
        None => put(&mut out, "null"),
        Some(ttl) => string(&mut out, "\"", ttl, "\""),
    }
    put(&mut out, "}");
    out
}

fn info(out: &mut Vec<u8>, info: &Info) {
    let kind = match info.kind {
        InfoKind::Error => "\",\"type\":\"ERROR\",\"value\":\"",
        InfoKind::Warning => "\",\"type\":\"WARNING\",\"value\":\"",
        InfoKind::Info => "\",\"type\":\"INFO\",\"value\":\"",
    };
    string(out, "{\"id\":\"", &info.id, kind);
    string(out, "", &info.text, "\"}");
}

fn items(out: &mut Vec<u8>, items: &Items) {
    put(out, "{\"item\":[");
    separated(out, &items.items, item);
    put(out, "]");
    match &items.page {
        None => put(
            out,
            concat!(
                r#","pagenumber":null,"itemsnumber":null,"totalpages":null,"#,
                r#""totalitems":null,"hasnext":null}"#
            ),
        ),
        Some(page) => self::page(out, page),
    }
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
            r#","pagenumber":"{number}","itemsnumber":"{items}","totalpages":"{total_pages}","totalitems":"{total_items}","hasnext":"{has_next}"}}"#
        ),
    );
}

fn item(out: &mut Vec<u8>, item: &Item) {
    string(out, "{\"type\":\"", &item.kind, "\",\"property\":[");
    content(out, &item.properties, &item.lists);
}

fn list(out: &mut Vec<u8>, list: &List) {
    string(out, "{\"name\":\"", &list.name, "\",\"property\":[");
    content(out, &list.properties, &list.lists);
}

fn content(out: &mut Vec<u8>, properties: &[Property], lists: &[List]) {
    separated(out, properties, property);
    put(out, "],\"list\":[");
    separated(out, lists, list);
    put(out, "]}");
}

fn property(out: &mut Vec<u8>, property: &Property) {
    string(out, "{\"name\":\"", &property.name, "\",\"value\":\"");
    string(out, "", &property.value, "\"}");
}

fn separated<T>(out: &mut Vec<u8>, all: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    for (at, one) in all.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, one);
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Writes what a JSON string holds between `opening` and `closing`, which hold its quotes: few
/// long pieces are copied faster than many short ones.
///
/// Copies runs of plain bytes and escapes what stands between them.
pub(crate) fn string(out: &mut Vec<u8>, opening: &str, value: &str, closing: &str) {
    put(out, opening);
    let bytes = value.as_bytes();
    let mut copied = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if !SPECIAL[usize::from(*byte)] {
            continue;
        }
        out.extend_from_slice(&bytes[copied..at]);
        copied = at + 1;
        match byte {
            b'"' => put(out, "\\\""),
            b'\\' => put(out, "\\\\"),
            0x08 => put(out, "\\b"),
            b'\t' => put(out, "\\t"),
            b'\n' => put(out, "\\n"),
            0x0C => put(out, "\\f"),
            b'\r' => put(out, "\\r"),
            control => {
                put(out, "\\u00");
                out.push(HEXADECIMAL[usize::from(control >> 4)]);
                out.push(HEXADECIMAL[usize::from(control & 15)]);
            }
        }
    }
    out.extend_from_slice(&bytes[copied..]);
    put(out, closing);
}

const HEXADECIMAL: &[u8; 16] = b"0123456789ABCDEF";

/// Which bytes a JSON string cannot hold as they are.
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

/// Bytes that the document will take, when little needs escaping.
fn estimate(context: &Context) -> usize {
    let infos = context.infos.iter().map(|info| 80 + info.text.len());
    let items = context.items.iter().flat_map(|items| &items.items);
    let items = items.map(|item| 64 + content_estimate(&item.properties, &item.lists));
    320 + infos.sum::<usize>() + items.sum::<usize>()
}

fn content_estimate(properties: &[Property], lists: &[List]) -> usize {
    let properties = properties
        .iter()
        .map(|property| 24 + property.name.len() + property.value.len());
    let lists = lists
        .iter()
        .map(|list| 40 + list.name.len() + content_estimate(&list.properties, &list.lists));
    properties.sum::<usize>() + lists.sum::<usize>()
}
