//! Limits that no sequence of calls may exceed. Each law is also shown to catch a naive variant,
//! or it would prove nothing.

use jiff::{Timestamp, ToSpan};
use leasehold_model::change::LicenseeChange;
use leasehold_model::license::License;
use leasehold_model::number::LicenseNumber;
use leasehold_model::product::LicensingModel;
use leasehold_model::snapshot::{LicenseeAggregate, ProductTree};
use leasehold_model::template::LicenseType;
use leasehold_model::validate::{ValidationRequest, Verdict};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::world::{Pairs, ask, at, group, license, licensee, module, product, template};

/// One call: what is asked, and how many seconds after the one before.
type Call = (ValidationRequest, i64);

/// What a call changes.
type Decide =
    fn(&ProductTree, &LicenseeAggregate, &ValidationRequest, Timestamp) -> Vec<LicenseeChange>;

fn model(
    product: &ProductTree,
    licensee: &LicenseeAggregate,
    request: &ValidationRequest,
    now: Timestamp,
) -> Vec<LicenseeChange> {
    ask(product, licensee, request, now).unwrap().changes
}

/// Plays the calls and returns the largest excess of what is taken over what is granted.
fn excess(
    product: &ProductTree,
    licensee: &LicenseeAggregate,
    calls: &[Call],
    decide: Decide,
    measure: fn(&LicenseeAggregate, Timestamp) -> i64,
) -> i64 {
    let mut licensee = licensee.clone();
    let mut now = at("2026-01-01");
    let mut excess = i64::MIN;
    for (request, seconds) in calls {
        now += seconds.seconds();
        for change in decide(product, &licensee, request, now) {
            licensee.apply(&change);
        }
        excess = excess.max(measure(&licensee, now));
    }
    excess
}

fn one_module(model: LicensingModel, settings: Pairs<'_>, kind: LicenseType) -> ProductTree {
    let templates = vec![template("T", kind, &[])];
    product(vec![module("M", model, settings, templates)])
}

fn granting(term: &str, counts: &[i64]) -> LicenseeAggregate {
    let licenses = counts
        .iter()
        .enumerate()
        .map(|(at, count)| license(&format!("L{at}"), "T", &[(term, &count.to_string())]));
    licensee("I", licenses.collect())
}

fn total(licensee: &LicenseeAggregate, count: impl Fn(&License) -> i64) -> i64 {
    licensee.licenses.iter().map(count).sum()
}

fn first(licensee: &LicenseeAggregate) -> LicenseNumber {
    licensee.licenses[0].number.clone()
}

mod floating {
    use super::*;

    fn call(session: u8, action: &str, seconds: i64) -> Call {
        let request = group("M", |parameters| {
            parameters.session_id = Some(format!("s{session}").into());
            parameters.action = Some(action.into());
        });
        (request, seconds)
    }

    fn calls() -> impl Strategy<Value = Vec<Call>> {
        let action = prop_oneof![3 => Just("checkOut"), 1 => Just("checkIn")];
        let steps = (0..8_u8, action, 0..40_i64);
        vec(
            steps.prop_map(|(session, action, seconds)| call(session, action, seconds)),
            1..40,
        )
    }

    fn pool() -> ProductTree {
        let settings = [("maxCheckoutValidity", "100")];
        one_module(LicensingModel::Floating, &settings, LicenseType::Floating)
    }

    fn live_beyond_seats(licensee: &LicenseeAggregate, now: Timestamp) -> i64 {
        let live = |license: &License| {
            let ends = license.sessions.values().filter_map(|until| until.value());
            i64::try_from(ends.filter(|until| now < **until).count()).unwrap()
        };
        total(licensee, live) - total(licensee, |license| license.terms().max_sessions)
    }

    /// Grants whatever is asked for.
    fn naive(
        _: &ProductTree,
        licensee: &LicenseeAggregate,
        request: &ValidationRequest,
        now: Timestamp,
    ) -> Vec<LicenseeChange> {
        let session = request.modules[0].session_id.clone().unwrap();
        let until = now + 100.seconds();
        let license = first(licensee);
        vec![LicenseeChange::HoldSession {
            license,
            session,
            until,
        }]
    }

    proptest! {
        #[test]
        fn live_sessions_never_exceed_the_seats(
            seats in vec(0..4_i64, 1..4),
            calls in calls(),
        ) {
            let licensee = granting("maxSessions", &seats);
            let excess = excess(&pool(), &licensee, &calls, model, live_beyond_seats);
            prop_assert!(excess <= 0, "{excess} too many");
        }
    }

    #[test]
    fn the_law_catches_who_grants_everything() {
        let calls = [
            call(1, "checkOut", 0),
            call(2, "checkOut", 0),
            call(3, "checkOut", 0),
        ];
        let licensee = granting("maxSessions", &[2]);
        let excess = |decide| excess(&pool(), &licensee, &calls, decide, live_beyond_seats);
        assert_eq!((excess(model), excess(naive)), (0, 1));
    }
}

mod node_locked {
    use super::*;

