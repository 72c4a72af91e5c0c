//! Worlds with everything in them that may be stored, well-formed or not.

use jiff::Timestamp;
use leasehold_model::license::License;
use leasehold_model::licensee::LicenseeSecret;
use leasehold_model::product::{LicenseeSecretMode, LicensingModel};
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree, ProductTree};
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::validate::{ModuleParameters, ValidationRequest};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::world;

/// A world and a question about it.
#[derive(Debug, Clone)]
pub(crate) struct Wild {
    pub(crate) product: ProductTree,
    pub(crate) licensee: LicenseeAggregate,
    pub(crate) request: ValidationRequest,
    pub(crate) now: Timestamp,
}

/// Any world.
pub(crate) fn wild() -> impl Strategy<Value = Wild> {
    (product(), licensee(), request(), instant()).prop_map(|(product, licensee, request, now)| {
        Wild {
            product,
            licensee,
            request,
            now,
        }
    })
}

/// Names with values, as they are generated.
type Texts = Vec<(&'static str, String)>;

const MODELS: [LicensingModel; 10] = [
    LicensingModel::TryAndBuy,
    LicensingModel::Subscription,
    LicensingModel::Rental,
    LicensingModel::Floating,
    LicensingModel::MultiFeature,
    LicensingModel::PayPerUse,
    LicensingModel::PricingTable,
    LicensingModel::Quota,
    LicensingModel::NodeLocked,
    LicensingModel::Discount,
];

const TEMPLATES_EACH: usize = 3;

/// Instants within a few weeks, so that periods meet.
fn instant() -> impl Strategy<Value = Timestamp> {
    const HOUR: i64 = 3600;
    (0..24 * 60_i64).prop_map(|hours| Timestamp::from_second(1_767_225_600 + hours * HOUR).unwrap())
}

/// One module of each model, each with templates of any kind.
fn product() -> impl Strategy<Value = ProductTree> {
    let modules = MODELS.len();
    let secret_mode = option::of(select(vec![
        LicenseeSecretMode::Disabled,
        LicenseeSecretMode::Predefined,
        LicenseeSecretMode::Client,
    ]));
    let settings = vec(vec((setting(), value()), 0..4), modules);
    let templates = vec(
        vec((kind(), terms(), any::<[bool; 3]>()), TEMPLATES_EACH),
        modules,
    );
    (secret_mode, any::<[bool; 10]>(), settings, templates).prop_map(
        |(secret_mode, active, settings, templates)| {
            let parts = MODELS.into_iter().zip(active).zip(settings).zip(templates);
            let modules = parts
                .enumerate()
                .map(|(at, (((model, active), settings), templates))| {
                    module(at, model, active, settings, templates)
                })
                .collect();
            let mut tree = world::product(modules);
            tree.product.licensee_secret_mode = secret_mode;
            tree
        },
    )
}

fn module(
    at: usize,
    model: LicensingModel,
    active: bool,
    settings: Texts,
    templates: Vec<(LicenseType, Texts, [bool; 3])>,
) -> ModuleTree {
    let templates = templates
        .into_iter()
        .enumerate()
        .map(
            |(place, (kind, terms, [active, automatic, hidden]))| LicenseTemplate {
                active,
                automatic,
                hidden,
                ..world::template(&format!("T{at}{place}"), kind, &borrowed(&terms))
            },
        )
        .collect();
    let mut tree = world::module(&format!("M{at}"), model, &borrowed(&settings), templates);
    tree.module.active = active;
    tree
}

fn licensee() -> impl Strategy<Value = LicenseeAggregate> {
    let secret = option::of(select(vec!["s1", "s2"]));
    (vec(license(), 0..12), secret, prop::bool::weighted(0.9)).prop_map(
        |(licenses, secret, active)| {
            let licenses = licenses.into_iter().enumerate();
            let licenses = licenses.map(|(at, (template, terms, active))| {
                let mut license = world::license(&format!("L{at}"), &template, &borrowed(&terms));
                license.active = active;
                license
            });
            let mut aggregate = world::licensee("I", licenses.collect::<Vec<License>>());
            aggregate.licensee.active = active;
            aggregate.licensee.secret = secret.map(LicenseeSecret::new);
            aggregate
        },
    )
}

fn license() -> impl Strategy<Value = (String, Texts, bool)> {
    let template =
        (0..MODELS.len(), 0..TEMPLATES_EACH).prop_map(|(at, place)| format!("T{at}{place}"));
    (template, terms(), prop::bool::weighted(0.8))
}

/// A usable volume more often than not, and anything else.
fn terms() -> impl Strategy<Value = Texts> {
    let volume = (1..20_u8).prop_map(|days| vec![("timeVolume", days.to_string())]);
    let volume = prop_oneof![3 => volume, 1 => Just(Vec::new())];
    (volume, vec((term(), value()), 0..6)).prop_map(|(mut terms, more)| {
        terms.extend(more);
        terms
    })
}

fn kind() -> impl Strategy<Value = LicenseType> {
    select(LicenseType::ALL.to_vec())
}

fn setting() -> impl Strategy<Value = &'static str> {
    select(vec![
        "maxCheckoutValidity",
        "yellowThreshold",
        "redThreshold",
        "nodeSecretMode",
        "licenseeSecretMode",
        "skudef",
    ])
}

