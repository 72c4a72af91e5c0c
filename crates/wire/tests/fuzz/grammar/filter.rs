//! The value of `filter`.

use super::{size, text};
use crate::random::Random;

pub(crate) const SAMPLES: &[&str] = &[
    "",
    "productNumber=P001;page=0;items=100",
    " page = 1 ; items=0 ;; active=TRUE",
    "number=L1;number=L2",
    "formula=x=y;=x;bare;a=",
    "page=18446744073709551615;items=-9223372036854775808",
    "page=18446744073709551616;items=9223372036854775808",
    "page=2;items=3",
    "colour=red;active=false",
];

pub(crate) const WORDS: &[&str] = &[
    ";",
    "=",
    ";;",
    "==",
    "page",
    "items",
    "page=",
    "items=",
    "page=1;",
    "items=1;",
    "items=2;",
    "page=+1",
    "page=-1",
    "items=1001",
    "items=1000",
    "9223372036854775807",
    "18446744073709551615",
    "0",
    "00",
    " ",
    "\t",
    "\u{85}",
    "\u{a0}",
    "\u{feff}",
    "\u{0}",
    "number=L1;",
    "active=true;",
    "active=TRUE",
    "region=EU;",
    "a=b",
    "formula=x=y",
    "name=x",
    "\u{130}",
    "\u{212a}",
];

pub(crate) fn generate(random: &mut Random) -> Vec<u8> {
    let mut out = String::new();
    let count = if random.once_in(50) { 120 } else { 6 };
    for _ in 0..random.below(count) {
        match random.below(12) {
            0 => out += &format!("page={}", random.below(8)),
            1 => out += &format!("items={}", random.below(8)),
            2 => out += &format!("number=L{}", random.below(8)),
            3 => out += random.pick(&["active=true", "active=False", "region=EU", "formula=x=y"]),
            4 => {
                out += &format!(
                    "a{}={}",
                    text(random).replace(';', ""),
                    text(random).replace(';', "")
                )
            }
            5 if random.once_in(4) => out += &"x".repeat(size(random, 200, 65_000)),
            6 => out += &format!("items={}", random.below(2000)),
            7 if random.once_in(4) => out += &text(random),
            _ => out += &format!("n{}={}", random.below(4), text(random).replace(';', "")),
        }
        out.push(';');
    }
    out.into_bytes()
}
