//! The help screen, from the table of options.

use std::fmt::Write;

use super::options::{Action, Kind, OPTIONS};

/// What `--help` prints.
pub fn help() -> String {
    let mut text = String::from(USAGE);
    for row in OPTIONS {
        let short = match row.short {
            Some(short) => format!("-{short}, "),
            None => "    ".to_owned(),
        };
        let value = match row.kind {
            Kind::Switch => String::new(),
            Kind::Value { name } | Kind::List { name } => format!("={name}"),
        };
        let _ = writeln!(text, "  {short}--{}{value}", row.long);
        let mut about = row.help.to_owned();
        if !row.actions.is_empty() && row.actions.len() < Action::ALL.len() {
            let names: Vec<_> = row.actions.iter().map(|action| action.as_str()).collect();
            let _ = write!(about, " [{}]", names.join(", "));
        }
        for line in wrapped(&about, 70) {
            let _ = writeln!(text, "          {line}");
        }
    }
    text.push_str(FOOTER);
    text
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
  export-assets       fetch sealed packages from the server
  import-assets       take packages into the database
  run-agent-offline   answer from the database (also: run-offline)

Options:
";

const FOOTER: &str = "
Each option can be set by a variable (--core.base.host is LEASEHOLD_AGENT_CORE_BASE_HOST)
or in the file leasehold-agent.toml. Order: option, variable, file, default.
";
