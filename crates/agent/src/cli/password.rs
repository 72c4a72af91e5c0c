//! A password among the arguments: found by the rules of the parser, and taken out.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The arguments without the password, and the password; `None` where they hold none. `-` stands for
/// standard input, and is no secret.
pub(crate) fn without_password(arguments: &[OsString]) -> Option<(Vec<OsString>, OsString)> {
    let mut others = Vec::with_capacity(arguments.len());
    let mut password = None;
    let mut arguments = arguments.iter().peekable();
    while let Some(argument) = arguments.next() {
        let value = match argument.as_bytes() {
            b"-p" | b"--nlic.password" => {
                let is_value =
                    |next: &&OsString| *next == "-" || !next.as_bytes().starts_with(b"-");
                arguments.next_if(is_value).map(|value| value.as_bytes())
            }
            long if long.starts_with(LONG) => Some(&long[LONG.len()..]),
            short if short.starts_with(SHORT) => {
                let value = &short[SHORT.len()..];
                Some(value.strip_prefix(b"=").unwrap_or(value))
            }
            _ => None,
        };
        match value {
            Some(value) if value != b"-" => {
                password = Some(OsString::from_vec(value.to_owned()));
            }
            Some(_) => others.push(OsStr::new("--nlic.password=-").to_owned()),
            None => others.push(argument.clone()),
        }
    }
    Some((others, password?))
}

const LONG: &[u8] = b"--nlic.password=";
const SHORT: &[u8] = b"-p";

/// The variable that holds the password of the server.
pub(crate) const PASSWORD_VARIABLE: &str = "LEASEHOLD_AGENT_NLIC_PASSWORD";
/// The variable that says in which file it is.
pub(crate) const PASSWORD_FILE_VARIABLE: &str = "LEASEHOLD_AGENT_NLIC_PASSWORD_FILE";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::options::{Definition, Id};

    fn taken(line: &[&str]) -> Option<(Vec<OsString>, OsString)> {
        let line: Vec<OsString> = line.iter().map(OsString::from).collect();
        without_password(&line)
    }

    #[test]
    fn a_password_is_taken_out_however_it_is_written() {
        for written in [
            &["-p", "a b"][..],
            &["-pa b"],
            &["-p=a b"],
            &["--nlic.password", "a b"],
            &["--nlic.password=a b"],
        ] {
            let line = [&["export-assets", "-u", "acme"], written, &["-f"]].concat();
            let (others, password) = taken(&line).unwrap();
            assert_eq!(others, ["export-assets", "-u", "acme", "-f"], "{written:?}");
            assert_eq!(password, "a b");
        }
        for none in [
            &["-u", "acme", "--nlic.password-file=p"][..],
            &["-p", "-"],
            &["-p-"],
            &["-p", "-f"],
            &["--port=1"],
        ] {
            assert_eq!(taken(none), None, "{none:?}");
        }
    }

    #[test]
    fn the_variables_are_those_of_the_options() {
        let file = Definition::of(Id::PasswordFile).variable();
        assert_eq!(file, PASSWORD_FILE_VARIABLE);
        assert_eq!(Definition::of(Id::Password).variable(), PASSWORD_VARIABLE);
        assert_eq!(Definition::of(Id::Password).short, Some('p'));
    }
}
