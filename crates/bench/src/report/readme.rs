//! The table that the README quotes: generated, so that it is never better than a run.

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;

use super::{Found, Report, Row};
use crate::machine::Machine;

const BEGIN: &str = "<!-- script/bench writes from here -->\n";
const END: &str = "<!-- to here -->\n";

/// Replaces what lies between the two markers of the file.
pub(crate) fn write_between_markers(
    path: &Path,
    plan: &str,
    machine: &Machine,
    report: &Report,
) -> anyhow::Result<()> {
    let file = || format!("cannot write the table into '{}'", path.display());
    let text = std::fs::read_to_string(path).with_context(file)?;
    let table = table(plan, machine, report);
    let text = replaced(&text, &table)
        .with_context(|| format!("{}: it needs the lines '{BEGIN}' and '{END}'", file()))?;
    std::fs::write(path, text).with_context(file)
}

fn replaced(text: &str, table: &str) -> Option<String> {
    let from = text.find(BEGIN)? + BEGIN.len();
    let to = from + text[from..].find(END)?;
    Some(format!("{}{table}{}", &text[..from], &text[to..]))
}

/// Rows that something is promised of.
fn table(plan: &str, machine: &Machine, report: &Report) -> String {
    let mut text = format!(
        "\n`script/bench {plan}` at {} on {}:\n\n| | figure | | floor | goal |\n|---|---:|---|---:|---:|\n",
        machine.commit, machine
    );
    for row in &report.rows {
        if let Some(line) = line(row) {
            // Writing into a text cannot fail.
            let _written = writeln!(text, "{line}");
        }
    }
    text.push('\n');
    text
}

fn line(row: &Row) -> Option<String> {
    let marks = row.marks?;
    let Row { name, unit, .. } = row;
    let unit = unit.as_str();
    let figure = match &row.found {
        Found::Figure(figure) => format!("{figure:.2} | {unit}"),
        Found::Noisy(figure) => format!("{figure:.2} | {unit}, noisy"),
        Found::Missing(why) => format!("| not measured: {why}"),
    };
    let floor = marks.floor.map(|mark| mark.to_string()).unwrap_or_default();
    Some(format!("| {name} | {figure} | {floor} | {} |", marks.goal))
}

#[cfg(test)]
mod tests {
    use super::super::Unit;
    use super::*;
    use crate::goals;

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let text = format!("before\n{BEGIN}old\n{END}after\n");
        let expected = format!("before\n{BEGIN}new\n{END}after\n");
        assert_eq!(replaced(&text, "new\n"), Some(expected));
        assert_eq!(replaced("no markers", "new"), None);
        assert_eq!(replaced(END, "new"), None);
    }

    #[test]
    fn a_row_without_marks_is_left_out() {
        let row = |marks| Row {
            name: "V0".to_owned(),
            found: Found::Figure(0.7),
            unit: Unit::OfBare,
            marks,
        };
        assert_eq!(line(&row(None)), None);
        let shown = line(&row(Some(goals::V0)));
        assert_eq!(
            shown.as_deref(),
            Some("| V0 | 0.70 | of bare | 0.6 | 0.75 |")
        );
    }
}
