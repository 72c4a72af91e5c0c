//! For each target: inputs to begin with, the words of its grammar, and inputs made by its rules,
//! which the reader mostly takes.

pub(crate) mod filter;
pub(crate) mod form;
pub(crate) mod json;
pub(crate) mod xml;

use crate::random::Random;

/// A text of a few characters, some of which formats trip over.
fn text(random: &mut Random) -> String {
    (0..random.below(10)).map(|_| character(random)).collect()
}

fn character(random: &mut Random) -> char {
    const HOSTILE: &[char] = &[
        '\\',
        '"',
        '\'',
        '&',
        '<',
        '>',
        ']',
        '\r',
        '\n',
        '\t',
        '\0',
        '\u{1}',
        '\u{8}',
        '\u{c}',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{2028}',
        '\u{d7ff}',
        '\u{e000}',
        '\u{fffd}',
        '\u{fffe}',
        '\u{ffff}',
        '\u{feff}',
        '{',
        '}',
        ';',
        '=',
        '%',
        '+',
        '/',
        ' ',
        'é',
        '😀',
        '\u{10ffff}',
    ];
    match random.below(3) {
        0 => HOSTILE[random.below(HOSTILE.len())],
        _ => char::from(b'a' + u8::try_from(random.below(26)).unwrap()),
    }
}

/// A number below `usual`, and seldom one just below `beyond`, which goes to both sides of a limit
/// and takes its time.
fn size(random: &mut Random, usual: usize, beyond: usize) -> usize {
    if random.once_in(20_000) {
        beyond - 1 - random.below(beyond / 40)
    } else {
        random.below(usual)
    }
}
