//! The agent's exit codes, each brought about with the real program (agent specification, section 15;
//! AG-63): the code, one line that says what happened, no stack trace, and no secret.
//!
//! Rows 9, 10, 14 and 20 to 26 are about smart cards and license keys, which come later.

mod backup;
mod offline;
mod signals;
mod upstream;

pub(crate) use upstream::sell;

use std::process::{Command, Output};

use leasehold_testkit::offline::PASSPHRASE;
use leasehold_testkit::programs::run;

/// What no line may show.
const SECRETS: [&str; 3] = [PASSPHRASE, leasehold_testkit::installation::PASSWORD, WRONG];

/// A password that is none, and a secret all the same: somebody may have mistyped theirs.
const WRONG: &str = "mistyped by one letter";

/// The rows that were shown.
#[derive(Default)]
struct Table {
    rows: Vec<(i32, &'static str, String)>,
}

impl Table {
    /// Runs a command that must end with `code`, and with a line that begins with `begin` and ends
    /// with `end`.
    fn row(&mut self, code: i32, when: &'static str, command: &mut Command, told: (&str, &str)) {
        let output = run(command);
        self.judge(code, when, &output, told);
    }

    fn judge(&mut self, code: i32, when: &'static str, output: &Output, told: (&str, &str)) {
        let out = String::from_utf8_lossy(&output.stdout);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{when}: {out}{err}");
        for secret in SECRETS {
            assert!(
                !out.contains(secret) && !err.contains(secret),
                "{when}: {out}{err}"
            );
        }
        assert!(
            !err.contains("panicked") && !err.contains("stack backtrace"),
            "{when}: {err}"
        );
        // Warnings and the log are no part of how it ends.
        let is_message = |line: &&str| !line.starts_with("Warning: ") && !line.starts_with('{');
        let lines: Vec<&str> = err.lines().filter(is_message).collect();
        let line = match (code, lines.as_slice()) {
            (0 | 130 | 143, []) => "",
            (_, [line]) => line,
            (_, lines) => panic!("{when}: one line was expected: {lines:?}"),
        };
        let (begin, end) = told;
        assert!(
            line.starts_with(begin) && line.ends_with(end),
            "{when}: {line}"
        );
        self.rows.push((code, when, line.to_owned()));
    }

    fn print(mut self) {
        self.rows.sort_by_key(|(code, ..)| *code);
        for (code, when, line) in &self.rows {
            println!("{code:>4}  {when:<52}  {line}");
        }
        let mut codes: Vec<i32> = self.rows.iter().map(|(code, ..)| *code).collect();
        codes.dedup();
        println!(
            "exit codes {codes:?}, one line each, no stack trace, no secret: {} passed, 0 failed",
            self.rows.len()
        );
    }
}