    fn call(secret: u8) -> Call {
        let show = |secret: u8| Some(format!("node{secret}").into());
        (
            group("M", |parameters| parameters.node_secret = show(secret)),
            1,
        )
    }

    fn nodes() -> ProductTree {
        let settings = [("nodeSecretMode", "CLIENT")];
        one_module(LicensingModel::NodeLocked, &settings, LicenseType::Quantity)
    }

    fn bound_beyond_quota(licensee: &LicenseeAggregate, _: Timestamp) -> i64 {
        let bound = |license: &License| i64::try_from(license.node_secrets.len()).unwrap();
        total(licensee, bound) - total(licensee, |license| license.terms().quota.unwrap().unwrap())
    }

    /// Binds every new secret.
    fn naive(
        _: &ProductTree,
        licensee: &LicenseeAggregate,
        request: &ValidationRequest,
        _: Timestamp,
    ) -> Vec<LicenseeChange> {
        let slot = u32::try_from(licensee.licenses[0].node_secrets.len()).unwrap();
        let secret = request.modules[0].node_secret.clone().unwrap();
        let license = first(licensee);
        vec![LicenseeChange::BindNode {
            license,
            slot,
            secret,
        }]
    }

    proptest! {
        #[test]
        fn bound_nodes_never_exceed_the_quota(
            quotas in vec(0..4_i64, 1..4),
            calls in vec((0..12_u8).prop_map(call), 1..30),
        ) {
            let licensee = granting("quota", &quotas);
            let excess = excess(&nodes(), &licensee, &calls, model, bound_beyond_quota);
            prop_assert!(excess <= 0, "{excess} too many");
        }
    }

    #[test]
    fn the_law_catches_who_binds_everything() {
        let calls = [call(1), call(2), call(3)];
        let licensee = granting("quota", &[2]);
        let excess = |decide| excess(&nodes(), &licensee, &calls, decide, bound_beyond_quota);
        assert_eq!((excess(model), excess(naive)), (0, 1));
    }
}

mod pay_per_use {
    use super::*;

    fn call(amount: i64) -> Call {
        let request = group("M", |parameters| {
            parameters.reserve_quantity = Some(amount.to_string().into());
        });
        (request, 1)
    }

    fn credits() -> ProductTree {
        one_module(LicensingModel::PayPerUse, &[], LicenseType::Quantity)
    }

    fn used_beyond_quantity(licensee: &LicenseeAggregate, _: Timestamp) -> i64 {
        let quantity = |license: &License| license.terms().quantity.unwrap().unwrap();
        total(licensee, License::used) - total(licensee, quantity)
    }

    /// Writes off whatever is asked for.
    fn naive(
        _: &ProductTree,
        licensee: &LicenseeAggregate,
        request: &ValidationRequest,
        _: Timestamp,
    ) -> Vec<LicenseeChange> {
        let amount = request.modules[0].reserve_quantity.as_deref().unwrap();
        let license = first(licensee);
        vec![LicenseeChange::Use {
            license,
            amount: amount.parse().unwrap(),
        }]
    }

    proptest! {
        #[test]
        fn reservations_never_overdraw(
            quantities in vec(0..30_i64, 1..4),
            calls in vec((0..12_i64).prop_map(call), 1..30),
        ) {
            let licensee = granting("quantity", &quantities);
            let excess = excess(&credits(), &licensee, &calls, model, used_beyond_quantity);
            prop_assert!(excess <= 0, "{excess} too many");
        }

        #[test]
        fn what_was_granted_is_what_was_written_off(
            quantities in vec(0..30_i64, 1..4),
            amounts in vec(0..12_i64, 1..20),
        ) {
            let product = credits();
            let mut licensee = granting("quantity", &quantities);
            let mut granted = 0;
            for amount in amounts {
                let (request, _) = call(amount);
                let answer = crate::world::call(&product, &mut licensee, &request, at("2026-01-01"));
                let Verdict::PayPerUse { valid, remaining } = answer.modules[0].verdict else {
                    panic!("another model answered");
                };
                granted += if valid { amount } else { 0 };
                prop_assert_eq!(total(&licensee, License::used), granted);
                prop_assert_eq!(remaining, quantities.iter().sum::<i64>() - granted);
            }
        }
    }

    #[test]
    fn the_law_catches_who_grants_everything() {
        let calls = [call(5), call(5), call(5)];
        let licensee = granting("quantity", &[12]);
        let excess = |decide| excess(&credits(), &licensee, &calls, decide, used_beyond_quantity);
        assert_eq!((excess(model), excess(naive)), (-2, 3));
    }

    /// Use without limit must never grow into a text that reads as no use at all.
    #[test]
    fn use_stays_readable_however_large() {
        let product = credits();
        let mut licensee = granting("quantity", &[1]);
        let request = group("M", |parameters| {
            parameters.used_quantity = Some("999999999999999999".into());
        });
        for _ in 0..3 {
            crate::world::call(&product, &mut licensee, &request, at("2026-01-01"));
            assert_eq!(licensee.licenses[0].used(), 999_999_999_999_999_999);
        }
    }
}
