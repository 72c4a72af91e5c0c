//! What holds for every answer, whatever is stored and whatever is asked.

use jiff::ToSpan;
use leasehold_model::change::Change;
use leasehold_model::change::LicenseeChange;
use leasehold_model::license::License;
use leasehold_model::product::LicensingModel;
use leasehold_model::snapshot::{LicenseeAggregate, Subject};
use leasehold_model::transfer::{Party, transfer};
use leasehold_model::validate::{Notice, Refusal, ValidationRequest, Verdicts};
use proptest::prelude::*;

use crate::wild::{LATEST, Wild, wild};
use crate::world::{ask, ask_about, call, license, licensee, module, product, valid};

proptest! {
    #[test]
    fn the_same_question_has_the_same_answer(wild in wild()) {
        let decide = || ask(&wild.product, &wild.licensee, &wild.request, wild.now);
        prop_assert_eq!(decide(), decide());
    }

    #[test]
    fn a_dry_run_answers_as_the_real_call_and_changes_nothing(wild in wild()) {
        let dry = ValidationRequest { dry_run: true, ..wild.request.clone() };
        let real = ask(&wild.product, &wild.licensee, &wild.request, wild.now).unwrap();
        let dry = ask(&wild.product, &wild.licensee, &dry, wild.now).unwrap();
        prop_assert_eq!(&dry.outcome, &real.outcome);
        prop_assert!(dry.changes.iter().all(LicenseeChange::is_cache), "{:?}", dry.changes);
        prop_assert!(dry.changes.len() <= 1);
    }

    #[test]
    fn asked_again_at_once_nothing_is_new(wild in wild()) {
        let mut wild = wild;
        for group in &mut wild.request.modules {
            group.used_quantity = None;
            group.reserve_quantity = None;
        }
        let Wild { product, mut licensee, request, now } = wild;
        let first = call(&product, &mut licensee, &request, now);
        let second = ask(&product, &licensee, &request, now).unwrap();
        prop_assert_eq!(first, second.outcome);
        prop_assert_eq!(second.changes, []);
    }

    #[test]
    fn an_answer_holds_for_a_while_and_not_too_long(wild in wild()) {
        let answer = ask(&wild.product, &wild.licensee, &wild.request, wild.now).unwrap().outcome;
        if let Some(ttl) = answer.ttl {
            prop_assert!(wild.now < ttl);
            prop_assert!(ttl <= wild.now + 24.hours());
        }
    }

    /// G-9: what is cached is what would be answered, apart from levels, which may turn sooner.
    #[test]
    fn until_its_ttl_an_answer_stays_valid(wild in wild()) {
        let Wild { product, mut licensee, mut request, now } = wild;
        request.modules.clear();
        let answer = call(&product, &mut licensee, &request, now);
        let last = answer.ttl.unwrap() - 1.millisecond();
        let later = ask(&product, &licensee, &request, last).unwrap().outcome;
        for (one, other) in answer.modules.iter().zip(&later.modules) {
            prop_assert_eq!(valid(&one.verdict), valid(&other.verdict));
        }
    }

    #[test]
    fn nothing_is_valid_and_nothing_changes_for_the_inactive_and_the_wrong(wild in wild()) {
        let decision = ask(&wild.product, &wild.licensee, &wild.request, wild.now).unwrap();
        let refused = decision.outcome.notices.iter().any(|notice| {
            matches!(notice, Notice::LicenseeSecretMismatch)
        });
        if refused || !wild.licensee.licensee.active {
            prop_assert_eq!(decision.changes, []);
            let verdicts = decision.outcome.modules.iter().map(|module| &module.verdict);
            prop_assert!(verdicts.flat_map(valid).all(|(_, valid)| !valid));
        }
    }

    #[test]
    fn notices_come_once_each_and_sorted(wild in wild()) {
        let answer = ask(&wild.product, &wild.licensee, &wild.request, wild.now).unwrap().outcome;
        let ids: Vec<_> = answer.notices.iter().map(Notice::id).collect();
        prop_assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    }

    /// The exceptions are a start yet to come, which the world has none of after its latest
    /// instant, and a Floating session, which anybody may check out again.
    #[test]
    fn what_has_expired_stays_expired(wild in wild(), days in (0..12_i64, 1..40_i64)) {
        let Wild { product, mut licensee, mut request, .. } = wild;
        request.modules.clear();
        let now = crate::world::at(LATEST) + (days.0 * 24).hours();
        let answer = call(&product, &mut licensee, &request, now);
        let later = call(&product, &mut licensee, &request, now + (days.1 * 24).hours());
        for (before, after) in answer.modules.iter().zip(&later.modules) {
            // A lesser plan may come into force when a better one ends, with SKUs of its own.
            let has_plans = before.verdict.licensing_model() == LicensingModel::PricingTable;
            let judged = if has_plans { 1 } else { usize::MAX };
            let (before, after) = (valid(&before.verdict), valid(&after.verdict));
            for (before, after) in before.into_iter().zip(after).take(judged) {
                prop_assert!(before.1 || !after.1, "{before:?} revived");
            }
        }
    }

    #[test]
    fn a_created_licensee_is_answered_like_one_that_exists(wild in wild()) {
        let Wild { product, licensee, mut request, now } = wild;
        for group in &mut request.modules {
            group.used_quantity = None;
            group.reserve_quantity = None;
        }
        let subject = Subject::Unknown {
            number: &licensee.licensee.number,
            product: Some(&product),
        };
        let created = ask_about(subject, &request, now).unwrap();
        let dry = ValidationRequest { dry_run: true, ..request.clone() };
        let dry = ask_about(subject, &dry, now).unwrap();
        let (outcome, licensee, changes) = parts(created);
        let (dry_outcome, dry_licensee, dry_changes) = parts(dry);
        prop_assert_eq!(&dry_outcome, &outcome);
        prop_assert_eq!(dry_licensee, None);
        prop_assert_eq!(dry_changes, []);
        if let Some(licensee) = licensee {
            let mut aggregate = LicenseeAggregate { licensee, licenses: Vec::new() };
            for change in &changes {
                aggregate.apply(change);
            }
            let again = ask(&product, &aggregate, &request, now).unwrap();
            prop_assert_eq!(again.outcome, outcome);
            prop_assert_eq!(again.changes, []);
        } else {
            prop_assert_eq!(changes, []);
        }
    }

    #[test]
    fn a_transfer_loses_nothing_and_is_done_once(wild in wild()) {
        let mut source = wild.licensee;
        source.licensee.marked_for_transfer = Some(true);
        let mut target = licensee("J", Vec::new());
        let all = source.licenses.clone();
        let moves = |source: &LicenseeAggregate, target: &LicenseeAggregate| {
            let party = |licensee| Party { product: &wild.product, licensee };
            transfer(party(source), party(target)).unwrap()
        };
        for change in moves(&source, &target) {
            let Change::Licensee { licensee, change } = change else {
                panic!("a transfer changes licensees only");
            };
            let party = if licensee.as_str() == "J" { &mut target } else { &mut source };
            party.apply(&change);
        }
        prop_assert_eq!(moves(&source, &target), []);
        let mut licenses: Vec<License> = source.licenses;
        licenses.extend(target.licenses);
        licenses.sort_by(|one, other| one.number.cmp(&other.number));
        prop_assert_eq!(licenses, all);
    }

    #[test]
    fn a_license_shows_the_texts_it_was_given(
        pairs in prop::collection::vec((NAMES, any::<String>()), 0..8)
    ) {
        let mut license = license("L", "T", &[]);
        let mut last = std::collections::BTreeMap::new();
        for (name, value) in &pairs {
            license.set(name, value);
            last.insert(name.as_str(), value.as_str());
        }
        last.retain(|_, value| !value.is_empty());
        prop_assert_eq!(texts(&license), last.into_iter().map(owned).collect());
    }
}

