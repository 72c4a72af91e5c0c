//! The manual page, in roff, from the tables of actions and options.

use std::fmt::Write;

use super::action::Action;
use super::options::Definition;
use super::table::GROUPS;

/// What `--man` prints.
pub fn manual() -> String {
    let mut page = format!(
        ".TH LEASEHOLD\\-AGENT 1 \"\" \"leasehold\\-agent {}\" \"User Commands\"\n",
        env!("CARGO_PKG_VERSION")
    );
    page.push_str(ABOVE);
    for action in Action::ALL {
        let names = match action.short() {
            Some(short) => format!("{}, {short}", action.as_str()),
            None => action.as_str().to_owned(),
        };
        let _ = writeln!(page, ".TP\n.B {}\n{}.", text(&names), text(action.about()));
    }
    page.push_str(".SH OPTIONS\n");
    for group in GROUPS {
        let _ = writeln!(page, ".SS {}", text(group.title));
        for option in group.options {
            tell(option, &mut page);
        }
    }
    page.push_str(BELOW);
    page
}

fn tell(option: &Definition, page: &mut String) {
    page.push_str(".TP\n");
    if let Some(short) = option.short {
        let _ = write!(page, "\\fB\\-{short}\\fR, ");
    }
    let _ = write!(page, "\\fB{}\\fR", text(&option.name()));
    if let Some(value) = option.value() {
        let _ = write!(page, "=\\fI{}\\fR", text(value));
    }
    let _ = writeln!(page, "\n{}", text(option.about));
    if let Some(default) = option.default {
        let _ = writeln!(page, "Default: {}", text(default));
    }
    if !option.actions.is_empty() && option.actions.len() < Action::ALL.len() {
        let names: Vec<&str> = option.actions.iter().map(|one| one.as_str()).collect();
        let _ = writeln!(page, "For {}.", text(&names.join(", ")));
    }
}

/// Plain text, in which roff finds nothing of its own.
fn text(plain: &str) -> String {
    let mut roff = String::new();
    for character in plain.chars() {
        match character {
            '\\' => roff.push_str("\\e"),
            '-' => roff.push_str("\\-"),
            '\'' => roff.push_str("\\(aq"),
            '.' if roff.is_empty() => roff.push_str("\\&."),
            ascii if ascii.is_ascii() => roff.push(ascii),
            other => {
                let _ = write!(roff, "\\[u{:04X}]", u32::from(other));
            }
        }
    }
    roff
}

const ABOVE: &str = r#"
.SH NAME
leasehold\-agent \- answers license validations on a machine without internet
.SH SYNOPSIS
.B leasehold\-agent
.I action
.RI [ options ]
.br
.B leasehold\-agent
\fB\-\-action=\fIaction\fR
.RI [ options ]
.SH DESCRIPTION
A vendor exports a package of licenses. The agent takes it in once, and from then on gives the answers
that the vendor\(aqs server would give. A later package brings changes; what was used meanwhile stays.
.PP
Each option can be set on the line, by a variable
.RB ( \-\-core.base.host
is
.BR LEASEHOLD_AGENT_CORE_BASE_HOST ),
or in the configuration file, under its long name. The first of these that has it decides.
.PP
Passwords and passphrases are best given by a file or a variable: a line is seen by other users.
.SH ACTIONS
"#;

const BELOW: &str = r#"
.SH EXIT STATUS
0 when all was done. Everything else has its own code, and one line on standard error says what
happened and what to do; the guide lists them.
.SH ENVIRONMENT
.TP
.B LEASEHOLD_AGENT_PASSPHRASE
The passphrase that packages are sealed and opened with.
.TP
.B NOTIFY_SOCKET
Where the supervisor is told that the agent answers, see
.BR sd_notify (3).
.SH FILES
.TP
.I leasehold\-agent.toml
The configuration, in the working directory.
.TP
.I database/
What was taken in, in the working directory. It is the agent\(aqs alone.
.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT
End when the requests that are underway are answered, or after ten seconds.
.TP
.B SIGHUP
Read the certificate again.
.SH SEE ALSO
The guide for administrators, AGENT.md, which the Debian package has in
.IR /usr/share/doc/leasehold\-agent .
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_nothing_that_roff_would_obey() {
        assert_eq!(text(".it's \\n"), "\\&.it\\(aqs \\en");
        assert_eq!(text("A-Z…"), "A\\-Z\\[u2026]");
    }
}
