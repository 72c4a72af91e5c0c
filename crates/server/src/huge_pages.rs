//! Whether the kernel may back memory with pages of 2 MB.
//!
//! Every request looks somewhere else in what is kept of the licensees. Where that is half a gigabyte, the
//! processor walks through tables of pages of 4 kB for nearly each look: huge pages make an answer a tenth
//! faster. Where it is little, they would only hold some 17 MB that are never written to, and the allocator
//! asks for none by itself.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// What tells the allocator to ask for them. It looks there once, before anything else in the program runs.
const SETTING: &str = "MIMALLOC_ALLOW_THP";

/// As large a database as has so many licensees that it pays.
const LARGE: u64 = 64 << 20;

/// Starts the program anew, as the same process, where it has a large store and nobody has said whether it
/// should have huge pages. `data` holds the store; `None`: it is somewhere else, and who has PostgreSQL has much.
pub(crate) fn have_for(data: Option<&Path>) {
    let is_large = data.is_none_or(|data| leasehold_store::stored_bytes(data) >= LARGE);
    if is_large && std::env::var_os(SETTING).is_none() {
        let error = start_anew();
        // It works without.
        tracing::debug!(error = &error as &dyn std::error::Error, "no huge pages");
    }
}

/// Returns only when it failed.
fn start_anew() -> io::Error {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    let mut arguments = std::env::args_os();
    let name = arguments.next();
    let mut command = Command::new(&program);
    command.arg0(name.unwrap_or_else(|| program.into_os_string()));
    command.args(arguments).env(SETTING, "1").exec()
}
