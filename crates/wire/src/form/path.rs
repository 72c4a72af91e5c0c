//! The path of a request, taken apart.

use super::{FormError, decode};

/// Splits and decodes a path: repeated and trailing slashes collapse, each segment is decoded
/// once (`+` stays, `%2F` is a slash within the segment), `.` and `..` and control characters
/// are refused, encoded ones too.
pub fn path_segments(path: &str) -> Result<Vec<String>, FormError> {
    path.split('/')
        .filter(|raw| !raw.is_empty())
        .map(|raw| {
            let segment = decode::path_text(raw.as_bytes())?;
            let is_refused =
                segment == "." || segment == ".." || segment.chars().any(char::is_control);
            if is_refused {
                Err(FormError::Path)
            } else {
                Ok(segment)
            }
        })
        .collect()
}
