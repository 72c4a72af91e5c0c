//! A server and an agent that exchange files in both directions (MG-0), as the stories of the cases and
//! of the laws have it: what each side keeps in order to merge, and which files it refuses.

use leasehold_model::merge::{Conflict, Direction, Sides, merge};
use leasehold_model::snapshot::{LicenseeAggregate, ProductTree};
use serde_json::Value;

use super::shown::{conflicts, licenses, named, normal};
use super::world::{license, set, with};

/// Both sides, and the files that travel.
pub(super) struct Exchange<'a> {
    product: &'a ProductTree,
    pub(super) server: LicenseeAggregate,
    pub(super) agent: LicenseeAggregate,
    exports: Vec<Export>,
    reports: Vec<Report>,
    /// The export that the agent took in last, and what it held.
    imported: Option<(usize, LicenseeAggregate)>,
    /// The state files that the server merged, the newest last.
    merged: Vec<usize>,
}

struct Export {
    state: LicenseeAggregate,
    /// The newest state file merged by then.
    last_report: Option<usize>,
}

struct Report {
    state: LicenseeAggregate,
    /// The export that it is based on.
    based_on: usize,
}

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Taken {
    Merged(Vec<Conflict>),
    Unchanged,
    Refused,
}

impl<'a> Exchange<'a> {
    pub(super) fn new(product: &'a ProductTree, server: LicenseeAggregate) -> Self {
        Self {
            product,
            server,
            agent: with(Vec::new()),
            exports: Vec::new(),
            reports: Vec::new(),
            imported: None,
            merged: Vec::new(),
        }
    }

    pub(super) fn export(&mut self) {
        self.exports.push(Export {
            state: self.server.clone(),
            last_report: self.merged.last().copied(),
        });
    }

    /// How many exports there are.
    pub(super) fn exports(&self) -> usize {
        self.exports.len()
    }

    /// How many state files there are.
    pub(super) fn reports(&self) -> usize {
        self.reports.len()
    }

    /// The agent takes in an export, counted from 1.
    pub(super) fn import(&mut self, number: usize) -> Taken {
        let export = &self.exports[number - 1];
        let base = match &self.imported {
            Some((newest, _)) if *newest == number => return Taken::Unchanged,
            Some((newest, _)) if *newest > number => return Taken::Refused,
            Some((newest, state)) => {
                // The later of the import before and the state file that the export names.
                let reported = export.last_report.map(|report| &self.reports[report - 1]);
                let reported = reported.filter(|report| report.based_on == *newest);
                Some(reported.map_or(state, |report| &report.state))
            }
            None => None,
        };
        let merged = merge(
            Direction::Import,
            Sides {
                product: self.product,
                base,
                theirs: &export.state,
                ours: &self.agent,
            },
        );
        self.imported = Some((number, export.state.clone()));
        self.agent = merged.aggregate;
        Taken::Merged(merged.conflicts)
    }

    /// The agent writes a state file, once it has something to report.
    pub(super) fn report(&mut self) {
        if let Some((based_on, _)) = self.imported {
            self.reports.push(Report {
                state: self.agent.clone(),
                based_on,
            });
        }
    }

    /// The server takes in a state file, counted from 1.
    pub(super) fn merge(&mut self, number: usize) -> Taken {
        let report = &self.reports[number - 1];
        if self.merged.contains(&number) {
            return Taken::Unchanged;
        }
        let newest = self.exports.len();
        if report.based_on != newest || self.merged.last().is_some_and(|last| *last > number) {
            return Taken::Refused;
        }
        let last = self.merged.last().map(|last| &self.reports[last - 1]);
        let since = last.filter(|last| last.based_on == newest);
        let base = since.map_or(&self.exports[newest - 1].state, |last| &last.state);
        let merged = merge(
            Direction::Report,
            Sides {
                product: self.product,
                base: Some(base),
                theirs: &report.state,
                ours: &self.server,
            },
        );
        self.server = merged.aggregate;
        self.merged.push(number);
        Taken::Merged(merged.conflicts)
    }

    /// Plays a round of a case. Returns how it went otherwise than the case says.
    pub(super) fn play(&mut self, round: &Value) -> Option<String> {
        let number = |name: &str| usize::try_from(round[name].as_u64().unwrap()).unwrap();
        let taken = match round["op"].as_str().unwrap() {
            "export" => {
                self.export();
                None
            }
            "report" => {
                self.report();
                None
            }
            "import" => Some(self.import(number("export"))),
            "merge" => Some(self.merge(number("report"))),
            op => {
                self.change(op, round);
                None
            }
        };
        if let Some(expected) = round.get("expect") {
            let (result, got) = match taken {
                Some(Taken::Merged(conflicts)) => ("merged", conflicts),
                Some(Taken::Unchanged) => ("unchanged", Vec::new()),
                Some(Taken::Refused) => ("refused", Vec::new()),
                None => ("nothing", Vec::new()),
            };
            let told = expected.get("conflicts").map(named).unwrap_or_default();
            if expected["result"] != result || told != named(&conflicts(&got)) {
                return Some(format!("expected {expected}, got {result}, {got:?}"));
            }
        }
        [("server", &self.server), ("agent", &self.agent)]
            .into_iter()
            .find_map(|(side, state)| {
                let (expected, got) = (normal(&round["after"][side]), licenses(state));
                (expected != got).then(|| format!("{side}: expected {expected}, got {got}"))
            })
    }

    fn change(&mut self, op: &str, round: &Value) {
        let side = match round["side"].as_str().unwrap() {
            "server" => &mut self.server,
            _ => &mut self.agent,
        };
        let is_named =
            |number: &leasehold_model::number::LicenseNumber| round["license"] == number.as_str();
        match op {
            "set" => {
                let licenses = &mut side.licenses;
                let found = licenses
                    .iter_mut()
                    .find(|license| is_named(&license.number));
                set(found.unwrap(), round);
            }
            "add" => {
                side.licenses.push(license(&round["value"]));
                *side = with(std::mem::take(&mut side.licenses));
            }
            "remove" => side.licenses.retain(|license| !is_named(&license.number)),
            other => panic!("unknown operation: {other}"),
        }
    }
}
