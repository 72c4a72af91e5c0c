//! Who has only so much is given it in one place at a time (decision D16).

use jiff::Timestamp;
use leasehold_model::change::{Decision, LicenseeChange};
use leasehold_model::product::LicensingModel;
use leasehold_model::snapshot::{LicenseeAggregate, ProductTree, StatefulRights, Subject};
use leasehold_model::template::LicenseType;
use leasehold_model::validate::{
    ModuleParameters, Notice, Validation, ValidationRequest, Verdicts,
};

use crate::world::{ask_about, at, group, license, licensee, module, product, template, valid};

/// A module of each model that counts, and one that does not.
fn world() -> (ProductTree, LicenseeAggregate) {
    let seats = [("maxCheckoutValidity", "3600")];
    let nodes = [("nodeSecretMode", "CLIENT")];
    let quantity = [("quantity", "10")];
    let product = product(vec![
        module(
            "F",
            LicensingModel::Floating,
            &seats,
            vec![template("TF", LicenseType::Floating, &[])],
        ),
        module(
            "N",
            LicensingModel::NodeLocked,
            &nodes,
            vec![template("TN", LicenseType::Quantity, &[])],
        ),
        module(
            "C",
            LicensingModel::PayPerUse,
            &[],
            vec![template("TC", LicenseType::Quantity, &[])],
        ),
        module(
            "Q",
            LicensingModel::Quota,
            &[],
            vec![template("TQ", LicenseType::Quantity, &[])],
        ),
    ]);
    let licensee = licensee(
        "I",
        vec![
            license("LF", "TF", &[("maxSessions", "2")]),
            license("LN", "TN", &[("quota", "2"), ("quantity", "2")]),
            license("LC", "TC", &quantity),
            license("LQ", "TQ", &[("quota", "5"), ("quantity", "5")]),
        ],
    );
    (product, licensee)
}

fn decide(
    (product, licensee): &(ProductTree, LicenseeAggregate),
    stateful: StatefulRights,
    request: &ValidationRequest,
    now: Timestamp,
) -> Decision<Validation> {
    let subject = Subject::Known {
        product,
        licensee,
        stateful,
    };
    match ask_about(subject, request, now).unwrap() {
        Verdicts::Known(decision) => decision,
        Verdicts::Created { .. } => panic!("a licensee that exists was created"),
    }
}

fn takes() -> Vec<(&'static str, ValidationRequest)> {
    let taking =
        |module: &'static str, fill: fn(&mut ModuleParameters)| (module, group(module, fill));
    vec![
        taking("F", |parameters| {
            parameters.session_id = Some("one".into());
            parameters.action = Some("checkOut".into());
        }),
        taking("N", |parameters| {
            parameters.node_secret = Some("node".into())
        }),
        taking("C", |parameters| {
            parameters.used_quantity = Some("3".into())
        }),
        taking("C", |parameters| {
            parameters.reserve_quantity = Some("3".into())
        }),
    ]
}

#[test]
fn what_is_delegated_is_not_given_away_here() {
    let (world, now) = (world(), at("2026-01-01"));
    for (name, request) in takes() {
        let held = decide(&world, StatefulRights::Held, &request, now);
        assert!(!held.changes.is_empty(), "{name}");
        let delegated = decide(&world, StatefulRights::Delegated, &request, now);
        // Levels are seen, whoever decides.
        let gives = |change: &LicenseeChange| !matches!(change, LicenseeChange::Warn(_));
        assert!(!delegated.changes.iter().any(gives), "{name}");
        let told = |notice: &Notice| matches!(notice, Notice::LicenseeDelegated(module) if module.as_str() == name);
        assert!(delegated.outcome.notices.iter().any(told), "{name}");
        let verdict = delegated
            .outcome
            .modules
            .iter()
            .find(|module| module.number.as_str() == name);
        assert!(
            valid(&verdict.unwrap().verdict)
                .iter()
                .all(|(_, valid)| !valid),
            "{name}"
        );
    }
}

#[test]
fn what_was_given_before_may_come_back() {
    let (mut world, now) = (world(), at("2026-01-01"));
    for (_, request) in takes() {
        for change in decide(&world, StatefulRights::Held, &request, now).changes {
            world.1.apply(&change);
        }
    }
    let back = group("F", |parameters| {
        parameters.session_id = Some("one".into());
        parameters.action = Some("checkIn".into());
    });
    assert_eq!(
        decide(&world, StatefulRights::Delegated, &back, now)
            .changes
            .len(),
        1
    );
    // A node that is known is no new one, and a question about credits takes none.
    let known = group("N", |parameters| {
        parameters.node_secret = Some("node".into())
    });
    let asked = group("C", |parameters| {
        parameters.used_quantity = Some("0".into())
    });
    for request in [known, asked] {
        let held = decide(&world, StatefulRights::Held, &request, now);
        let delegated = decide(&world, StatefulRights::Delegated, &request, now);
        assert_eq!(held.outcome.notices, delegated.outcome.notices);
        let verdicts = |decision: &Decision<Validation>| {
            let modules = decision.outcome.modules.iter();
            modules
                .map(|module| module.verdict.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(verdicts(&held), verdicts(&delegated));
    }
}
