//! The ratios that a change is compared with. Never absolute figures: those belong to a machine.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;

use crate::report::{Report, Unit};
use crate::stats::median;

/// How much worse a ratio of processor time may be.
const TOLERANCE: f64 = 1.15;

/// For each plan, its ratios by the names of their rows.
type Plans = BTreeMap<String, BTreeMap<String, f64>>;

/// The ratios of one plan.
pub(crate) struct Baseline(BTreeMap<String, f64>);

/// A row that became worse.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Worse {
    pub(crate) name: String,
    pub(crate) before: f64,
    pub(crate) now: f64,
}

impl Baseline {
    /// Empty when the file, or the plan in it, is not there: nothing is worse than nothing.
    pub(crate) fn read(path: &Path, plan: &str) -> anyhow::Result<Self> {
        let mut plans = plans(path)?;
        Ok(Self(plans.remove(plan).unwrap_or_default()))
    }

    /// The rows of processor time that are worse in the median of these runs.
    pub(crate) fn worse_in(&self, runs: &[&Report]) -> Vec<Worse> {
        let mut figures: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for row in runs.iter().flat_map(|run| &run.rows) {
            if let (Unit::CpuOfBare, Some(figure)) = (row.unit, row.found.figure()) {
                figures.entry(&row.name).or_default().push(figure);
            }
        }
        let compared = figures.into_iter().filter_map(|(name, figures)| {
            let before = *self.0.get(name)?;
            let now = median(figures);
            (now > before * TOLERANCE).then(|| Worse {
                name: name.to_owned(),
                before,
                now,
            })
        });
        compared.collect()
    }
}

/// Makes the run's ratios the ones that its plan is compared with from now on.
pub(crate) fn update(path: &Path, plan: &str, run: &Report) -> anyhow::Result<()> {
    let mut plans = plans(path)?;
    // More digits would only make every update a change of every line.
    let rounded = run
        .ratios()
        .into_iter()
        .map(|(name, ratio)| (name, (ratio * 1000.0).round() / 1000.0));
    plans.insert(plan.to_owned(), rounded.collect());
    let text = serde_json::to_string_pretty(&plans)? + "\n";
    std::fs::write(path, text)
        .with_context(|| format!("cannot write the baseline '{}'", path.display()))
}

fn plans(path: &Path) -> anyhow::Result<Plans> {
    let file = || format!("cannot read the baseline '{}'", path.display());
    if !path.exists() {
        return Ok(Plans::new());
    }
    let text = std::fs::read_to_string(path).with_context(file)?;
    serde_json::from_str(&text).with_context(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(cpu: f64) -> Report {
        let mut report = Report::default();
        report.add("V0, CPU", cpu, Unit::CpuOfBare, None);
        report.add("V0", 0.1, Unit::OfBare, None);
        report.add("new, CPU", 9.0, Unit::CpuOfBare, None);
        report
    }

    fn baseline() -> Baseline {
        Baseline([("V0, CPU".to_owned(), 2.0), ("V0".to_owned(), 0.9)].into())
    }

    #[test]
    fn only_processor_time_decides_and_only_beyond_the_tolerance() {
        assert_eq!(baseline().worse_in(&[&run(2.3)]), []);
        let worse = Worse {
            name: "V0, CPU".to_owned(),
            before: 2.0,
            now: 2.4,
        };
        assert_eq!(baseline().worse_in(&[&run(2.4)]), [worse]);
    }

    #[test]
    fn one_bad_run_of_three_is_no_regression() {
        assert_eq!(baseline().worse_in(&[&run(5.0), &run(2.0), &run(2.1)]), []);
        assert_eq!(
            baseline()
                .worse_in(&[&run(5.0), &run(2.0), &run(2.5)])
                .len(),
            1
        );
    }

    #[test]
    fn an_update_is_what_the_next_run_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.json");
        assert_eq!(Baseline::read(&path, "quick").unwrap().0, BTreeMap::new());
        update(&path, "full", &run(3.0)).unwrap();
        update(&path, "quick", &run(2.000_04)).unwrap();
        let read = Baseline::read(&path, "quick").unwrap().0;
        assert_eq!(read["V0, CPU"], 2.0);
        assert_eq!(read["V0"], 0.1);
        assert_eq!(Baseline::read(&path, "full").unwrap().0["V0, CPU"], 3.0);
    }
}
