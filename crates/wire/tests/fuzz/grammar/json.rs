//! The envelope in JSON.

use super::{size, text};
use crate::random::Random;

pub(crate) const SAMPLES: &[&str] = &[
    "{}",
    r#"{"signature":null,"infos":{"info":[{"id":"NotFoundException","type":"ERROR","value":"Requested product does not exist"}]},"items":{"item":[{"type":"Product","property":[{"name":"number","value":"P1"}],"list":[{"name":"discount","property":[{"name":"totalPrice","value":"100.00"}],"list":[]}]}],"pagenumber":"0","itemsnumber":"1","totalpages":"1","totalitems":"1","hasnext":"false"},"id":null,"ttl":null}"#,
    r#"{"Signature":null,"infos":null,"items":{"item":null,"pagenumber":0,"itemsnumber":1,"totalpages":1,"totalitems":1,"hasnext":false},"ttl":1475044960966}"#,
    r#"{"items":{"item":[{"type":"A","property":[{"name":"n","value":7},{"name":"m","value":true},{"name":"gone","value":null},{"name":"\u0000\ud83d\ude00","value":"\ud800"}],"list":null}]},"ttl":"x"}"#,
    "[1e400,-0,\"\\/\\b\\f\"]",
];

pub(crate) const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\\"",
    "\\\\",
    "\\/",
    "\\b",
    "\\u",
    "\\u0000",
    "\\u001f",
    "\\ud800",
    "\\udc00",
    "\\ud83d\\ude00",
    "\\uFFFE",
    "\\uffff",
    "\u{0}",
    "\u{1}",
    "\u{7f}",
    "\u{feff}",
    "\u{fffe}",
    " ",
    "\n",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1e9",
    "1E400",
    "1.5",
    "18446744073709551616",
    "-9223372036854775808",
    "253402207200000",
    "NaN",
    "\"infos\":",
    "\"info\":[",
    "\"items\":{",
    "\"item\":[",
    "{\"type\":\"A\"}",
    "\"type\":\"ERROR\"",
    "\"property\":[",
    "{\"name\":\"n\",\"value\":\"v\"}",
    "\"list\":[",
    "{\"name\":\"l\"}",
    "\"ttl\":",
    "\"pagenumber\":\"0\",\"itemsnumber\":1,\"totalpages\":\"+1\",\"totalitems\":1,\"hasnext\":true",
    "\"hasnext\":",
    "\"id\":",
    "\"value\":",
    "\"name\":",
    "//",
    "/**/",
    "'",
];

pub(crate) fn generate(random: &mut Random) -> Vec<u8> {
    let mut out = String::from("{");
    let mut members = vec![infos(random), items(random), ttl(random)];
    if random.once_in(10) {
        members.push("\"new\":[{},[],\"x\"]".to_owned());
    }
    members.retain(|_| !random.once_in(5));
    out += &members.join(random.pick(&[",", " ,\n"]));
    out.push('}');
    out.into_bytes()
}

fn infos(random: &mut Random) -> String {
    let infos = many(random, 3, |random| {
        let kind = random.pick(&["\"ERROR\"", "\"WARNING\"", "\"INFO\"", "null"]);
        let id = scalar(random);
        let value = scalar(random);
        format!("{{\"id\":{id},\"type\":{kind},\"value\":{value}}}")
    });
    format!("\"infos\":{{\"info\":{infos}}}")
}

fn items(random: &mut Random) -> String {
    let count = size(random, 4, 2000);
    let items = many(random, count + 1, |random| {
        let kind = string(random);
        let group = group(random, 0);
        format!("{{\"type\":{kind},{group}}}")
    });
    let page = match random.below(3) {
        0 => format!(
            ",\"pagenumber\":\"{}\",\"itemsnumber\":7,\"totalpages\":\"18446744073709551615\",\"totalitems\":\"07\",\"hasnext\":\"{}\"",
            random.below(9),
            random.once_in(2)
        ),
        1 => ",\"pagenumber\":null,\"hasnext\":null".to_owned(),
        _ => String::new(),
    };
    format!("\"items\":{{\"item\":{items}{page}}}")
}

fn group(random: &mut Random, depth: usize) -> String {
    let properties = many(random, 4, |random| {
        let name = string(random);
        let value = scalar(random);
        format!("{{\"value\":{value},\"name\":{name}}}")
    });
    let lists = match random.below(60) {
        0 => deep(random),
        1..40 if depth < 4 => many(random, 3, |random| {
            let name = string(random);
            let group = group(random, depth + 1);
            format!("{{\"name\":{name},{group}}}")
        }),
        _ => random.pick(&["[]", "null"]).to_owned(),
    };
    format!("\"property\":{properties},\"list\":{lists}")
}

/// Lists within lists, about as deep as the parser goes, or far deeper.
fn deep(random: &mut Random) -> String {
    let depth = match random.below(40) {
        0 => random.below(20_000),
        _ => 50 + random.below(14),
    };
    let open = "[{\"name\":\"l\",\"list\":".repeat(depth);
    let close = "}]".repeat(depth);
    format!("{open}[]{close}")
}

fn ttl(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!("\"ttl\":{}", string(random)),
        1 => format!(
            "\"ttl\":{}",
            random.pick(&["1475044960966", "-62135596800000", "0"])
        ),
        _ => "\"ttl\":null".to_owned(),
    }
}

fn many(random: &mut Random, below: usize, one: impl Fn(&mut Random) -> String) -> String {
    let all: Vec<String> = (0..random.below(below)).map(|_| one(random)).collect();
    format!("[{}]", all.join(","))
}

fn scalar(random: &mut Random) -> String {
    match random.below(12) {
        0 => random
            .pick(&[
                "null",
                "true",
                "false",
                "0",
                "-1.5e3",
                "1e300",
                "12345678901234567890",
            ])
            .to_owned(),
        _ => string(random),
    }
}

fn string(random: &mut Random) -> String {
    let mut out = String::from("\"");
    for one in text(random).chars() {
        match one {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\0'..' ' => out += &format!("\\u{:04x}", u32::from(one)),
            _ if random.once_in(10) => {
                let mut units = [0; 2];
                for unit in one.encode_utf16(&mut units) {
                    out += &format!("\\u{unit:04X}");
                }
            }
            _ => out.push(one),
        }
    }
    if random.once_in(20_000) {
        out += &"x".repeat(100_000);
    }
    out.push('"');
    out
}
