//! The corners that the rules leave open, as decided (decision 0008), and others that stories
//! rarely reach.

use leasehold_model::acquire::automatic_licenses;
use leasehold_model::change::LicenseeChange;
use leasehold_model::licensee::{LicenseeSecret, WarningLevel, WarningLevels};
use leasehold_model::number::ProductNumber;
use leasehold_model::product::{LicenseeSecretMode, LicensingModel};
use leasehold_model::snapshot::{LicenseeAggregate, ProductTree, Subject};
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::transfer::{Party, TransferRefusal, transfer};
use leasehold_model::validate::{
    ModuleParameters, Notice, PlanInForce, SkuValue, ValidationRequest, Verdict, Verdicts,
};

use crate::world::{ask, ask_about, at, call, group, license, licensee, module, product, template};

#[test]
fn groups_of_unknown_modules_are_ignored_however_many() {
    let product = product(vec![module("M", LicensingModel::Quota, &[], Vec::new())]);
    let named = |module: &str| ModuleParameters {
        module: module.into(),
        ..ModuleParameters::default()
    };
    let request = ValidationRequest {
        modules: vec![named("X"), named("M"), named("X")],
        ..ValidationRequest::default()
    };
    let decision = ask(
        &product,
        &licensee("I", Vec::new()),
        &request,
        at("2026-01-01"),
    );
    assert_eq!(decision.unwrap().outcome.notices, []);
}

#[test]
fn what_has_come_to_its_end_gives_nothing_and_changes_nothing() {
    let templates = vec![template("T", LicenseType::Quantity, &[])];
    let product = product(vec![module("M", LicensingModel::PayPerUse, &[], templates)]);
    let mut licensee = licensee("I", vec![license("L", "T", &[("quantity", "10")])]);
    let end = at("2026-01-02");
    let request = ValidationRequest {
        ends: Some(end),
        ..group("M", |parameters| {
            parameters.used_quantity = Some("3".into())
        })
    };
    let before = call(
        &product,
        &mut licensee,
        &request,
        at("2026-01-01T23:00:00Z"),
    );
    assert_eq!(
        (before.ttl, before.notices.as_slice()),
        (Some(end), &[][..])
    );
    let remaining = |remaining, valid| Verdict::PayPerUse { valid, remaining };
    assert_eq!(before.modules[0].verdict, remaining(7, true));

    let after = ask(&product, &licensee, &request, end).unwrap();
    assert_eq!(after.changes, []);
    assert_eq!(after.outcome.notices, [Notice::AgentAssetsExpired]);
    assert_eq!(after.outcome.modules[0].verdict, remaining(4, false));
}

#[test]
fn of_several_trials_the_lowest_usable_one_is_made() {
    let trial = |number, volume| LicenseTemplate {
        automatic: true,
        ..template(number, LicenseType::TimeVolume, &[("timeVolume", volume)])
    };
    let templates = vec![trial("T3", "30"), trial("T2", "20"), trial("T1", "0")];
    let product = product(vec![module("M", LicensingModel::TryAndBuy, &[], templates)]);
    let mut licensee = licensee("I", Vec::new());
    let known = (
        product.modules[0].module.number.clone(),
        WarningLevel::Yellow,
    );
    licensee.licensee.warning_levels = Some(WarningLevels(vec![known]));
    let request = ValidationRequest::default();
    let answer = call(&product, &mut licensee, &request, at("2026-01-01"));
    let verdict = Verdict::TryAndBuy {
        valid: true,
        evaluation: true,
        expires: Some(at("2026-01-21")),
    };
    assert_eq!(answer.modules[0].verdict, verdict);
    assert_eq!(licensee.licenses[0].template.as_str(), "T2");
    let levels = licensee.licensee.warning_levels.unwrap().0;
    assert_eq!(
        levels[0].1,
        WarningLevel::Yellow,
        "the new license does not hide the level"
    );
}

