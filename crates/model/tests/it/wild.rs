//! Worlds with everything in them that may be stored, well-formed or not.

use jiff::{Timestamp, ToSpan};
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

use crate::world::{self, at};

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

const TEMPLATES_EACH: usize = 2;

/// After this instant nothing begins in a wild world.
pub(crate) const LATEST: &str = "2026-01-05T00:00:00Z";

/// Instants within a few days before [`LATEST`], so that periods and answers meet.
fn instant() -> impl Strategy<Value = Timestamp> {
    (0..=96_i64).prop_map(|hours| at(LATEST) - hours.hours())
}

/// One module of each model, each with templates of any kind.
fn product() -> impl Strategy<Value = ProductTree> {
    let modules = MODELS.len();
    let modes = vec![
        LicenseeSecretMode::Disabled,
        LicenseeSecretMode::Predefined,
        LicenseeSecretMode::Client,
    ];
    let secret_mode = option::weighted(0.4, select(modes));
    let settings = vec(vec(setting(), 2..8), modules);
    let templates: Vec<_> = MODELS
        .into_iter()
        .map(|model| vec((kind(model), terms(), any::<[bool; 3]>()), TEMPLATES_EACH))
        .collect();
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
    let licenses = (0..MODELS.len()).prop_flat_map(|often| vec(license(often), 0..14));
    (licenses, secret, prop::bool::weighted(0.9)).prop_map(|(licenses, secret, active)| {
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
    })
}

/// Half of them belong to one module, so that they meet there.
fn license(often: usize) -> impl Strategy<Value = (String, Texts, bool)> {
    let module = prop_oneof![Just(often), 0..MODELS.len()];
    let template = (module, 0..TEMPLATES_EACH).prop_map(|(at, place)| format!("T{at}{place}"));
    (template, terms(), prop::bool::weighted(0.8))
}

/// A usable volume more often than not, and anything else.
fn terms() -> impl Strategy<Value = Texts> {
    let volume = (1..4_u8).prop_map(|days| vec![("timeVolume", days.to_string())]);
    let volume = prop_oneof![3 => volume, 1 => Just(Vec::new())];
    (volume, vec(term(), 0..8)).prop_map(|(mut terms, more)| {
        terms.extend(more);
        terms
    })
}

/// Mostly of the types that the model knows.
fn kind(model: LicensingModel) -> impl Strategy<Value = LicenseType> {
    use LicenseType::{Feature, Floating, Quantity, TimeVolume};
    let known = match model {
        LicensingModel::TryAndBuy | LicensingModel::Rental | LicensingModel::PricingTable => {
            vec![Feature, TimeVolume]
        }
        LicensingModel::Subscription => vec![TimeVolume],
        LicensingModel::Floating => vec![Floating],
        LicensingModel::MultiFeature => vec![Feature],
        LicensingModel::PayPerUse | LicensingModel::Quota | LicensingModel::NodeLocked => {
            vec![Quantity]
        }
        LicensingModel::Discount => LicenseType::ALL.to_vec(),
    };
    prop_oneof![6 => select(known), 1 => select(LicenseType::ALL.to_vec())]
}

/// What a property's value should be.
#[derive(Debug, Clone, Copy)]
enum Fit {
    Instant,
    Count,
    Seconds,
    Flag,
    Period,
    Mode,
    License,
    Name,
    SkuDefinitions,
    Skus,
}

fn setting() -> impl Strategy<Value = (&'static str, String)> {
    property(vec![
        ("maxCheckoutValidity", Fit::Seconds),
        ("yellowThreshold", Fit::Count),
        ("redThreshold", Fit::Count),
        ("nodeSecretMode", Fit::Mode),
        ("licenseeSecretMode", Fit::Mode),
        ("skudef", Fit::SkuDefinitions),
    ])
}

