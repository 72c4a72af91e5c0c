//! `leasehold`: the server and its administration commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    leasehold_server::cli::main()
}
