//! What holds in every history of uses, exports, imports and reports (AG-24, AG-25): nothing is lost,
//! nothing is counted twice, and no import gives anything back.

use std::io::{Write, stdout};

use leasehold_model::license::License;
use leasehold_model::merge::{Direction, Merged, Sides, merge};
use leasehold_model::number::LicenseNumber;
use leasehold_model::product::LicensingModel;
use leasehold_model::property::Given;
use leasehold_model::snapshot::{LicenseeAggregate, ProductTree};
use leasehold_model::template::LicenseType;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::exchange::{Exchange, Taken};
use super::world::{license, module, tree, with};

/// One step of a history. A number of a file is taken modulo those that there are.
#[derive(Debug, Clone)]
enum Event {
    Export,
    Import(usize),
    Report,
    Merge(usize),
    Use(Side, i64),
    /// A trial or a period begins, at this day.
    Start(Side, Dated, u32),
    /// A session takes a seat, or keeps it until this hour.
    Hold(Side, u8, u32),
    Drop(Side, u8),
    Bind(Side, u8),
    /// The vendor sells more.
    Sell(i64),
    /// The trial is made by the first call that needs it, whatever its number.
    Try(Side),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Server,
    Agent,
}

#[derive(Debug, Clone, Copy)]
enum Dated {
    Trial,
    Period,
}

fn event() -> impl Strategy<Value = Event> {
    let side = || prop_oneof![1 => Just(Side::Server), 3 => Just(Side::Agent)];
    prop_oneof![
        2 => Just(Event::Export),
        3 => (0..6_usize).prop_map(Event::Import),
        2 => Just(Event::Report),
        2 => (0..6_usize).prop_map(Event::Merge),
        4 => (side(), 1..9_i64).prop_map(|(side, amount)| Event::Use(side, amount)),
        2 => (side(), prop_oneof![Just(Dated::Trial), Just(Dated::Period)], 1..28_u32)
            .prop_map(|(side, dated, day)| Event::Start(side, dated, day)),
        2 => (side(), 0..3_u8, 0..24_u32).prop_map(|(side, id, hour)| Event::Hold(side, id, hour)),
        1 => (side(), 0..3_u8).prop_map(|(side, id)| Event::Drop(side, id)),
        1 => (side(), 0..4_u8).prop_map(|(side, secret)| Event::Bind(side, secret)),
        1 => (1..50_i64).prop_map(Event::Sell),
        1 => side().prop_map(Event::Try),
    ]
}

fn product() -> ProductTree {
    use LicenseType::{Feature, Floating, Quantity, TimeVolume};
    let modules = [
        ("CREDITS", LicensingModel::PayPerUse, Quantity, None),
        ("PERIOD", LicensingModel::Subscription, TimeVolume, None),
        ("SEATS", LicensingModel::Floating, Floating, None),
        (
            "NODES",
            LicensingModel::NodeLocked,
            Quantity,
            Some("CLIENT"),
        ),
        ("TRIAL", LicensingModel::TryAndBuy, TimeVolume, None),
        ("FEATURE", LicensingModel::MultiFeature, Feature, None),
    ];
    tree(
        modules
            .into_iter()
            .map(|(number, model, kind, mode)| module(number, model, kind, mode)),
    )
}

fn sold() -> LicenseeAggregate {
    let licenses = [
        ("C", "CREDITS", json!({"quantity": "100"})),
        ("P", "PERIOD", json!({"timeVolume": "30"})),
        ("S", "SEATS", json!({"maxSessions": "3"})),
        ("N", "NODES", json!({"quota": "3"})),
        ("F", "FEATURE", json!({})),
    ];
    with(
        licenses
            .iter()
            .map(|(number, template, properties)| made(number, template, properties))
            .collect(),
    )
}

fn made(number: &str, template: &str, properties: &serde_json::Value) -> License {
    license(&json!({
        "number": number, "licenseTemplateNumber": template, "active": true, "properties": properties,
    }))
}

