//! The path of a request, taken apart.

use std::borrow::Cow;

use super::{FormError, decode};

/// Splits and decodes a path: repeated and trailing slashes collapse, each segment is decoded
/// once (`+` stays, `%2F` is a slash within the segment), `.` and `..` and control characters
/// are refused, encoded ones too.
pub fn path_segments(path: &str) -> Result<Vec<Cow<'_, str>>, FormError> {
    let is_plain = is_plain(path);
    let raw = path.split('/').filter(|raw| !raw.is_empty());
    let mut segments = Vec::with_capacity(USUAL);
    for raw in raw {
        let segment = if is_plain {
            Cow::Borrowed(raw)
        } else {
            decode::path_text(raw.as_bytes())?
        };
        let is_dots = matches!(&*segment, "." | "..");
        if is_dots || (!is_plain && has_control(&segment)) {
            return Err(FormError::Path);
        }
        segments.push(segment);
    }
    Ok(segments)
}

/// True for a path that has nothing to decode and no control character, as nearly every path. Without
/// a branch for each byte, so that many are looked at together.
fn is_plain(path: &str) -> bool {
    !path.bytes().fold(false, |found, byte| {
        found | (byte == b'%') | is_suspect(byte)
    })
}

/// True for a text with a control character. Those of ASCII are bytes of their own; all others
/// begin with 0xC2, as some good characters do.
fn has_control(text: &str) -> bool {
    text.bytes().any(is_suspect) && text.chars().any(char::is_control)
}

/// True for a byte that may be a control character or begin one.
fn is_suspect(byte: u8) -> bool {
    byte.is_ascii_control() || byte == 0xC2
}

/// Segments of the longest path that is often asked for: a base of three, and a licensee's validation.
const USUAL: usize = 6;