#[test]
fn a_session_is_written_only_when_it_lasts_longer() {
    let settings = [("maxCheckoutValidity", "3600")];
    let templates = vec![template("T", LicenseType::Floating, &[])];
    let product = product(vec![module(
        "M",
        LicensingModel::Floating,
        &settings,
        templates,
    )]);
    let stored = [
        ("maxSessions", "1"),
        ("sessionId_s", "2026-01-01T02:00:00+01:00"),
    ];
    let licensee = licensee("I", vec![license("L", "T", &stored)]);
    let request = group("M", |parameters| {
        parameters.session_id = Some("s".into());
        parameters.action = Some("CheckOut".into());
    });
    for (now, end, changes) in [
        ("2025-12-31T23:30:00Z", "2026-01-01T01:00:00Z", 0),
        ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", 0),
        ("2026-01-01T00:00:01Z", "2026-01-01T01:00:01Z", 1),
        // It lapsed: dropped, and taken anew.
        ("2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z", 2),
    ] {
        let decision = ask(&product, &licensee, &request, at(now)).unwrap();
        let verdict = Verdict::Floating {
            valid: true,
            expiration: Some(at(end)),
        };
        assert_eq!(decision.outcome.modules[0].verdict, verdict, "at {now}");
        assert_eq!(decision.outcome.ttl, Some(at(end)), "at {now}");
        let kept = decision.changes.iter().filter(|change| !change.is_cache());
        assert_eq!(kept.count(), changes, "at {now}");
    }
}

#[test]
fn a_check_in_frees_seats_of_active_licenses_only() {
    let settings = [("maxCheckoutValidity", "3600")];
    let templates = vec![template("T", LicenseType::Floating, &[])];
    let product = product(vec![module(
        "M",
        LicensingModel::Floating,
        &settings,
        templates,
    )]);
    let held = [("maxSessions", "1"), ("sessionId_s", "2026-01-02")];
    let other = [("maxSessions", "1"), ("sessionId_t", "2026-01-02")];
    let mut retired = license("A", "T", &held);
    retired.active = false;
    let mut licensee = licensee("I", vec![retired, license("B", "T", &other)]);
    let request = group("M", |parameters| {
        parameters.session_id = Some("s".into());
        parameters.action = Some("checkIn".into());
    });
    let answer = call(&product, &mut licensee, &request, at("2026-01-01"));
    assert_eq!(
        answer.modules[0].warning_level,
        WarningLevel::Yellow,
        "B is still full"
    );
    assert_eq!(answer.ttl, None);
    assert!(licensee.licenses[0].sessions.is_empty());
}

#[test]
fn a_pool_that_is_overfull_grants_nothing_though_a_license_has_a_seat() {
    let settings = [("maxCheckoutValidity", "3600")];
    let templates = vec![template("T", LicenseType::Floating, &[])];
    let product = product(vec![module(
        "M",
        LicensingModel::Floating,
        &settings,
        templates,
    )]);
    let full = [
        ("maxSessions", "1"),
        ("sessionId_s", "2026-01-02"),
        ("sessionId_t", "2026-01-03"),
    ];
    let licenses = vec![
        license("A", "T", &full),
        license("B", "T", &[("maxSessions", "1")]),
    ];
    let request = group("M", |parameters| {
        parameters.session_id = Some("u".into());
        parameters.action = Some("checkOut".into());
    });
    let decision = ask(
        &product,
        &licensee("I", licenses),
        &request,
        at("2026-01-01T12:00:00Z"),
    );
    let answer = decision.unwrap().outcome;
    let refused = Verdict::Floating {
        valid: false,
        expiration: None,
    };
    assert_eq!(answer.modules[0].verdict, refused);
    assert_eq!(answer.ttl, Some(at("2026-01-02")), "a seat is free then");
}

#[test]
fn a_created_licensee_gets_no_time_that_needs_a_feature_or_a_trial() {
    let automatic = |number: &str, kind| LicenseTemplate {
        automatic: true,
        ..template(number, kind, &[("timeVolume", "10")])
    };
    let templates = |prefix: &str| {
        vec![
            automatic(&format!("{prefix}-time"), LicenseType::TimeVolume),
            automatic(&format!("{prefix}-feature"), LicenseType::Feature),
        ]
    };
    let modules = vec![
        module("M1", LicensingModel::Rental, &[], templates("rental")),
        module("M2", LicensingModel::TryAndBuy, &[], templates("trial")),
        module("M3", LicensingModel::PricingTable, &[], templates("plan")),
    ];
    let made = |product: &ProductTree, marked| {
        let mut fresh = || license("L", "T", &[]).number;
        let licenses = automatic_licenses(product, marked, &mut fresh);
        let templates = licenses.iter().map(|license| license.template.to_string());
        templates.collect::<Vec<_>>()
    };
    let mut product = product(modules);
    let all = [
        "rental-feature",
        "trial-feature",
        "plan-time",
        "plan-feature",
    ];
    assert_eq!(made(&product, false), all);
    assert!(made(&product, true).is_empty(), "marked for transfer");
    product.modules[0].module.active = false;
    product.modules[1].templates[1].active = false;
    assert_eq!(made(&product, false), all[2..]);
    product.product.active = false;
    assert!(made(&product, false).is_empty(), "of an inactive product");
}

