//! Where passwords come from: never from the command line, where every user of the machine
//! could read them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::PathBuf;

use leasehold_seal::secret::Secret;
use zeroize::Zeroizing;

const VARIABLE: &str = "LEASEHOLD_PASSWORD";
const FILE_VARIABLE: &str = "LEASEHOLD_PASSWORD_FILE";

/// More than any password has.
const LIMIT: u64 = 4096;

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PromptError {
    /// No way was left.
    #[error(
        "no password was given: set {VARIABLE} or {FILE_VARIABLE}, pipe it in with --password-stdin, or run this on a terminal"
    )]
    NoWay,
    /// Two typed passwords differ.
    #[error("the two passwords differ")]
    Differ,
    /// It is not UTF-8.
    #[error("{VARIABLE} is not valid UTF-8")]
    NotText,
    /// A file cannot be read.
    #[error("the password file '{}' cannot be read", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// The standard input or the terminal cannot be read.
    #[error("the password cannot be read")]
    Input(#[source] io::Error),
}

/// Reads a new password: from the standard input where that was asked for, else from the
/// environment, else from the terminal.
pub(crate) fn new_password(from_stdin: bool) -> Result<Secret, PromptError> {
    if from_stdin {
        return first_line(io::stdin().lock()).map_err(PromptError::Input);
    }
    if let Some(value) = std::env::var_os(VARIABLE) {
        let text = value.into_string().map_err(|_| PromptError::NotText)?;
        return Ok(Secret::new(text));
    }
    if let Some(path) = std::env::var_os(FILE_VARIABLE) {
        let path = PathBuf::from(path);
        return File::open(&path)
            .and_then(first_line)
            .map_err(|error| PromptError::File(path, error));
    }
    if !io::stdin().is_terminal() {
        return Err(PromptError::NoWay);
    }
    let ask = |prompt| rpassword::prompt_password(prompt).map(Secret::new);
    let first = ask("Password: ").map_err(PromptError::Input)?;
    let second = ask("Once more: ").map_err(PromptError::Input)?;
    if first.is(second.expose()) {
        Ok(first)
    } else {
        Err(PromptError::Differ)
    }
}

/// The first line, without its end: editors and `echo` put one there.
fn first_line(from: impl Read) -> io::Result<Secret> {
    let mut line = Zeroizing::new(String::new());
    BufReader::new(from.take(LIMIT)).read_line(&mut line)?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}
