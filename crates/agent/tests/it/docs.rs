//! The guide for administrators says what the program does.

use std::fmt::Write;
use std::path::Path;

use leasehold_agent::cli::{Action, GROUPS};

const BEGIN: &str = "<!-- options from here -->\n";
const END: &str = "<!-- to here -->";

/// The table of options in docs/AGENT.md is that of the program. After a change:
/// `LEASEHOLD_WRITE_DOCS=1 cargo test -p leasehold-agent --test it docs::`
#[test]
fn the_guide_has_every_option() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/AGENT.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (table, after) = rest.split_once(END).unwrap();
    let expected = table_of_options();
    if std::env::var_os("LEASEHOLD_WRITE_DOCS").is_some() {
        std::fs::write(&file, [before, BEGIN, &expected, END, after].concat()).unwrap();
    } else {
        let advice = "run LEASEHOLD_WRITE_DOCS=1 cargo test -p leasehold-agent --test it docs::";
        assert!(table == expected, "docs/AGENT.md lacks an option: {advice}");
    }
    for action in Action::ALL {
        assert!(text.contains(action.as_str()), "{}", action.as_str());
    }
}

fn table_of_options() -> String {
    let mut table = String::from("| Option | Default | For | Meaning |\n|---|---|---|---|\n");
    for group in GROUPS {
        let _ = writeln!(table, "| **{}** | | | |", group.title);
        for option in group.options {
            let short = option.short.map(|letter| format!("`-{letter}` "));
            let value = option.value().map(|name| format!("={name}"));
            let actions = option.actions.iter().map(|action| action.as_str());
            let actions: Vec<&str> = actions.collect();
            let _ = writeln!(
                table,
                "| {}`--{}{}` | {} | {} | {} |",
                short.unwrap_or_default(),
                option.long,
                value.unwrap_or_default(),
                option
                    .default
                    .map(|text| format!("`{text}`"))
                    .unwrap_or_default(),
                actions.join(", "),
                option.about.replace('|', "\\|"),
            );
        }
    }
    table
}
