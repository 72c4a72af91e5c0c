//! The envelope in XML.

use super::{character, size, text};
use crate::random::Random;

pub(crate) const SAMPLES: &[&str] = &[
    "<netlicensing xmlns=\"http://netlicensing.labs64.com/schema/context\"/>",
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><ns2:netlicensing xmlns=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:ns2=\"http://netlicensing.labs64.com/schema/context\"><ns2:infos/><ns2:items pagenumber=\"0\" itemsnumber=\"1\" totalpages=\"1\" totalitems=\"1\" hasnext=\"false\"><ns2:item type=\"Product\"><ns2:property name=\"number\">P1</ns2:property><ns2:list name=\"discount\"><ns2:property name=\"totalPrice\">100.00</ns2:property><ns2:list name=\"inner\"/></ns2:list></ns2:item></ns2:items></ns2:netlicensing>",
    "<?xml version=\"1.0\"?><!-- a comment --><c:netlicensing xmlns:c=\"http://netlicensing.labs64.com/schema/context\" xmlns:x='urn:x' x:new='1' ttl=\"2026-01-01\">\n <?instruction?><x:Signature><c:infos/></x:Signature><c:infos><c:info id=\"a\" type=\"warning\">one &amp; <![CDATA[<two>]]>&#x20AC;<c:b>skipped</c:b>\r\n</c:info><c:info>bare</c:info></c:infos><c:items><c:item type=\"A&#10;B\"/></c:items></c:netlicensing> ",
    "\u{feff}<netlicensing xmlns=\"http://netlicensing.labs64.com/schema/context\"><infos><info id='&quot;&apos;' type='error'>&lt;&gt;&#13;&#xD;\r\r\n</info></infos></netlicensing>",
    "<!DOCTYPE a [<!ENTITY b \"bb\">]><netlicensing xmlns=\"http://netlicensing.labs64.com/schema/context\"><infos><info>&b;</info></infos></netlicensing>",
];