fn term() -> impl Strategy<Value = &'static str> {
    select(vec![
        "timeVolume",
        "timeVolumePeriod",
        "startDate",
        "gracePeriod",
        "maxSessions",
        "quantity",
        "quota",
        "usedQuantity",
        "parentfeature",
        "parentFeature",
        "sessionId_a",
        "sessionId_b",
        "sessionId_c",
        "nodeSecret0",
        "nodeSecret1",
        "nodeSecret7",
        "nodeSecret01",
        "skus",
        "weight",
        "color",
    ])
}

/// What may stand in a property or a parameter: right for some of them, wrong for others.
fn value() -> impl Strategy<Value = String> {
    let known = select(vec![
        "0",
        "1",
        "2",
        "3",
        "5",
        "60",
        "3600",
        "-1",
        "-7",
        "true",
        "FALSE",
        "DAY",
        "MONTH",
        "YEAR",
        "CLIENT",
        "PREDEFINED",
        "L0",
        "L1",
        "a",
        "b",
        "999999999999999999",
        "9999999999999999999",
        "{}",
        "{\"skus\":{\"A\":true,\"B\":\"7\"}}",
        "{\"A\":1,\"B\":-1}",
        "{oops",
        "[[[[",
        "{\"skudef\":[{\"number\":\"A\",\"name\":\"a\",\"type\":\"FEATURE\"},{\"number\":\"B\",\"name\":\"b\",\"type\":\"QUOTA\"}]}",
        "2026-02-30T00:00:00Z",
        "9999-12-30T00:00:00Z",
    ]);
    let date = instant().prop_map(leasehold_model::timestamp::format_timestamp);
    prop_oneof![
        6 => known.prop_map(ToOwned::to_owned),
        3 => date,
        1 => any::<String>(),
    ]
}

fn request() -> impl Strategy<Value = ValidationRequest> {
    let text = || option::of(value().prop_map(Into::into));
    let action = option::weighted(
        0.9,
        prop_oneof![
            4 => Just("checkOut".into()),
            2 => Just("CHECKIN".into()),
            1 => value().prop_map(Into::into),
        ],
    );
    let group = (text(), action, text(), text(), text(), text()).prop_map(
        |(session_id, action, max_checkout_validity, node_secret, used, reserve)| {
            ModuleParameters {
                module: "".into(),
                session_id,
                action,
                max_checkout_validity,
                node_secret,
                used_quantity: used,
                reserve_quantity: reserve,
            }
        },
    );
    let groups = vec(option::of(group), MODELS.len()).prop_map(|groups| {
        let named = groups.into_iter().enumerate().filter_map(|(at, group)| {
            Some(ModuleParameters {
                module: format!("M{at}").into(),
                ..group?
            })
        });
        named.collect::<Vec<_>>()
    });
    let secret = option::of(select(vec!["s1", "s2"]));
    (groups, secret, any::<bool>()).prop_map(|(modules, secret, for_offline_use)| {
        ValidationRequest {
            product: Some("P".into()),
            licensee_secret: secret.map(Into::into),
            for_offline_use,
            modules,
            ..ValidationRequest::default()
        }
    })
}

fn borrowed<'a>(pairs: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    pairs
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}
