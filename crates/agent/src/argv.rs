//! Takes a password off the process list, which every user of the machine can read for as long as
//! the program runs: the program starts itself again, in its own place, with the password in a
//! variable instead, which only the same user can read.

use std::ffi::OsString;
use std::io;
use std::process::Command;

use crate::cli::{self, PASSWORD_FILE_VARIABLE, PASSWORD_VARIABLE};

/// Starts the program again with these arguments and, where it is needed, the password that was among
/// them. Comes back only when that is not possible, with the reason.
fn start_again(others: Vec<OsString>, password: Option<OsString>) -> io::Error {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    let mut again = Command::new(program);
    again.args(others);
    if let Some(password) = password {
        // What stood on the line prevails over any variable.
        again.env_remove(PASSWORD_FILE_VARIABLE);
        again.env(PASSWORD_VARIABLE, password);
    }
    std::os::unix::process::CommandExt::exec(&mut again)
}

/// Takes the password of a right line off the process list, where it holds one. Gives what to tell
/// when that was not possible.
pub(crate) fn hide_password(arguments: &[OsString], command: &cli::Command) -> Option<String> {
    let (others, password) = cli::without_password(arguments)?;
    let is_needed = matches!(command, cli::Command::Export(_));
    let error = start_again(others, is_needed.then_some(password));
    Some(format!(
        "The password stays in the process list ({error}); --nlic.password-file keeps it off."
    ))
}
