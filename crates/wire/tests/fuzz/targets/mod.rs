//! What every input must satisfy, whatever its bytes. Each target runs one reader, panics where a
//! law is broken, and tells what became of the input.
//!
//! The tests here call the targets, and so do the programs below `fuzz/`, which include this file
//! by its path.

mod envelope;
mod filter;
mod form;
mod json;
mod xml;

pub(crate) use filter::filter;
pub(crate) use form::form;
pub(crate) use json::json;
pub(crate) use xml::xml;

/// What became of an input. A fuzzer keeps the inputs that come to a new one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// The reader refused it: the kind of its reason.
    Refused(String),
    /// The reader took it: what the content is like, sizes by their order of magnitude.
    Accepted(Vec<u8>),
}

/// 0, 1, 2, 4, 8 … are told apart.
fn magnitude(count: usize) -> u8 {
    u8::try_from(usize::BITS - count.leading_zeros()).expect("a number has few bits")
}
