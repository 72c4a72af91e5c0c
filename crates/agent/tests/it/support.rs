//! A vendor, its packages, and the program.

pub(crate) mod package;
pub(crate) mod place;
pub(crate) mod program;
