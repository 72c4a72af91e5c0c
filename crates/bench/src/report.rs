//! The table, and its line of JSON.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::goals::Marks;

/// One figure with its marks.
#[derive(Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) figure: f64,
    pub(crate) unit: &'static str,
    #[serde(skip)]
    pub(crate) marks: Option<Marks>,
}

/// What a run came to.
#[derive(Default, Serialize)]
pub(crate) struct Report {
    /// About the machine and the run.
    pub(crate) notes: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

impl Report {
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    pub(crate) fn add(
        &mut self,
        name: impl Into<String>,
        figure: f64,
        unit: &'static str,
        marks: Option<Marks>,
    ) {
        self.rows.push(Row {
            name: name.into(),
            figure,
            unit,
            marks,
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "{:<44} {:>12} {:<7} {:>7} {:>7} {:>8}",
            "figure", "", "", "floor", "goal", "moonshot"
        )?;
        let (mut held, mut missed, mut met, mut unmet) = (0, 0, 0, 0);
        for row in &self.rows {
            write!(f, "{:<44} {:>12.3} {:<7}", row.name, row.figure, row.unit)?;
            if let Some(marks) = row.marks {
                let sign = |mark: f64| {
                    let is_reached = marks.reaches(row.figure, mark);
                    format!("{mark}{}", if is_reached { "+" } else { "-" })
                };
                let floor = marks.floor.map(sign).unwrap_or_default();
                write!(
                    f,
                    " {floor:>7} {:>7} {:>8}",
                    sign(marks.goal),
                    sign(marks.moonshot)
                )?;
                if let Some(floor) = marks.floor {
                    let is_held = marks.reaches(row.figure, floor);
                    held += usize::from(is_held);
                    missed += usize::from(!is_held);
                }
                let is_met = marks.reaches(row.figure, marks.goal);
                met += usize::from(is_met);
                unmet += usize::from(!is_met);
            }
            writeln!(f)?;
        }
        writeln!(f)?;
        writeln!(f, "floors: {held} held, {missed} missed")?;
        writeln!(f, "goals: {met} met, {unmet} missed")
    }
}

/// Appends the report to a file of runs.
pub(crate) fn append(history: &Path, report: &Report) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(history)?;
    writeln!(file, "{}", serde_json::to_string(report)?)?;
    Ok(())
}