const NAMES: &str = "timeVolume|startDate|usedQuantity|sessionId_.{0,3}|nodeSecret[0-9]{0,3}|nodeSecret4294967296|quota|skus|[a-c]{1,2}";

type Texts = std::collections::BTreeMap<String, String>;

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn texts(license: &License) -> Texts {
    let mut texts: Texts = license.properties().iter().map(owned).collect();
    let start = license
        .start_date
        .iter()
        .map(|given| ("startDate", given.text()));
    let used = license
        .used_quantity
        .iter()
        .map(|given| ("usedQuantity", given.text()));
    texts.extend(start.chain(used).map(owned));
    for (session, until) in &license.sessions {
        texts.insert(format!("sessionId_{session}"), until.text().to_owned());
    }
    for (slot, secret) in &license.node_secrets {
        texts.insert(format!("nodeSecret{slot}"), secret.to_string());
    }
    texts
}

type Parts = (
    leasehold_model::validate::Validation,
    Option<leasehold_model::licensee::Licensee>,
    Vec<LicenseeChange>,
);

fn parts(verdicts: Verdicts) -> Parts {
    match verdicts {
        Verdicts::Created {
            outcome,
            licensee,
            changes,
            ..
        } => (outcome, licensee, changes),
        Verdicts::Known(_) => panic!("an unknown licensee was known"),
    }
}

#[test]
fn refusals() {
    let product = product(vec![module("M", LicensingModel::Quota, &[], Vec::new())]);
    let licensee = licensee("I", Vec::new());
    let now = crate::world::at("2026-01-01");
    let group = || leasehold_model::validate::ModuleParameters {
        module: "M".into(),
        ..Default::default()
    };
    let request = |product: &str, groups: usize| ValidationRequest {
        product: Some(product.into()),
        modules: (0..groups).map(|_| group()).collect(),
        ..ValidationRequest::default()
    };
    let known = |request: &ValidationRequest| ask(&product, &licensee, request, now).err();
    assert_eq!(known(&request("P", 1)), None);
    assert_eq!(known(&request("", 1)), None, "empty is absent");
    assert_eq!(known(&request("Q", 1)), Some(Refusal::ProductMismatch));
    assert_eq!(known(&request("P", 2)), Some(Refusal::ModuleNamedTwice));

    let mut closed = product.clone();
    closed.product.licensee_auto_create = false;
    let mut inactive = product.clone();
    inactive.product.active = false;
    let unknown = |tree, request: &ValidationRequest| {
        let number = &licensee.licensee.number;
        let subject = Subject::Unknown {
            number,
            product: tree,
        };
        ask_about(subject, request, now).err()
    };
    assert_eq!(
        unknown(None, &request("", 0)),
        Some(Refusal::UnknownLicensee)
    );
    assert_eq!(unknown(None, &request("Q", 0)), Some(Refusal::NoAutoCreate));
    assert_eq!(
        unknown(Some(&closed), &request("P", 0)),
        Some(Refusal::NoAutoCreate)
    );
    assert_eq!(
        unknown(Some(&inactive), &request("P", 0)),
        Some(Refusal::NoAutoCreate)
    );
    assert_eq!(
        unknown(Some(&product), &request("P", 2)),
        Some(Refusal::ModuleNamedTwice)
    );
    assert_eq!(unknown(Some(&product), &request("P", 1)), None);
}
