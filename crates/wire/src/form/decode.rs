//! Percent-encoding, undone exactly once.

use std::borrow::Cow;

use super::FormError;

/// Decodes one name or value of a query or form: `+` is a blank there.
pub(super) fn form_text(raw: &[u8]) -> Result<Cow<'_, str>, FormError> {
    decode(raw, Plus::Blank)
}

/// Decodes one segment of a path: `+` is itself there.
pub(super) fn path_text(raw: &[u8]) -> Result<Cow<'_, str>, FormError> {
    decode(raw, Plus::Itself)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Plus {
    Blank,
    Itself,
}

fn decode(raw: &[u8], plus: Plus) -> Result<Cow<'_, str>, FormError> {
    let is_special = |byte: u8| byte == b'%' || (byte == b'+' && plus == Plus::Blank);
    match raw.iter().position(|byte| is_special(*byte)) {
        None => {
            let text = str::from_utf8(raw).map_err(|_| FormError::Utf8)?;
            Ok(Cow::Borrowed(text))
        }
        Some(first) => {
            let bytes = decode_from(raw, first, plus)?;
            let text = String::from_utf8(bytes).map_err(|_| FormError::Utf8)?;
            Ok(Cow::Owned(text))
        }
    }
}

/// Decodes `raw`, whose first special byte stands at `first`.
fn decode_from(raw: &[u8], first: usize, plus: Plus) -> Result<Vec<u8>, FormError> {
    let mut decoded = Vec::with_capacity(raw.len());
    decoded.extend_from_slice(&raw[..first]);
    let mut rest = &raw[first..];
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'%' => {
                let [high, low, behind @ ..] = rest else {
                    return Err(FormError::PercentEncoding);
                };
                let value = hexadecimal(*high).zip(hexadecimal(*low));
                let (high, low) = value.ok_or(FormError::PercentEncoding)?;
                decoded.push(high << 4 | low);
                rest = behind;
            }
            b'+' if plus == Plus::Blank => decoded.push(b' '),
            byte => decoded.push(*byte),
        }
    }
    Ok(decoded)
}

fn hexadecimal(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