#[test]
fn a_seat_beyond_the_limit_is_kept_but_not_extended() {
    let settings = [("maxCheckoutValidity", "3600")];
    let templates = vec![template("T", LicenseType::Floating, &[])];
    let product = product(vec![module(
        "M",
        LicensingModel::Floating,
        &settings,
        templates,
    )]);
    let request = group("M", |parameters| {
        parameters.session_id = Some("s".into());
        parameters.action = Some("checkOut".into());
    });
    let end = |seats: &str| {
        let full = [
            ("maxSessions", seats),
            ("sessionId_s", "2026-01-01T00:30:00Z"),
            ("sessionId_t", "2026-01-01T00:40:00Z"),
        ];
        let licensee = licensee("I", vec![license("A", "T", &full)]);
        let decision = ask(&product, &licensee, &request, at("2026-01-01")).unwrap();
        decision.outcome.ttl
    };
    assert_eq!(end("1"), Some(at("2026-01-01T00:30:00Z")));
    assert_eq!(end("2"), Some(at("2026-01-01T01:00:00Z")));
}

#[test]
fn rented_time_and_grace_belong_to_their_feature() {
    let templates = vec![
        template("F", LicenseType::Feature, &[]),
        template("T", LicenseType::TimeVolume, &[]),
    ];
    let product = product(vec![module("M", LicensingModel::Rental, &[], templates)]);
    let time = |number: &str, start: &str, days: &str, grace: &str, parent: &str| {
        let terms = [
            ("startDate", start),
            ("timeVolume", days),
            ("gracePeriod", grace),
            ("parentfeature", parent),
        ];
        license(number, "T", &terms)
    };
    let licenses = vec![
        license("A", "F", &[]),
        license("B", "F", &[]),
        license("C", "F", &[]),
        time("A1", "2025-12-01", "31", "", "A"),
        time("A2", "", "9", "true", "A"),
        time("B1", "2025-12-01", "31", "", "B"),
        time("C1", "2026-01-05T12:00:00Z", "31", "", "C"),
        // Of no feature: grace for all, and time for nobody.
        time("D1", "", "5", "true", ""),
        time("D2", "", "99", "", ""),
        time("E1", "", "99", "", "gone"),
        time("E2", "", "99", "true", "gone"),
    ];
    let mut licensee = licensee("I", licenses);
    let request = ValidationRequest::default();
    let answer = call(&product, &mut licensee, &request, at("2026-01-05"));
    let Verdict::Rental(features) = &answer.modules[0].verdict else {
        panic!("another model answered");
    };
    let shown = features
        .iter()
        .map(|feature| (feature.expires, feature.grace));
    let expected = [
        (Some(at("2026-01-10")), true),
        (Some(at("2026-01-06")), true),
        (None, false),
    ];
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    assert_eq!(
        answer.ttl,
        Some(at("2026-01-05T12:00:00Z")),
        "C begins then"
    );
    let dated = licensee
        .licenses
        .iter()
        .filter(|license| license.start_date.is_some());
    let dated: Vec<_> = dated.map(|license| license.number.as_str()).collect();
    assert_eq!(dated, ["A1", "B1", "C1"], "nothing else was started");
}

