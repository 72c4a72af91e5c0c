//! The official client libraries against our programs. Needs Node: `script/setup --all`.

#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]
#![expect(clippy::print_stdout, reason = "the checks are part of the result")]

mod npm;
