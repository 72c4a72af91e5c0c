//! What a run came to: figures with their marks, and what must never be otherwise.

mod history;
mod readme;
mod table;

pub(crate) use history::append;
pub(crate) use readme::write_between_markers;

use std::collections::BTreeMap;

use crate::goals::Marks;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    PerSecond,
    /// Throughput as a share of the bare server's.
    OfBare,
    /// Throughput as a share of what API keys get.
    OfApiKeys,
    /// Processor time as a multiple of the bare server's: what comparisons rest on.
    CpuOfBare,
    /// A multiple of another figure of the run.
    Times,
    Microseconds,
    Milliseconds,
    Seconds,
    Megabytes,
    Kilobytes,
    Percent,
}

impl Unit {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PerSecond => "1/s",
            Self::OfBare => "of bare",
            Self::OfApiKeys => "of keys",
            Self::CpuOfBare => "x bare",
            Self::Times => "x",
            Self::Microseconds => "us",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Megabytes => "MB",
            Self::Kilobytes => "kB",
            Self::Percent => "%",
        }
    }

    /// True for what means the same on another machine, as far as anything does.
    pub(crate) fn is_ratio(self) -> bool {
        matches!(
            self,
            Self::OfBare | Self::OfApiKeys | Self::CpuOfBare | Self::Times
        )
    }
}

/// What was found out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    Figure(f64),
    /// A figure from a run whose reference varied too much: printed, and judged by nobody.
    Noisy(f64),
    /// Why there is none.
    Missing(String),
}

impl Found {
    pub(crate) fn figure(&self) -> Option<f64> {
        match self {
            Self::Figure(figure) | Self::Noisy(figure) => Some(*figure),
            Self::Missing(_) => None,
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// The same in every run: baselines go by it.
    pub(crate) name: String,
    pub(crate) found: Found,
    pub(crate) unit: Unit,
    pub(crate) marks: Option<Marks>,
}

/// What must hold in every run, whatever the machine.
#[derive(Debug, Clone)]
pub(crate) struct Invariant {
    pub(crate) name: String,
    /// What was seen, for people.
    pub(crate) seen: String,
    pub(crate) is_held: bool,
}

/// What a run came to.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// About the machine and the run.
    pub(crate) notes: Vec<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) invariants: Vec<Invariant>,
}

/// How many marks were reached.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) reached: usize,
    pub(crate) missed: usize,
    /// Noisy, or not measured.
    pub(crate) open: usize,
}

impl Report {
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    pub(crate) fn add(
        &mut self,
        name: impl Into<String>,
        figure: f64,
        unit: Unit,
        marks: Option<Marks>,
    ) {
        self.push(name, Found::Figure(figure), unit, marks);
    }

    pub(crate) fn missing(
        &mut self,
        name: impl Into<String>,
        unit: Unit,
        marks: Option<Marks>,
        why: impl Into<String>,
    ) {
        self.push(name, Found::Missing(why.into()), unit, marks);
    }

    pub(crate) fn push(
        &mut self,
        name: impl Into<String>,
        found: Found,
        unit: Unit,
        marks: Option<Marks>,
    ) {
        self.rows.push(Row {
            name: name.into(),
            found,
            unit,
            marks,
        });
    }

    pub(crate) fn invariant(
        &mut self,
        name: impl Into<String>,
        seen: impl Into<String>,
        is_held: bool,
    ) {
        self.invariants.push(Invariant {
            name: name.into(),
            seen: seen.into(),
            is_held,
        });
    }

    pub(crate) fn floors(&self) -> Tally {
        self.tally(|marks| marks.floor)
    }

    pub(crate) fn goals(&self) -> Tally {
        self.tally(|marks| Some(marks.goal))
    }

    fn tally(&self, mark: impl Fn(&Marks) -> Option<f64>) -> Tally {
        let mut tally = Tally::default();
        for row in &self.rows {
            let Some((marks, mark)) = row.marks.and_then(|marks| Some((marks, mark(&marks)?)))
            else {
                continue;
            };
            match row.found {
                Found::Figure(figure) if marks.reaches(figure, mark) => tally.reached += 1,
                Found::Figure(_) => tally.missed += 1,
                Found::Noisy(_) | Found::Missing(_) => tally.open += 1,
            }
        }
        tally
    }

    /// The names of floors that do not hold, and of invariants that are broken.
    pub(crate) fn broken(&self) -> Vec<&str> {
        let below = |row: &&Row| match (&row.found, row.marks) {
            (Found::Figure(figure), Some(marks)) => marks
                .floor
                .is_some_and(|floor| !marks.reaches(*figure, floor)),
            _ => false,
        };
        let floors = self.rows.iter().filter(below).map(|row| &*row.name);
        let invariants = self.invariants.iter().filter(|one| !one.is_held);
        floors
            .chain(invariants.map(|invariant| &*invariant.name))
            .collect()
    }

    /// What a baseline keeps of it.
    pub(crate) fn ratios(&self) -> BTreeMap<String, f64> {
        let ratios = self.rows.iter().filter(|row| row.unit.is_ratio());
        ratios
            .filter_map(|row| Some((row.name.clone(), row.found.figure()?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goals;

    fn report() -> Report {
        let mut report = Report::default();
        report.add("fast", 0.76, Unit::OfBare, Some(goals::V0));
        report.add("slow", 0.5, Unit::OfBare, Some(goals::V0));
        report.push("loud", Found::Noisy(0.1), Unit::OfBare, Some(goals::V0));
        report.missing("none", Unit::OfBare, Some(goals::TLS), "not built");
        report.add("memory", 39.0, Unit::Megabytes, Some(goals::RSS_10K));
        report.add("for people", 7.0, Unit::PerSecond, None);
        report.invariant("seats", "50 live", true);
        report.invariant("books", "3 lost", false);
        report
    }

    #[test]
    fn what_is_noisy_or_missing_is_neither_held_nor_missed() {
        let tally = |reached, missed, open| Tally {
            reached,
            missed,
            open,
        };
        assert_eq!(report().floors(), tally(1, 1, 2));
        assert_eq!(report().goals(), tally(2, 1, 2));
    }

    #[test]
    fn a_missed_floor_and_a_broken_invariant_are_named() {
        assert_eq!(report().broken(), ["slow", "books"]);
    }

    #[test]
    fn only_ratios_are_compared_with_other_runs() {
        let ratios = report().ratios();
        let names: Vec<&str> = ratios.keys().map(String::as_str).collect();
        assert_eq!(names, ["fast", "loud", "slow"]);
    }
}
