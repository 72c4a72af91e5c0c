//! The path of a request, taken apart.

use std::borrow::Cow;

use super::{FormError, decode};

/// Splits and decodes a path: repeated and trailing slashes collapse, each segment is decoded
/// once (`+` stays, `%2F` is a slash within the segment), `.` and `..` and control characters
/// are refused, encoded ones too.
pub fn path_segments(path: &str) -> Result<Vec<Cow<'_, str>>, FormError> {
    let raw = path.split('/').filter(|raw| !raw.is_empty());
    let mut segments = Vec::with_capacity(USUAL);
    for raw in raw {
        let segment = decode::path_text(raw.as_bytes())?;
        if matches!(&*segment, "." | "..") || has_control(&segment) {
            return Err(FormError::Path);
        }
        segments.push(segment);
    }
    Ok(segments)
}

/// True for a text with a control character. Those of ASCII are bytes of their own; all others
/// begin with 0xC2, as some good characters do.
fn has_control(text: &str) -> bool {
    let is_suspect = |byte: u8| byte.is_ascii_control() || byte == 0xC2;
    text.bytes().any(is_suspect) && text.chars().any(char::is_control)
}

/// Segments of the longest path that is often asked for: a base of three, and a licensee's validation.
const USUAL: usize = 6;
