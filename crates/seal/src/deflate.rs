//! Smaller for storage and for travelling.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::envelope::INFLATED_LIMIT;

/// The usual trade of time for size.
const LEVEL: u8 = 6;

/// Deflates.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, LEVEL)
}

/// Inflates what [`deflate`] made; `None`: it is something else, or more than 1 GiB.
pub fn inflate(deflated: &[u8]) -> Option<Vec<u8>> {
    decompress_to_vec_with_limit(deflated, INFLATED_LIMIT).ok()
}
