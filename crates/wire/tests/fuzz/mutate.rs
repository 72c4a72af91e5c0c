//! Damage to an input.

use crate::random::Random;

/// Bytes of an input that is damaged, and of one that is kept.
pub(crate) const LONGEST: usize = 2 * 1024;

/// Damages `input` in one to six places, mostly in few. `other` is an input to splice with, `words`
/// are what the grammar is made of.
pub(crate) fn mutate(random: &mut Random, input: &mut Vec<u8>, other: &[u8], words: &[&str]) {
    let places = 1 + random.below(6);
    for _ in 0..=random.below(places) {
        once(random, input, other, words);
    }
    input.truncate(LONGEST);
}

fn once(random: &mut Random, input: &mut Vec<u8>, other: &[u8], words: &[&str]) {
    let at = random.below(input.len() + 1);
    let part = at..at + random.below((input.len() - at).min(64) + 1);
    match random.below(12) {
        0 if at < input.len() => input[at] ^= 1 << random.below(8),
        1 if at < input.len() => input[at] = random.byte(),
        2 => input.insert(at, random.byte()),
        3 => drop(input.drain(part)),
        4 => {
            let copy = input[part].to_vec();
            let to = random.below(input.len() + 1);
            insert(input, to, &copy);
        }
        5 => {
            let copy = input[part].to_vec();
            insert(input, at, &copy.repeat(1 + random.below(12)));
        }
        6 => {
            let from = random.below(other.len() + 1);
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        7 => {
            let from = random.below(other.len() + 1);
            let to = from + random.below((other.len() - from).min(256) + 1);
            insert(input, at, &other[from..to]);
        }
        8 => {
            let word = random.pick(words).as_bytes();
            input.splice(part, word.iter().copied());
        }
        9 => insert(input, at, random.pick(NOT_UTF8)),
        _ => insert(input, at, random.pick(words).as_bytes()),
    }
    input.truncate(LONGEST);
}

fn insert(input: &mut Vec<u8>, at: usize, what: &[u8]) {
    input.splice(at..at, what.iter().copied());
}

/// Alone, cut off, too long for what it says, a surrogate, beyond the last character.
const NOT_UTF8: &[&[u8]] = &[
    b"\x80",
    b"\xff",
    b"\xc3",
    b"\xe2\x82",
    b"\xc0\xaf",
    b"\xe0\x80\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
];
