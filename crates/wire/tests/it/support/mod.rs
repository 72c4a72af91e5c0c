//! Arbitrary texts, envelopes and models.

pub(crate) mod envelope;
pub(crate) mod model;

use proptest::collection::vec;
use proptest::prelude::*;

/// Characters that formats trip over, among others.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let hostile = prop::sample::select(
        "\\\"'&<>]\r\n\t\0\u{1}\u{8}\u{c}\u{1b}\u{1f}\u{7f}\u{85}\u{2028}\u{fffd}\u{fffe}\u{ffff}\u{feff}{}u;=%+/ é😀"
            .chars()
            .collect::<Vec<char>>(),
    );
    let character = prop_oneof![3 => hostile, 2 => prop::char::range('a', 'z'), 1 => any::<char>()];
    vec(character, 0..12).prop_map(|characters| characters.into_iter().collect())
}

/// As [`text`], and not empty.
pub(crate) fn some_text() -> impl Strategy<Value = String> {
    text().prop_map(|text| {
        if text.is_empty() {
            "x".to_owned()
        } else {
            text
        }
    })
}
