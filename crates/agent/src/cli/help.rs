//! The help screen, from the tables of actions and options.

use std::fmt::Write;

use super::action::Action;
use super::options::Definition;
use super::table::GROUPS;

/// What `--help` prints.
pub fn help() -> String {
    let mut text = String::from(USAGE);
    for action in Action::ALL {
        let (name, about) = (action.as_str(), action.about());
        let _ = match action.short() {
            Some(short) => writeln!(text, "  {name:<18}{about} (also: {short})"),
            None => writeln!(text, "  {name:<18}{about}"),
        };
    }
    for group in GROUPS {
        let _ = writeln!(text, "\n{}:", group.title);
        for row in group.options {
            tell(row, &mut text);
        }
    }
    text.push_str(FOOTER);
    text
}

fn tell(row: &Definition, text: &mut String) {
    let short = match row.short {
        Some(short) => format!("-{short}, "),
        None => "    ".to_owned(),
    };
    let value = row.value().map(|name| format!("={name}"));
    let _ = writeln!(text, "  {short}--{}{}", row.long, value.unwrap_or_default());
    let mut about = row.about.to_owned();
    if let Some(default) = row.default {
        let _ = write!(about, " [default: {default}]");
    }
    if !row.actions.is_empty() && row.actions.len() < Action::ALL.len() {
        let names: Vec<_> = row.actions.iter().map(|action| action.as_str()).collect();
        let _ = write!(about, " [{}]", names.join(", "));
    }
    for line in wrapped(&about, 70) {
        let _ = writeln!(text, "          {line}");
    }
}

/// What `--version` prints.
pub fn version() -> String {
    format!(
        "leasehold-agent {}\nREST API v2\n",
        env!("CARGO_PKG_VERSION")
    )
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

const USAGE: &str = "\
Answers license validations on a machine without internet.

Usage: leasehold-agent --action=<action> [options]
       leasehold-agent <action> [options]

Actions:
";

const FOOTER: &str = "
Passwords and passphrases are best given by --nlic.password-file, --passphrase-file, or the variables
LEASEHOLD_AGENT_NLIC_PASSWORD and LEASEHOLD_AGENT_PASSPHRASE: a line is seen by other users.

Each option can be set by a variable (--core.base.host is LEASEHOLD_AGENT_CORE_BASE_HOST)
or in the file leasehold-agent.toml. Order: option, variable, file, default.
";