#[test]
fn plans_know_no_grace_and_have_an_order() {
    let plan = |number, kind, weight: &str, automatic| LicenseTemplate {
        automatic,
        ..template(number, kind, &[("weight", weight)])
    };
    let templates = vec![
        plan("A", LicenseType::Feature, "", true),
        plan("B", LicenseType::Feature, "0", false),
        plan("C", LicenseType::Feature, "x", false),
        plan("D", LicenseType::Feature, "-1", false),
        plan("E", LicenseType::TimeVolume, "9", false),
    ];
    let product = product(vec![module(
        "M",
        LicensingModel::PricingTable,
        &[],
        templates,
    )]);
    let ended = [("startDate", "2025-12-01"), ("timeVolume", "31")];
    let grace = [("gracePeriod", "true"), ("timeVolume", "31")];
    let licenses = vec![
        license("1", "D", &[]),
        license("2", "A", &[]),
        license("3", "C", &[]),
        license("4", "B", &[]),
        license("5", "E", &ended),
        license("6", "E", &grace),
        license("7", "A", &[]),
    ];
    let licensee = licensee("I", licenses);
    let request = ValidationRequest::default();
    let decision = ask(&product, &licensee, &request, at("2026-01-02")).unwrap();
    let Verdict::PricingTable {
        plan: Some(plan), ..
    } = &decision.outcome.modules[0].verdict
    else {
        panic!("no plan is in force");
    };
    assert_eq!((&*plan.id, &*plan.active_plans), ("B", "B,C,A,D"));
    assert!(decision.changes.iter().all(LicenseeChange::is_cache));
}

#[test]
fn a_misconfigured_pool_refuses_check_ins_and_shows_its_level() {
    let templates = vec![template("T", LicenseType::Floating, &[])];
    let product = product(vec![module("M", LicensingModel::Floating, &[], templates)]);
    let stored = [("maxSessions", "1"), ("sessionId_s", "2026-01-02")];
    let licensee = licensee("I", vec![license("L", "T", &stored)]);
    let request = group("M", |parameters| {
        parameters.session_id = Some("s".into());
        parameters.action = Some("checkIn".into());
    });
    let decision = ask(&product, &licensee, &request, at("2026-01-01")).unwrap();
    let misconfigured = Notice::ModuleMisconfigured(product.modules[0].module.number.clone());
    assert_eq!(decision.outcome.notices, [misconfigured]);
    assert_eq!(
        decision.outcome.modules[0].warning_level,
        WarningLevel::Yellow
    );
    assert_eq!(
        decision.outcome.ttl,
        Some(at("2026-01-02")),
        "a refused check-in may be cached"
    );
    assert!(decision.changes.iter().all(LicenseeChange::is_cache));
}

