//! One pass over the envelope, appending to one buffer. The bytes are those of
//! the original's marshaller (JAXB): signatures are made over them (section 9).

use crate::context::Page;
use crate::envelope::{Envelope, Writer};
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
pub fn write(envelope: &impl Envelope) -> Vec<u8> {
    let mut writer = XmlWriter {
        out: Vec::with_capacity(ROOM),
        is_open: true,
        behind: "</ns2:infos>",
    };
    let out = &mut writer.out;
    put(out, HEAD);
    if let Some(ttl) = envelope.ttl() {
        attribute(out, " ttl=\"", ttl.as_ref(), "\"");
    }
    put(out, "><ns2:infos");
    envelope.tell(&mut writer);
    writer.close(writer.behind);
    put(&mut writer.out, "</ns2:netlicensing>");
    writer.out
}

/// What a validation of a few modules takes: longer documents grow.
const ROOM: usize = 2048;

struct XmlWriter {
    out: Vec<u8>,
    /// The last start tag lacks its end: `/>` when nothing comes within.
    is_open: bool,
    /// What ends the infos, then the items.
    behind: &'static str,
}

impl XmlWriter {
    /// Something comes within the element that has begun last.
    fn within(&mut self) {
        if self.is_open {
            self.out.push(b'>');
            self.is_open = false;
        }
    }

    /// A property begins that has one of the wire's own names.
    fn name(&mut self, name: &'static str) {
        self.within();
        put(&mut self.out, "<ns2:property name=\"");
        put(&mut self.out, name);
        put(&mut self.out, "\">");
    }

    /// The element that has begun last ends, with this tag if anything came within.
    fn close(&mut self, tag: &str) {
        put(&mut self.out, if self.is_open { "/>" } else { tag });
        self.is_open = false;
    }
}

impl Writer for XmlWriter {
    fn info(&mut self, info: &Info) {
        self.within();
        let kind = match info.kind {
            InfoKind::Error => "\" type=\"error\">",
            InfoKind::Warning => "\" type=\"warning\">",
            InfoKind::Info => "\" type=\"info\">",
        };
        attribute(&mut self.out, "<ns2:info id=\"", &info.id, kind);
        text(&mut self.out, &info.text, "</ns2:info>");
    }

    fn items(&mut self, page: Option<&Page>) {
        self.close(self.behind);
        self.behind = "</ns2:items>";
        put(&mut self.out, "<ns2:items");
        if let Some(page) = page {
            self::page(&mut self.out, page);
        }
        self.is_open = true;
    }

    fn item(&mut self, kind: &str) {
        self.within();
        attribute(&mut self.out, "<ns2:item type=\"", kind, "\"");
        self.is_open = true;
    }

    fn property(&mut self, name: &'static str, value: &str) {
        self.name(name);
        text(&mut self.out, value, "</ns2:property>");
    }

    fn word(&mut self, name: &'static str, value: &str) {
        self.name(name);
        put(&mut self.out, value);
        put(&mut self.out, "</ns2:property>");
    }

    fn custom(&mut self, name: &str, value: &str) {
        self.within();
        attribute(&mut self.out, "<ns2:property name=\"", name, "\">");
        text(&mut self.out, value, "</ns2:property>");
    }

    fn list(&mut self, name: &str) {
        self.within();
        attribute(&mut self.out, "<ns2:list name=\"", name, "\"");
        self.is_open = true;
    }

    fn end_list(&mut self) {
        self.close("</ns2:list>");
    }

    fn end_item(&mut self) {
        self.close("</ns2:item>");
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
            r#" pagenumber="{number}" itemsnumber="{items}" totalpages="{total_pages}" totalitems="{total_items}" hasnext="{has_next}""#
        ),
    );
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

fn text(out: &mut Vec<u8>, value: &str, closing: &str) {
    escape(out, value, &TEXT);
    put(out, closing);
}

/// Copies runs of plain bytes and replaces what stands between them.
fn escape(out: &mut Vec<u8>, value: &str, is_special: &[bool; 256]) {
    let mut rest = value.as_bytes();
    while let Some(at) = rest.iter().position(|byte| is_special[usize::from(*byte)]) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        let (replacement, length): (&[u8], usize) = match special {
            [b'&', ..] => (b"&amp;", 1),
            [b'<', ..] => (b"&lt;", 1),
            [b'>', ..] => (b"&gt;", 1),
            [b'"', ..] => (b"&quot;", 1),
            [b'\t', ..] => (b"&#x9;", 1),
            [b'\n', ..] => (b"&#xA;", 1),
            [b'\r', ..] => (b"&#xD;", 1),
            [NONCHARACTER, 0xBF, 0xBE | 0xBF, ..] => (REPLACEMENT, 3),
            // A good character of three bytes.
            [NONCHARACTER, _, _, ..] => (&special[..3], 3),
            _ => (REPLACEMENT, 1),
        };
        out.extend_from_slice(replacement);
        rest = &special[length..];
    }
    out.extend_from_slice(rest);
}

/// U+FFFD, for what XML cannot hold.
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

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