/// A history, with what has truly happened beside it.
struct History<'a> {
    exchange: Exchange<'a>,
    product: &'a ProductTree,
    used: i64,
    /// Trials made, for numbers of their own.
    trials: u32,
}

impl<'a> History<'a> {
    fn begin(product: &'a ProductTree) -> Self {
        let mut exchange = Exchange::new(product, sold());
        exchange.export();
        exchange.import(1);
        Self {
            exchange,
            product,
            used: 0,
            trials: 0,
        }
    }

    fn side(&mut self, side: Side) -> &mut LicenseeAggregate {
        match side {
            Side::Server => &mut self.exchange.server,
            Side::Agent => &mut self.exchange.agent,
        }
    }

    fn play(&mut self, event: &Event) -> Result<(), TestCaseError> {
        match event {
            Event::Export => self.exchange.export(),
            Event::Import(number) => {
                let number = 1 + number % self.exchange.exports();
                self.import(number)?;
            }
            Event::Report => self.exchange.report(),
            Event::Merge(number) => {
                let reports = self.exchange.reports();
                if reports > 0 {
                    self.merge(1 + number % reports)?;
                }
            }
            Event::Use(side, amount) => {
                let license = of(self.side(*side), "CREDITS");
                let used = license.used() + amount;
                license.set("usedQuantity", &used.to_string());
                self.used += amount;
            }
            Event::Start(side, dated, day) => {
                let template = match dated {
                    Dated::Trial => "TRIAL",
                    Dated::Period => "PERIOD",
                };
                let side = self.side(*side);
                let found = side
                    .licenses
                    .iter_mut()
                    .find(|license| license.template.as_str() == template);
                if let Some(license) = found.filter(|license| license.start_date.is_none()) {
                    license.set("startDate", &format!("2026-01-{day:02}T00:00:00.000Z"));
                }
            }
            Event::Hold(side, id, hour) => {
                let until = format!("2026-01-01T{hour:02}:00:00.000Z");
                let license = of(self.side(*side), "SEATS");
                let before = license
                    .sessions
                    .get(&*id.to_string())
                    .and_then(Given::value)
                    .copied();
                let until_at = until.parse().unwrap();
                if before.is_none_or(|before| before < until_at) {
                    license.set(&format!("sessionId_{id}"), &until);
                }
            }
            Event::Drop(side, id) => {
                of(self.side(*side), "SEATS").set(&format!("sessionId_{id}"), "")
            }
            Event::Bind(side, secret) => {
                bind(of(self.side(*side), "NODES"), &format!("secret{secret}"))
            }
            Event::Sell(quantity) => {
                of(&mut self.exchange.server, "CREDITS")
                    .set("quantity", &(100 + quantity).to_string());
            }
            Event::Try(side) => {
                self.trials += 1;
                let number = format!("TRIAL{}", self.trials);
                let side = self.side(*side);
                let is_there = side
                    .licenses
                    .iter()
                    .any(|license| license.template.as_str() == "TRIAL");
                if !is_there {
                    side.licenses
                        .push(made(&number, "TRIAL", &json!({"timeVolume": "30"})));
                    *side = with(std::mem::take(&mut side.licenses));
                }
            }
        }
        Ok(())
    }

    /// An import gives nothing back, and taken in again changes nothing.
    fn import(&mut self, number: usize) -> Result<Taken, TestCaseError> {
        let before = self.exchange.agent.clone();
        let taken = self.exchange.import(number);
        let after = &self.exchange.agent;
        keeps(&before, after)?;
        if let Taken::Merged(_) = taken {
            let again = self.exchange.import(number);
            prop_assert_eq!(again, Taken::Unchanged);
            let same = settled(self.product, Direction::Import, &self.exchange.agent);
            prop_assert!(same.changes.is_empty(), "{:?}", same.changes);
        } else {
            prop_assert_eq!(after, &before);
        }
        Ok(taken)
    }

    fn merge(&mut self, number: usize) -> Result<Taken, TestCaseError> {
        let before = self.exchange.server.clone();
        let taken = self.exchange.merge(number);
        keeps(&before, &self.exchange.server)?;
        if let Taken::Merged(_) = taken {
            let again = self.exchange.merge(number);
            prop_assert_eq!(again, Taken::Unchanged);
        }
        Ok(taken)
    }

