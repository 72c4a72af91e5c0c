//! The manual's pages and the shells' completions, from the command line's own definition.

use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::Shell;

/// Prints what `shell` completes a command line by.
pub(crate) fn completions(
    mut command: Command,
    shell: Shell,
    out: &mut impl Write,
) -> io::Result<()> {
    let name = command.get_name().to_owned();
    // Written at once: the library panics when a reader has gone.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    out.write_all(&script)?;
    out.flush()
}

/// Writes a page for the program, `leasehold.1`, and one for each command, `leasehold-serve.1`.
pub(crate) fn pages(command: Command, directory: &Path) -> io::Result<()> {
    // A page about `help` for each command would say nothing.
    clap_mangen::generate_to(command.disable_help_subcommand(true), directory)
}
