//! One pass over the envelope, appending to one buffer. Every collection is
//! there, if empty, since clients read them without asking; every value of a
//! property and of paging is a string.

use crate::context::Page;
use crate::envelope::{Envelope, Writer};
use crate::info::{Info, InfoKind};

/// Writes the envelope.
pub fn write(envelope: &impl Envelope) -> Vec<u8> {
    let mut writer = JsonWriter {
        out: Vec::with_capacity(ROOM),
        is_first: true,
        has_lists: false,
        items: None,
    };
    put(&mut writer.out, r#"{"signature":null,"infos":{"info":["#);
    envelope.tell(&mut writer);
    let mut out = writer.out;
    match writer.items {
        None => put(&mut out, "]},\"items\":null"),
        Some(page) => {
            put(&mut out, "]");
            self::page(&mut out, page.as_ref());
        }
    }
    put(&mut out, ",\"id\":null,\"ttl\":");
    match envelope.ttl() {
        None => put(&mut out, "null"),
        Some(ttl) => string(&mut out, "\"", ttl.as_ref(), "\""),
    }
    put(&mut out, "}");
    out
}

/// What a validation of a few modules takes: longer documents grow.
const ROOM: usize = 2048;

struct JsonWriter {
    out: Vec<u8>,
    /// The array that is being written is still empty.
    is_first: bool,
    /// What has begun last is past its properties.
    has_lists: bool,
    /// The items have begun; their paging comes behind them.
    items: Option<Option<Page>>,
}

impl JsonWriter {
    /// Another element of an array comes.
    fn separate(&mut self) {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
    }

    /// The next element of an array begins with a text.
    fn element(&mut self, opening: &str, value: &str, closing: &str) {
        self.separate();
        string(&mut self.out, opening, value, closing);
    }

    /// A property begins that has one of the wire's own names.
    fn name(&mut self, name: &'static str) {
        self.separate();
        put(&mut self.out, "{\"name\":\"");
        put(&mut self.out, name);
    }

    /// An item or a list begins.
    fn begin(&mut self, opening: &str, value: &str) {
        self.element(opening, value, "\",\"property\":[");
        self.is_first = true;
        self.has_lists = false;
    }

    /// It ends, and whatever holds it has lists or items.
    fn end(&mut self) {
        let lists = if self.has_lists { "" } else { "],\"list\":[" };
        put(&mut self.out, lists);
        put(&mut self.out, "]}");
        self.is_first = false;
        self.has_lists = true;
    }
}

impl Writer for JsonWriter {
    fn info(&mut self, info: &Info) {
        let kind = match info.kind {
            InfoKind::Error => "\",\"type\":\"ERROR\",\"value\":\"",
            InfoKind::Warning => "\",\"type\":\"WARNING\",\"value\":\"",
            InfoKind::Info => "\",\"type\":\"INFO\",\"value\":\"",
        };
        self.element("{\"id\":\"", &info.id, kind);
        string(&mut self.out, "", &info.text, "\"}");
    }

    fn items(&mut self, page: Option<&Page>) {
        put(&mut self.out, "]},\"items\":{\"item\":[");
        self.items = Some(page.copied());
        self.is_first = true;
    }

    fn item(&mut self, kind: &str) {
        self.begin("{\"type\":\"", kind);
    }

    fn property(&mut self, name: &'static str, value: &str) {
        self.name(name);
        string(&mut self.out, "\",\"value\":\"", value, "\"}");
    }

    fn word(&mut self, name: &'static str, value: &str) {
        self.name(name);
        put(&mut self.out, "\",\"value\":\"");
        put(&mut self.out, value);
        put(&mut self.out, "\"}");
    }

    fn custom(&mut self, name: &str, value: &str) {
        self.element("{\"name\":\"", name, "\",\"value\":\"");
        string(&mut self.out, "", value, "\"}");
    }

    fn list(&mut self, name: &str) {
        if !self.has_lists {
            put(&mut self.out, "],\"list\":[");
            self.is_first = true;
        }
        self.begin("{\"name\":\"", name);
    }

    fn end_list(&mut self) {
        self.end();
    }

    fn end_item(&mut self) {
        self.end();
    }
}

fn page(out: &mut Vec<u8>, page: Option<&Page>) {
    let Some(page) = page else {
        return put(
            out,
            concat!(
                r#","pagenumber":null,"itemsnumber":null,"totalpages":null,"#,
                r#""totalitems":null,"hasnext":null}"#
            ),
        );
    };
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

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Writes what a JSON string holds between `opening` and `closing`, which hold its quotes: few
/// long pieces are copied faster than many short ones.
///
/// Copies runs of plain bytes and escapes what stands between them.
pub(crate) fn string(out: &mut Vec<u8>, opening: &str, value: &str, closing: &str) {
    put(out, opening);
    let mut rest = value.as_bytes();
    while let Some(at) = rest.iter().position(|byte| SPECIAL[usize::from(*byte)]) {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
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
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
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
