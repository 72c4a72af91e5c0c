//! A vendor, its packages, and the program.

pub(crate) mod package;
pub(crate) mod program;
