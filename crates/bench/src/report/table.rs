//! The table for people.

use std::fmt;

use super::{Found, Report, Row, Tally};
use crate::goals::Marks;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "{:<56} {:>10} {:<7} {:>7} {:>7} {:>8}",
            "figure", "", "", "floor", "goal", "moonshot"
        )?;
        for row in &self.rows {
            writeln!(f, "{}", line(row).trim_end())?;
        }
        writeln!(f)?;
        for invariant in &self.invariants {
            let verdict = match invariant.is_held {
                true => "held",
                false => "BROKEN",
            };
            writeln!(
                f,
                "{:<56} {verdict:>10}  {}",
                invariant.name, invariant.seen
            )?;
        }
        writeln!(f, "floors: {}", counted(self.floors(), "held"))?;
        writeln!(f, "goals: {}", counted(self.goals(), "met"))
    }
}

fn line(row: &Row) -> String {
    let (name, unit) = (&row.name, row.unit.as_str());
    match &row.found {
        Found::Missing(why) => format!("{name:<56} not measured: {why}"),
        Found::Noisy(figure) => {
            let marks = row.marks.map(|marks| marked(&marks, None));
            let marks = marks.unwrap_or_default();
            format!("{name:<56} {figure:>10.3} {unit:<7} {marks}  noisy")
        }
        Found::Figure(figure) => {
            let marks = row.marks.map(|marks| marked(&marks, Some(*figure)));
            let marks = marks.unwrap_or_default();
            format!("{name:<56} {figure:>10.3} {unit:<7} {marks}")
        }
    }
}

/// The marks, each with a sign that says whether `figure` reaches it.
fn marked(marks: &Marks, figure: Option<f64>) -> String {
    let sign = |mark: f64| match figure.map(|figure| marks.reaches(figure, mark)) {
        Some(true) => format!("{mark}+"),
        Some(false) => format!("{mark}-"),
        None => format!("{mark}?"),
    };
    let floor = marks.floor.map(sign).unwrap_or_default();
    let moonshot = marks.moonshot.map(sign).unwrap_or_default();
    format!("{floor:>7} {:>7} {moonshot:>8}", sign(marks.goal))
}

fn counted(tally: Tally, reached: &str) -> String {
    let Tally {
        reached: count,
        missed,
        open,
    } = tally;
    let counts = format!("{count} {reached}, {missed} missed");
    match open {
        0 => counts,
        _ => format!("{counts} ({open} not judged: noisy, or not measured)"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Unit;
    use super::*;
    use crate::goals;

    #[test]
    fn a_row_shows_which_marks_it_reaches() {
        let row = |found| Row {
            name: "V0".to_owned(),
            found,
            unit: Unit::OfBare,
            marks: Some(goals::V0),
        };
        let shown = line(&row(Found::Figure(0.7)));
        assert!(
            shown.ends_with("0.700 of bare    0.6+   0.75-     0.9-"),
            "{shown}"
        );
        let shown = line(&row(Found::Noisy(0.7)));
        assert!(shown.ends_with("0.6?   0.75?     0.9?  noisy"), "{shown}");
        let shown = line(&row(Found::Missing("why".to_owned())));
        assert!(shown.ends_with(" not measured: why"), "{shown}");
    }

    #[test]
    fn a_report_ends_with_its_two_counts() {
        let mut report = Report::default();
        report.add("fast", 0.76, Unit::OfBare, Some(goals::V0));
        report.add("slow", 0.5, Unit::OfBare, Some(goals::V0));
        let text = report.to_string();
        assert!(text.ends_with("\nfloors: 1 held, 1 missed\ngoals: 1 met, 1 missed\n"));
        report.push("loud", Found::Noisy(0.5), Unit::OfBare, Some(goals::V0));
        let text = report.to_string();
        assert!(text.contains("1 held, 1 missed (1 not judged: noisy, or not measured)\n"));
    }
}