pub(crate) const WORDS: &[&str] = &[
    "<",
    ">",
    "/>",
    "</",
    "<?xml version=\"1.0\"?>",
    "<?xml version='1.1'?>",
    "<?",
    "?>",
    "<?a?>",
    "<!--",
    "-->",
    "--",
    "<!DOCTYPE a>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "<![CDATA[",
    "]]>",
    "<![CDATA[x]]>",
    "&",
    ";",
    "&amp;",
    "&lt;",
    "&gt;",
    "&quot;",
    "&apos;",
    "&b;",
    "&#",
    "&#x",
    "&#0;",
    "&#1;",
    "&#9;",
    "&#10;",
    "&#13;",
    "&#xD800;",
    "&#xFFFE;",
    "&#x10FFFF;",
    "&#x110000;",
    "&#+1;",
    "&#x1F600;",
    "\u{0}",
    "\u{b}",
    "\u{fffe}",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\r",
    "\r\n",
    "\n",
    "\t",
    " ",
    "\"",
    "'",
    "=",
    " a='1'",
    " xmlns=\"\"",
    " xmlns:ns2=\"urn:x\"",
    " xmlns=\"http://netlicensing.labs64.com/schema/context\"",
    " xmlns:c=\"http://netlicensing.labs64.com/schema/context\"",
    " xml:lang=\"en\"",
    " xmlns:xml=\"urn:x\"",
    " xmlns:xmlns=\"urn:x\"",
    " c:name=\"x\"",
    " name=\"x\"",
    " type=\"error\"",
    " type=\"A\"",
    " id=\"x\"",
    " ttl=\"x\"",
    " pagenumber=\"0\"",
    " pagenumber='+0' itemsnumber='1' totalpages='1' totalitems='1' hasnext='true'",
    "<infos>",
    "</infos>",
    "<items>",
    "</items>",
    "<item type=\"A\">",
    "</item>",
    "<ns2:item type=\"A\">",
    "</ns2:item>",
    "<property name=\"n\">",
    "</property>",
    "<list name=\"l\">",
    "</list>",
    "<ns2:list name=\"l\">",
    "</ns2:list>",
    "<ns2:property name=\"n\">",
    "</ns2:property>",
    "<info>",
    "</info>",
    "<ns2:infos/>",
    "<new>",
    "</new>",
    "</netlicensing>",
    "</ns2:netlicensing>",
];

pub(crate) fn generate(random: &mut Random) -> Vec<u8> {
    let prefix = random.pick(&["ns2:", "", "c:"]);
    let declared = match prefix {
        "" => "xmlns".to_owned(),
        _ => format!("xmlns:{}", prefix.trim_end_matches(':')),
    };
    let mut writer = Writer {
        out: String::new(),
        prefix,
        random,
    };
    writer.document(&declared);
    writer.out.into_bytes()
}

struct Writer<'a> {
    out: String,
    prefix: &'static str,
    random: &'a mut Random,
}

impl Writer<'_> {
    fn document(&mut self, declared: &str) {
        self.out += self.random.pick(&[
            "",
            "<?xml version=\"1.0\"?>",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
            "\u{feff}",
        ]);
        let prefix = self.prefix;
        self.out += &format!(
            "<{prefix}netlicensing {declared}=\"http://netlicensing.labs64.com/schema/context\""
        );
        if self.random.once_in(3) {
            self.attribute("ttl");
        }
        self.out.push('>');
        self.space();
        if !self.random.once_in(4) {
            self.element("infos", &[], |writer| {
                for _ in 0..writer.random.below(3) {
                    let kind = writer.random.pick(&[
                        "type='error'",
                        "type=\"warning\"",
                        "type='info'",
                        "",
                    ]);
                    writer.element("info", &["id"], |writer| writer.content());
                    if !kind.is_empty() {
                        writer.out += &format!("<{0}info {kind}></{0}info>", writer.prefix);
                    }
                }
            });
        }
        if !self.random.once_in(4) {
            self.items();
        }
        self.space();
        self.out += &format!("</{prefix}netlicensing>");
        self.space();
    }

    fn items(&mut self) {
        let prefix = self.prefix;
        self.out += &format!("<{prefix}items");
        if self.random.once_in(3) {
            self.out += &format!(
                " pagenumber=\"{}\" itemsnumber='1' totalpages=\"007\" totalitems=\"18446744073709551615\" hasnext='{}'",
                self.random.below(5),
                self.random.once_in(2)
            );
        }
        self.out.push('>');
        for _ in 0..size(self.random, 4, 2000) {
            self.space();
            self.element("item", &["type"], |writer| writer.group(0));
        }
        self.out += &format!("</{prefix}items>");
    }

    /// Properties and lists in any order.
    fn group(&mut self, depth: usize) {
        for _ in 0..self.random.below(5) {
            self.space();
            match self.random.below(4) {
                0 if depth < 4 => self.element("list", &["name"], |writer| writer.group(depth + 1)),
                0 if self.random.once_in(100) => self.deep(),
                1 if self.random.once_in(4) => {
                    self.element("unknown", &[], |writer| writer.group(depth + 1));
                }
                _ => self.element("property", &["name"], |writer| writer.content()),
            }
        }
    }

    /// Lists within lists, about as deep as the limit allows, or far deeper.
    fn deep(&mut self) {
        let depth = match self.random.below(20) {
            0 => self.random.below(20_000),
            _ => 50 + self.random.below(16),
        };
        let prefix = self.prefix;
        self.out += &format!("<{prefix}list name=\"l\">").repeat(depth);
        self.out += &format!("</{prefix}list>").repeat(depth);
    }

    fn element(&mut self, name: &str, attributes: &[&str], content: impl FnOnce(&mut Self)) {
        let prefix = self.prefix;
        self.out += &format!("<{prefix}{name}");
        for attribute in attributes {
            self.attribute(attribute);
        }
        if self.random.once_in(40) {
            let count = self.random.below(70);
            self.out
                .extend((0..count).map(|at| format!(" a{at}='{at}'")));
        }
        if self.random.once_in(4) {
            self.out += "/>";
            return;
        }
        self.out.push('>');
        content(self);
        self.out += &format!("</{prefix}{name}>");
    }

    fn attribute(&mut self, name: &str) {
        let quote = self.random.pick(&["\"", "'"]);
        self.out += &format!(" {name}={quote}");
        let text = text(self.random);
        self.escaped(&text);
        self.out += quote;
    }

    /// Text, references, sections, comments, and an element that means nothing.
    fn content(&mut self) {
        for _ in 0..self.random.below(4) {
            match self.random.below(8) {
                0 => self.out += "<![CDATA[<a>&amp;]]]]><![CDATA[>]]>",
                1 => self.out += "<!-- - -->",
                2 => self.out += "<?a b?>",
                3 => {
                    self.out += self
                        .random
                        .pick(&["<new xmlns=''>x</new>", "\r\n", "\r", "\n"])
                }
                _ => {
                    let text = text(self.random);
                    self.escaped(&text);
                }
            }
        }
    }

    fn escaped(&mut self, text: &str) {
        for one in text.chars() {
            match one {
                '&' => self.out += "&amp;",
                '<' => self.out += "&lt;",
                '>' => self.out += "&gt;",
                '"' => self.out += "&quot;",
                '\'' => self.out += "&apos;",
                '\t' | '\n' | '\r' => self.out += &format!("&#{};", u32::from(one)),
                '\0'..' ' | '\u{fffe}' | '\u{ffff}' => {
                    if self.random.once_in(100) {
                        self.out += &format!("&#x{:x};", u32::from(one));
                    }
                }
                _ if self.random.once_in(10) => self.out += &format!("&#x{:X};", u32::from(one)),
                _ => self.out.push(one),
            }
        }
        if self.random.once_in(20_000) {
            let long = character(self.random).to_string().repeat(100_000);
            self.out += &long.replace(['&', '<', '\'', '"'], "x");
        }
    }

    fn space(&mut self) {
        self.out += self.random.pick(&["", "", "", " ", "\r\n\t", "<!---->"]);
    }
}