fn term() -> impl Strategy<Value = (&'static str, String)> {
    property(vec![
        ("timeVolumePeriod", Fit::Period),
        ("startDate", Fit::Instant),
        ("startDate", Fit::Instant),
        ("gracePeriod", Fit::Flag),
        ("maxSessions", Fit::Count),
        ("quantity", Fit::Count),
        ("quota", Fit::Count),
        ("usedQuantity", Fit::Count),
        ("parentfeature", Fit::License),
        ("parentFeature", Fit::License),
        ("sessionId_a", Fit::Instant),
        ("sessionId_b", Fit::Instant),
        ("sessionId_c", Fit::Instant),
        ("nodeSecret0", Fit::Name),
        ("nodeSecret1", Fit::Name),
        ("nodeSecret7", Fit::Name),
        ("nodeSecret01", Fit::Name),
        ("skus", Fit::Skus),
        ("weight", Fit::Count),
        ("color", Fit::Name),
    ])
}

/// One of the names with a value that mostly fits it.
fn property(names: Vec<(&'static str, Fit)>) -> impl Strategy<Value = (&'static str, String)> {
    select(names)
        .prop_flat_map(|(name, fit)| (Just(name), prop_oneof![6 => fitting(fit), 1 => value()]))
}

fn fitting(fit: Fit) -> BoxedStrategy<String> {
    let one_of = |texts: &[&'static str]| select(texts.to_vec()).prop_map(ToOwned::to_owned);
    match fit {
        Fit::Instant => instant()
            .prop_map(leasehold_model::timestamp::format_timestamp)
            .boxed(),
        Fit::Count => one_of(&["0", "1", "2", "3", "5", "-1"]).boxed(),
        Fit::Seconds => one_of(&["1", "60", "3600", "86400"]).boxed(),
        Fit::Flag => one_of(&["true", "FALSE"]).boxed(),
        Fit::Period => one_of(&["DAY", "WEEK", "MONTH", "YEAR"]).boxed(),
        Fit::Mode => one_of(&["CLIENT", "PREDEFINED"]).boxed(),
        Fit::License => one_of(&["L0", "L1", "L2", "L3"]).boxed(),
        Fit::Name => one_of(&["a", "b", "c"]).boxed(),
        Fit::SkuDefinitions => one_of(&[SKU_DEFINITIONS]).boxed(),
        Fit::Skus => one_of(&[
            r#"{"skus":{"A":true,"B":"7"}}"#,
            r#"{"A":"TRUE","B":-1}"#,
            r#"{"A":false}"#,
        ])
        .boxed(),
    }
}

const SKU_DEFINITIONS: &str = r#"{"skudef":[{"number":"A","name":"a","type":"FEATURE"},{"number":"B","name":"b","type":"QUOTA"}]}"#;

/// What may stand in a property or a parameter, whatever belongs there.
fn value() -> impl Strategy<Value = String> {
    let known = select(vec![
        "0",
        "1",
        "-7",
        "2.5",
        "999999999999999999",
        "9999999999999999999",
        "true",
        "{}",
        "{oops",
        "[[[[",
        r#"{"skudef":{}}"#,
        "2026-02-30T00:00:00Z",
        "9999-12-30T00:00:00Z",
    ]);
    prop_oneof![3 => known.prop_map(ToOwned::to_owned), 1 => any::<String>()]
}

/// A parameter, which mostly fits and may be absent or empty.
fn parameter(fit: Fit) -> impl Strategy<Value = Option<Box<str>>> {
    let text = prop_oneof![8 => fitting(fit), 1 => value(), 1 => Just(String::new())];
    option::weighted(0.8, text.prop_map(Into::into))
}

fn request() -> impl Strategy<Value = ValidationRequest> {
    let action = prop_oneof![
        4 => Just(Some("checkOut".into())),
        2 => Just(Some("CHECKIN".into())),
        1 => parameter(Fit::Name),
    ];
    let amounts = prop_oneof![
        (parameter(Fit::Count), Just(None)),
        (Just(None), parameter(Fit::Count)),
        (parameter(Fit::Count), parameter(Fit::Count)),
    ];
    let group = (
        parameter(Fit::Name),
        action,
        option::of(fitting(Fit::Seconds)),
        parameter(Fit::Name),
        amounts,
    );
    let group = group.prop_map(
        |(session_id, action, validity, node_secret, (used_quantity, reserve_quantity))| {
            ModuleParameters {
                module: "".into(),
                session_id,
                action,
                max_checkout_validity: validity.map(Into::into),
                node_secret,
                used_quantity,
                reserve_quantity,
            }
        },
    );
    let groups = vec(option::weighted(0.8, group), MODELS.len()).prop_map(|groups| {
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