    /// Everything travels once more; now both know all that has happened.
    fn meet(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..2 {
            self.exchange.export();
            self.import(self.exchange.exports())?;
            self.exchange.report();
            let merged = self.merge(self.exchange.reports())?;
            prop_assert!(matches!(merged, Taken::Merged(_)), "{merged:?}");
        }
        let used = |side: &mut LicenseeAggregate| of(side, "CREDITS").used();
        prop_assert_eq!(used(&mut self.exchange.server), self.used, "at the server");
        prop_assert_eq!(used(&mut self.exchange.agent), self.used, "at the agent");
        prop_assert_eq!(
            &self.exchange.server.licenses,
            &self.exchange.agent.licenses
        );
        let trials = self.exchange.server.licenses.iter();
        let trials = trials
            .filter(|license| license.template.as_str() == "TRIAL")
            .count();
        prop_assert!(trials <= 1, "{trials} trials");
        Ok(())
    }
}

/// The same state from either side.
fn settled(product: &ProductTree, direction: Direction, state: &LicenseeAggregate) -> Merged {
    let sides = Sides {
        product,
        base: Some(state),
        theirs: state,
        ours: state,
    };
    merge(direction, sides)
}

/// Nothing that was used is free again, and nothing that began begins later.
fn keeps(before: &LicenseeAggregate, after: &LicenseeAggregate) -> Result<(), TestCaseError> {
    for license in &before.licenses {
        let template = &license.template;
        let same = after
            .licenses
            .iter()
            .find(|after| after.template == *template);
        let Some(same) = same else {
            return Err(TestCaseError::fail(format!("{} is gone", license.number)));
        };
        prop_assert!(same.used() >= license.used(), "credits came back");
        let start = |license: &License| license.start_date.as_ref().and_then(Given::value).copied();
        if let Some(began) = start(license) {
            let begins = start(same);
            prop_assert!(
                begins.is_some_and(|begins| begins <= began),
                "{begins:?} after {began}"
            );
        }
    }
    Ok(())
}

fn of<'a>(side: &'a mut LicenseeAggregate, template: &str) -> &'a mut License {
    let mut licenses = side.licenses.iter_mut();
    licenses
        .find(|license| license.template.as_str() == template)
        .unwrap()
}

/// A client binds itself to the lowest free slot, while there is one.
fn bind(license: &mut License, secret: &str) {
    let is_bound = license
        .node_secrets
        .values()
        .any(|bound| **bound == *secret);
    let free = (0..3).find(|slot| !license.node_secrets.contains_key(slot));
    if let Some(free) = free.filter(|_| !is_bound) {
        license.set(&format!("nodeSecret{free}"), secret);
    }
}

#[test]
fn nothing_is_lost_and_nothing_counts_twice() {
    let is_long = std::env::var_os("LEASEHOLD_LONG").is_some();
    let cases = if is_long { 100_000 } else { 2_000 };
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let product = product();
    let histories = prop::collection::vec(event(), 1..40);
    let judged = TestRunner::new(config).run(&histories, |events| {
        let mut history = History::begin(&product);
        for event in &events {
            history.play(event)?;
        }
        history.meet()
    });
    writeln!(stdout(), "\nmerge: {cases} random histories").unwrap();
    judged.unwrap();
}

/// The test can tell: what counts the agent's whole use again at each report is caught.
#[test]
fn a_merge_that_forgets_the_base_is_caught() {
    let product = product();
    let mut agent = sold();
    of(&mut agent, "CREDITS").set("usedQuantity", "5");
    let mut server = sold();
    for _ in 0..2 {
        let sides = Sides {
            product: &product,
            base: None,
            theirs: &agent,
            ours: &server,
        };
        server = merge(Direction::Report, sides).aggregate;
    }
    assert_eq!(of(&mut server, "CREDITS").used(), 10);
    let number = LicenseNumber::parse("C").unwrap();
    assert!(server.license(&number).is_some());
}
