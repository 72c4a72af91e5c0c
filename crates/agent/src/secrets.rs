//! Where passwords and passphrases come from: files, standard input, the
//! terminal, or chance.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Read};
use std::path::Path;

use leasehold_seal::secret::Secret;
use zeroize::Zeroizing;

use crate::cli::{PassphraseSource, PasswordSource};
use crate::error::AgentError;

/// Reads the password for the server.
pub(crate) fn password(source: &PasswordSource) -> Result<Secret, AgentError> {
    match source {
        PasswordSource::Given(password) => Ok(password.clone()),
        PasswordSource::File(path) => first_line("--nlic.password-file", path),
        PasswordSource::Stdin => {
            let mut line = Zeroizing::new(String::new());
            io::stdin()
                .lock()
                .take(LIMIT)
                .read_line(&mut line)
                .map_err(|error| {
                    let text = format!("cannot read standard input: {error}");
                    AgentError::option("--nlic.password", text)
                })?;
            not_empty("--nlic.password", &line)
        }
    }
}

/// Reads a passphrase that was given; `None` when none was.
pub(crate) fn passphrase(source: &PassphraseSource) -> Result<Option<Secret>, AgentError> {
    match source {
        PassphraseSource::Given(passphrase) => Ok(Some(passphrase.clone())),
        PassphraseSource::File(path) => first_line("--passphrase-file", path).map(Some),
        PassphraseSource::None => Ok(None),
    }
}

/// Asks the person at the terminal for the passphrase of file `name`; `None` when there is nobody.
pub(crate) fn ask(name: &str) -> Result<Option<Secret>, AgentError> {
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    let given = rpassword::prompt_password(format!("Passphrase of '{name}': "))
        .map_err(|error| AgentError::internal("ask for the passphrase", error))?;
    Ok((!given.is_empty()).then(|| Secret::new(given)))
}

/// A new passphrase of 128 bits, in groups that can be read aloud.
pub(crate) fn generate() -> Secret {
    let mut random = Zeroizing::new([0; 16]);
    leasehold_service::numbers::fill(&mut *random);
    let mut text = String::with_capacity(32);
    for at in 0..26 {
        if at > 0 && at % 5 == 0 {
            text.push('-');
        }
        text.push(char::from(BASE32[usize::from(five_bits(&random, at * 5))]));
    }
    Secret::new(text)
}

/// The five bits from bit `from` on; zeros beyond the end.
fn five_bits(bytes: &[u8; 16], from: usize) -> u8 {
    let byte = |at: usize| u16::from(bytes.get(at).copied().unwrap_or(0));
    let pair = byte(from / 8) << 8 | byte(from / 8 + 1);
    ((pair >> (11 - from % 8)) & 31) as u8
}

fn first_line(option: &str, path: &Path) -> Result<Secret, AgentError> {
    let cannot_read = |error: io::Error| {
        let text = format!("cannot read '{}': {error}", path.display());
        AgentError::option(option, text)
    };
    let mut text = Zeroizing::new(String::new());
    fs::File::open(path)
        .and_then(|file| file.take(LIMIT).read_to_string(&mut text))
        .map_err(cannot_read)?;
    not_empty(option, &text)
}

fn not_empty(option: &str, text: &str) -> Result<Secret, AgentError> {
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line.to_owned())),
        _ => Err(AgentError::option(option, "the first line is empty")),
    }
}

/// Bytes that are read of a file or of standard input.
const LIMIT: u64 = 64 * 1024;

/// RFC 4648.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_passphrase_is_26_characters_in_groups() {
        let (one, other) = (generate(), generate());
        assert_ne!(one, other);
        let groups: Vec<usize> = one.expose().split('-').map(str::len).collect();
        assert_eq!(groups, [5, 5, 5, 5, 5, 1]);
    }

    #[test]
    fn base32_is_that_of_the_rfc() {
        let bytes = *b"foobar\0\0\0\0\0\0\0\0\0\0";
        let text: String = (0..10)
            .map(|at| char::from(BASE32[usize::from(five_bits(&bytes, at * 5))]))
            .collect();
        assert_eq!(text, "MZXW6YTBOI");
        assert_eq!(five_bits(&[0xff; 16], 125), 0b11100);
    }
}
