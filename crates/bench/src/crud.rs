//! A vendor's own requests at size: pages of licensees, a search, one by its number, new ones.

use std::time::Duration;

use crate::ask::{self, Accept, Credentials};
use crate::load::{Address, CONNECTIONS, Load, Script};
use crate::plan::sized;
use crate::report::{Report, Unit};
use crate::seed;
use crate::stats::quantile;

/// How often the slow ones are asked.
const FEW: usize = 5;

/// How often the quick ones are.
const MANY: usize = 5000;

/// New licensees.
const MADE: usize = 200;

/// All of them, on a server of so many licensees.
pub(crate) fn measure(
    address: &Address,
    vendor: &Credentials,
    licensees: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let size = sized(licensees);
    let middle = seed::licensee(licensees / 2);
    let list = |filter: &str| {
        let path = format!("/licensee?filter={}", ask::encoded(filter));
        vec![ask::get(vendor, &path); FEW]
    };
    let one = |nth| ask::get(vendor, &format!("/licensee/{}", seed::licensee(nth)));
    let make = |nth| {
        let form = format!("productNumber=P&number=NEW-{nth}&name=New");
        ask::post(vendor, Accept::Xml, "/licensee", &form)
    };
    let steps = [
        ("list, a page of 1000", 1, list("page=0;items=1000")),
        ("search by number", 1, list(&format!("number={middle}"))),
        (
            "one by its number",
            CONNECTIONS,
            (0..MANY).map(|nth| one(nth % licensees)).collect(),
        ),
        ("make one", CONNECTIONS, (0..MADE).map(make).collect()),
    ];
    for (name, clients, requests) in steps {
        let mut script = Script::new(requests, b"type=\"Licensee\"");
        let answered = Load::open(address, clients)?.closed(&mut script, Duration::MAX)?;
        let middle_ms = quantile(&script.latencies()?, 0.5);
        let name = format!("licensees: {name}, {clients} clients ({size})");
        report.add(&*name, answered.per_second(), Unit::PerSecond, None);
        report.add(
            format!("{name}, median"),
            middle_ms,
            Unit::Milliseconds,
            None,
        );
    }
    Ok(())
}
