//! A query, a line feed, a body.

use leasehold_wire::form::Limits;

use super::{size, text};
use crate::random::Random;

pub(crate) const SAMPLES: &[&str] = &[
    "",
    "/product/P%2F1//\u{e9}+",
    "/./..",
    "filter=productNumber%3DP001%3Bpage%3D0%3Bitems%3D100",
    "\nnumber=P&name=A+name&active=True&discount[]=10%3B2&discount[0]=5%25&discount=1&version=",
    "vendorNumber=V1\nnumber=a&number=b",
    "\nproductNumber=P&licenseeName=N&licenseeSecret=S&dryRun=true&forOfflineUse=false\
     &productModuleNumber0=M&sessionId0=s&action0=checkOut&maxCheckoutValidity0=60\
     &productModuleNumber1=N&nodeSecret1=x&productModuleNumber=O&usedQuantity=1&reserveQuantity=2&region=EU",
    "a=%c3%a9&b=%ff&c=%&d=%4&e=%zz&&=&=x&f",
    "dryRun=yes",
];

pub(crate) const WORDS: &[&str] = &[
    "%",
    "%%",
    "+",
    "&",
    "=",
    "&&",
    "&=",
    "\n",
    "%00",
    "%0a",
    "%41",
    "%7f",
    "%c3%a9",
    "%C2%85",
    "%ed%a0%80",
    "%ff",
    "%2F",
    "%2e%2e",
    "%26",
    "%3d",
    "%2B",
    "/",
    "//",
    ".",
    "..",
    "[",
    "[]",
    "[0]",
    "[00]",
    "[a]",
    "discount",
    "&discount[7]=",
    "&discount%5B%5D=",
    "dryRun=",
    "true",
    "FALSE",
    "forOfflineUse=",
    "productModuleNumber",
    "&productModuleNumber0=M&",
    "sessionId",
    "action0=",
    "maxCheckoutValidity",
    "nodeSecret",
    "usedQuantity",
    "reserveQuantity1=",
    "licenseeSecret=",
    "licenseeName=",
    "productNumber=",
    "vendorNumber=",
    "0",
    "007",
    "\u{661}",
    "\u{85}",
    "\u{0}",
];

const NAMES: &[&str] = &[
    "productNumber",
    "licenseeName",
    "licenseeSecret",
    "dryRun",
    "forOfflineUse",
    "vendorNumber",
    "filter",
    "number",
    "Name",
    "active",
    "discount",
    "discount[]",
    "discount[1]",
    "discount[x]",
    "region",
    "productModuleNumber",
    "productModuleNumber",
    "sessionId",
    "action",
    "maxCheckoutValidity",
    "nodeSecret",
    "usedQuantity",
    "reserveQuantity",
    "a",
];

pub(crate) fn generate(random: &mut Random) -> Vec<u8> {
    let mut out = Vec::new();
    if random.once_in(8) {
        for _ in 0..random.below(6) {
            out.push(b'/');
            let segment = text(random);
            encoded(random, &segment, &mut out);
        }
        return out;
    }
    if random.once_in(20_000) {
        let parameter = format!("a={}&", "v".repeat(1000 + random.below(60_000)));
        let beyond = Limits::FORM.body + 1 + parameter.len();
        out.push(b'\n');
        out.extend(
            parameter
                .bytes()
                .cycle()
                .take(beyond - random.below(2 * parameter.len())),
        );
        return out;
    }
    for at in 0..size(random, 14, 10_100) {
        if at > 0 {
            out.push(if random.once_in(10) { b'\n' } else { b'&' });
        }
        parameter(random, &mut out);
    }
    out
}

fn parameter(random: &mut Random, out: &mut Vec<u8>) {
    if random.once_in(200) {
        // As long as a custom property's name may be, or any name.
        let length = match random.below(4) {
            0 => Limits::NAME - 20 + random.below(40),
            _ => Limits::CUSTOM_NAME - 5 + random.below(10),
        };
        out.resize(out.len() + length, b'n');
    } else if random.once_in(12) {
        let name = text(random);
        encoded(random, &name, out);
    } else {
        let name = random.pick(NAMES);
        encoded(random, name, out);
    }
    match random.below(3) {
        0 => {}
        _ => out.push(b'0' + u8::try_from(random.below(3)).unwrap()),
    }
    if random.once_in(10) {
        return;
    }
    out.push(b'=');
    match random.below(4) {
        0 => out.extend_from_slice(random.pick(&["true", "False", "TRUE", "M", "1"]).as_bytes()),
        1 => {
            let length = size(random, 40, 66_000);
            out.resize(out.len() + length, b'v');
        }
        _ => {
            let value = text(random);
            encoded(random, &value, out);
        }
    }
}

/// Encodes what must be, and what need not now and then.
fn encoded(random: &mut Random, text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b' ' => out.push(b'+'),
            b'%' | b'&' | b'=' | b'+' | b'\n' => out.extend(format!("%{byte:02X}").bytes()),
            _ if random.once_in(4) => out.extend(format!("%{byte:02x}").bytes()),
            _ => out.push(byte),
        }
    }
}