#[test]
fn a_wrong_secret_shows_a_plan_that_is_not_valid() {
    let skudef = r#"{"skudef":[{"number":"Q","name":"q","type":"QUOTA"}]}"#;
    let plan = template("PLAN", LicenseType::Feature, &[("skus", r#"{"Q":7}"#)]);
    let settings = [("skudef", skudef)];
    let modules = vec![module(
        "M",
        LicensingModel::PricingTable,
        &settings,
        vec![plan],
    )];
    let mut product = product(modules);
    product.product.licensee_secret_mode = Some(LicenseeSecretMode::Predefined);
    let mut licensee = licensee("I", vec![license("L", "PLAN", &[])]);
    licensee.licensee.secret = Some(LicenseeSecret::new("right"));
    for (secret, right) in [(None, false), (Some("wrong"), false), (Some("right"), true)] {
        let request = ValidationRequest {
            licensee_secret: secret.map(Into::into),
            ..ValidationRequest::default()
        };
        let answer = ask(&product, &licensee, &request, at("2026-01-01"))
            .unwrap()
            .outcome;
        let Verdict::PricingTable { valid, plan, skus } = &answer.modules[0].verdict else {
            panic!("another model answered");
        };
        assert_eq!((*valid, skus[0].valid), (right, right), "{secret:?}");
        assert_eq!(skus[0].value, SkuValue::Quota(7));
        let shown = plan.as_ref().map(|plan: &PlanInForce| &*plan.id);
        assert_eq!(shown, Some("PLAN"));
    }
}

#[test]
fn the_first_secret_of_a_created_licensee_is_kept() {
    let mut product = product(Vec::new());
    product.product.licensee_secret_mode = Some(LicenseeSecretMode::Client);
    let number = licensee("I", Vec::new()).licensee.number;
    let subject = Subject::Unknown {
        number: &number,
        product: Some(&product),
    };
    let request = ValidationRequest {
        product: Some("P".into()),
        licensee_name: Some("ACME".into()),
        licensee_secret: Some("mine".into()),
        ..ValidationRequest::default()
    };
    let Verdicts::Created {
        licensee, changes, ..
    } = ask_about(subject, &request, at("2026-01-01")).unwrap()
    else {
        panic!("nobody was created");
    };
    assert_eq!(licensee.unwrap().name.as_deref(), Some("ACME"));
    assert!(changes.contains(&LicenseeChange::StoreSecret(LicenseeSecret::new("mine"))));
}

#[test]
fn transfers_that_are_refused() {
    let tree = product(Vec::new());
    let mut other_tree = product(Vec::new());
    other_tree.product.number = ProductNumber::parse("Q").unwrap();
    let plain = licensee("I", Vec::new());
    let mut marked = licensee("S", Vec::new());
    marked.licensee.marked_for_transfer = Some(true);
    let refusal = |source: &LicenseeAggregate, target: &LicenseeAggregate, home: &ProductTree| {
        let source = Party {
            product: &tree,
            licensee: source,
        };
        let target = Party {
            product: home,
            licensee: target,
        };
        transfer(source, target).err()
    };
    assert_eq!(refusal(&marked, &plain, &tree), None);
    let same = Some(TransferRefusal::SameLicensee);
    assert_eq!(refusal(&marked, &marked, &tree), same);
    let not_marked = Some(TransferRefusal::NotMarked);
    assert_eq!(refusal(&plain, &marked, &tree), not_marked);
    let other_product = Some(TransferRefusal::OtherProduct);
    assert_eq!(refusal(&marked, &plain, &other_tree), other_product);
}

#[test]
fn secrets_beyond_the_quota_are_dormant() {
    let settings = [("nodeSecretMode", "CLIENT")];
    let templates = vec![template("T", LicenseType::Quantity, &[])];
    let product = product(vec![module(
        "M",
        LicensingModel::NodeLocked,
        &settings,
        templates,
    )]);
    let valid = |quota: &str, secret: &str| {
        let stored = [("quota", quota), ("nodeSecret0", "a"), ("nodeSecret2", "c")];
        let mut licensee = licensee("I", vec![license("L", "T", &stored)]);
        let request = group("M", |parameters| {
            parameters.node_secret = Some(secret.into())
        });
        let answer = call(&product, &mut licensee, &request, at("2026-01-01"));
        let slots = licensee.licenses[0].node_secrets.clone();
        let slots = slots
            .into_iter()
            .map(|(slot, secret)| format!("{slot}{secret}"));
        let valid = answer.modules[0].verdict == Verdict::NodeLocked { valid: true };
        (valid, slots.collect::<Vec<_>>().join(" "))
    };
    for (quota, secret, is_valid, slots) in [
        ("0", "a", false, "0a 2c"),
        ("1", "a", true, "0a 2c"),
        ("2", "c", true, "0a 1c 2c"),
        ("2", "b", true, "0a 1b 2c"),
        ("3", "c", true, "0a 2c"),
        ("3", "b", true, "0a 1b 2c"),
        ("1", "b", false, "0a 2c"),
        ("x", "a", false, "0a 2c"),
    ] {
        let expected = (is_valid, slots.to_owned());
        assert_eq!(valid(quota, secret), expected, "{secret} of {quota}");
    }
}

#[test]
fn a_license_copies_its_terms_and_nothing_else() {
    let terms = [
        ("timeVolume", "3"),
        ("timeVolumePeriod", "MONTH"),
        ("gracePeriod", "true"),
        ("skus", "{}"),
        ("weight", "7"),
        ("color", "red"),
    ];
    let plan = LicenseTemplate {
        hide_licenses: true,
        ..template("PLAN", LicenseType::TimeVolume, &terms)
    };
    let number = license("L", "PLAN", &[]).number;
    let made = leasehold_model::license::License::from_template(number, &plan);
    let copied: Vec<_> = made.properties().iter().map(|(name, _)| name).collect();
    assert_eq!(copied, ["gracePeriod", "timeVolume", "timeVolumePeriod"]);
    assert_eq!(made.name.as_deref(), Some("PLAN"));
    assert!(made.hidden && made.active && made.start_date.is_none());
}
