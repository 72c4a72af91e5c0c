//! `leasehold-agent`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    leasehold_agent::run(std::env::args_os().skip(1))
}
