//! Texts that XML cannot hold, made into texts that it can, and back.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Writes `\` as `\\`, and what XML 1.0 cannot hold as `\u{1B}`: hexadecimal, upper case, without
/// leading zeros.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str(r"\\"),
            other if is_escaped(other) => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, r"\u{{{:X}}}", u32::from(other));
            }
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// Undoes [`escape`]; `None` for a text that it cannot have written.
pub(super) fn unescape(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('\\') {
        return Some(Cow::Borrowed(text));
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        plain.push_str(before);
        if let Some(behind) = behind.strip_prefix('\\') {
            plain.push('\\');
            rest = behind;
            continue;
        }
        let (digits, behind) = behind.strip_prefix("u{")?.split_once('}')?;
        let character = u32::from_str_radix(digits, 16)
            .ok()
            .and_then(char::from_u32)?;
        let is_canonical = format!("{:X}", u32::from(character)) == digits;
        if character == '\\' || !is_escaped(character) || !is_canonical {
            return None;
        }
        plain.push(character);
        rest = behind;
    }
    plain.push_str(rest);
    Some(Cow::Owned(plain))
}

fn is_escaped(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        '\\' | '\u{FFFE}' | '\u{FFFF}' => true,
        other => other < ' ',
    }
}
