//! Arbitrary models: any text where a text may stand, states that a write would refuse, and names
//! of properties that look like others. Numbers are unique and references lead somewhere.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use leasehold_model::license::License;
use leasehold_model::licensee::{Licensee, LicenseeSecret, WarningLevel, WarningLevels};
use leasehold_model::money::{Currency, Money};
use leasehold_model::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber, ProductNumber,
    VendorNumber,
};
use leasehold_model::product::{
    Discount, DiscountAmount, LicenseeSecretMode, LicensingModel, Product, ProductModule, VatMode,
};
use leasehold_model::property::{Given, Properties, integer};
use leasehold_model::role::ApiKeyRole;
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree, ProductTree};
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::timestamp::{format_timestamp, parse_timestamp};
use leasehold_model::token::ApiKey;
use leasehold_model::vendor::{TtlMinutes, Vendor};
use leasehold_wire::assets::{
    AgentSigning, ApiKeyDigest, Assets, PackageIdentity, PrivateKey, ReplySigning, ReportKey,
    ReportTerms,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{some_text, text};

/// Everything that can be exported.
pub(crate) fn assets() -> impl Strategy<Value = Assets> {
    (product_tree(), btree_set(number_text(), 0..3)).prop_flat_map(|(product, numbers)| {
        let templates: Vec<LicenseTemplateNumber> = product
            .modules
            .iter()
            .flat_map(|tree| &tree.templates)
            .map(|template| template.number.clone())
            .collect();
        let licensees: Vec<_> = numbers
            .iter()
            .map(|number| aggregate(number.clone(), templates.clone()))
            .collect();
        let keys = vec(api_key(numbers), 0..3);
        (
            vendor(),
            package(),
            instant(),
            keys,
            licensees,
            Just(product),
            option::of(signing()),
            report(),
            option::of(any::<u32>()),
        )
            .prop_map(
                |(
                    vendor,
                    package,
                    made_at,
                    mut api_keys,
                    licensees,
                    product,
                    signing,
                    report,
                    days,
                )| {
                    if signing.is_none() {
                        for key in &mut api_keys {
                            key.signing = ReplySigning::Unsigned;
                        }
                    }
                    Assets {
                        package,
                        vendor,
                        product,
                        licensees,
                        api_keys,
                        max_offline_days: days,
                        report,
                        signing,
                        made_at,
                    }
                },
            )
    })
}

fn report() -> impl Strategy<Value = ReportTerms> {
    let key = option::of(any::<[u8; 32]>().prop_map(ReportKey));
    (key, vec(any::<[u8; 32]>(), 0..3)).prop_map(|(key, known)| ReportTerms { key, known })
}

fn signing() -> impl Strategy<Value = AgentSigning> {
    (vec(any::<u8>(), 0..9), private_key())
        .prop_map(|(certificate, key)| AgentSigning { certificate, key })
}

fn private_key() -> impl Strategy<Value = PrivateKey> {
    vec(any::<u8>(), 0..9).prop_map(PrivateKey::new)
}

fn reply_signing() -> impl Strategy<Value = ReplySigning> {
    prop_oneof![
        Just(ReplySigning::Unsigned),
        Just(ReplySigning::Agent),
        private_key().prop_map(ReplySigning::Own),
    ]
}

fn package() -> impl Strategy<Value = PackageIdentity> {
    (text(), any::<u64>(), text()).prop_map(|(id, generation, recipient)| PackageIdentity {
        id,
        generation,
        recipient,
    })
}

fn vendor() -> impl Strategy<Value = Vendor> {
    (number_text(), text(), 1..=10_080_u32).prop_map(|(number, login, minutes)| Vendor {
        number: VendorNumber::parse(&number).unwrap(),
        login: login.into(),
        ttl: TtlMinutes::new(minutes).unwrap(),
        plan: leasehold_model::plan::Plan::default(),
    })
}

fn product_tree() -> impl Strategy<Value = ProductTree> {
    let numbers = vec(btree_set(number_text(), 0..3), 0..3);
    (product(), numbers).prop_flat_map(|(product, numbers)| {
        let mut taken = BTreeSet::new();
        let modules: Vec<_> = numbers
            .into_iter()
            .enumerate()
            .map(|(at, templates)| {
                let templates: Vec<_> = templates
                    .into_iter()
                    .filter(|number| taken.insert(number.clone()))
                    .map(template)
                    .collect();
                // Creation order is not the order of numbers.
                (module(format!("M{}", 9 - at)), templates)
            })
            .collect();
        (Just(product), modules).prop_map(|(product, modules)| ProductTree {
            product,
            modules: modules
                .into_iter()
                .map(|(module, templates)| ModuleTree {
                    module,
                    templates: templates.into_iter().rev().collect(),
                })
                .collect(),
        })
    })
}

fn product() -> impl Strategy<Value = Product> {
    let texts = (text(), text(), option::of(text()), option::of(text()));
    let modes = (
        option::of(select(vec![
            LicenseeSecretMode::Disabled,
            LicenseeSecretMode::Predefined,
            LicenseeSecretMode::Client,
        ])),
        option::of(select(vec![VatMode::Gross, VatMode::Net])),
    );
    let truths = any::<(bool, bool)>();
    let rest = (vec(discount(), 0..3), properties());
    (number_text(), texts, modes, truths, rest).prop_map(
        |(number, texts, modes, truths, (discounts, custom))| Product {
            number: ProductNumber::parse(&number).unwrap(),
            active: truths.0,
            name: texts.0.into(),
            version: texts.1.into(),
            description: texts.2.map(Into::into),
            licensing_info: texts.3.map(Into::into),
            licensee_auto_create: truths.1,
            licensee_secret_mode: modes.0,
            vat_mode: modes.1,
            discounts,
            custom,
        },
    )
}

fn discount() -> impl Strategy<Value = Discount> {
    let amount = prop_oneof![
        any::<i64>().prop_map(DiscountAmount::Fixed),
        text().prop_map(|text| DiscountAmount::Percent(text.into())),
    ];
    (any::<i64>(), currency(), amount).prop_map(|(total_hundredths, currency, amount)| Discount {
        total_hundredths,
        currency,
        amount,
    })
}

fn module(number: String) -> impl Strategy<Value = ProductModule> {
    let models = [&LicensingModel::VALIDATED[..], &[LicensingModel::Discount]].concat();
    (any::<bool>(), text(), select(models), properties()).prop_map(
        move |(active, name, licensing_model, properties)| ProductModule {
            number: ProductModuleNumber::parse(&number).unwrap(),
            active,
            name: name.into(),
            licensing_model,
            properties,
        },
    )
}

fn template(number: String) -> impl Strategy<Value = LicenseTemplate> {
    let truths = any::<(bool, bool, bool, bool)>();
    let kind = select(LicenseType::ALL.to_vec());
    (text(), kind, truths, option::of(price()), properties()).prop_map(
        move |(name, license_type, truths, price, properties)| LicenseTemplate {
            number: LicenseTemplateNumber::parse(&number).unwrap(),
            active: truths.0,
            name: name.into(),
            license_type,
            price,
            automatic: truths.1,
            hidden: truths.2,
            hide_licenses: truths.3,
            properties,
        },
    )
}

fn aggregate(
    number: String,
    templates: Vec<LicenseTemplateNumber>,
) -> impl Strategy<Value = LicenseeAggregate> {
    let most = if templates.is_empty() { 0 } else { 3 };
    let licenses = btree_map(number_text(), license(templates), 0..=most);
    (licensee(number), licenses).prop_map(|(licensee, licenses)| LicenseeAggregate {
        licensee,
        licenses: licenses
            .into_iter()
            .map(|(number, mut license)| {
                license.number = LicenseNumber::parse(&number).unwrap();
                license
            })
            .collect(),
    })
}

fn licensee(number: String) -> impl Strategy<Value = Licensee> {
    let level = select(vec![
        WarningLevel::Green,
        WarningLevel::Yellow,
        WarningLevel::Red,
    ]);
    let levels = vec((number_text(), level), 0..3).prop_map(|levels| {
        let number = |text: String| ProductModuleNumber::parse(&text).unwrap();
        let levels = levels
            .into_iter()
            .map(|(text, level)| (number(text), level));
        WarningLevels(levels.collect())
    });
    let texts = (option::of(text()), option::of(text()));
    let truths = (any::<bool>(), option::of(any::<bool>()));
    let rest = (vec(number_text(), 0..3), option::of(levels), properties());
    (texts, truths, rest).prop_map(move |(texts, truths, (aliases, warning_levels, custom))| {
        Licensee {
            number: LicenseeNumber::parse(&number).unwrap(),
            active: truths.0,
            name: texts.0.map(Into::into),
            secret: texts.1.map(|text| LicenseeSecret::new(&text)),
            marked_for_transfer: truths.1,
            aliases: aliases
                .iter()
                .map(|alias| LicenseeNumber::parse(alias).unwrap())
                .collect(),
            warning_levels,
            custom,
        }
    })
}

fn license(templates: Vec<LicenseTemplateNumber>) -> impl Strategy<Value = License> {
    let time = || prop_oneof![text(), millisecond().prop_map(format_timestamp)];
    let given_time = move || time().prop_map(|text| Given::read(&text, parse_timestamp));
    let count = prop_oneof![text(), any::<i64>().prop_map(|count| count.to_string())];
    let given_count = count.prop_map(|text| Given::read(&text, integer));
    let sessions = btree_map(text().prop_map(Into::into), given_time(), 0..3);
    let secrets = btree_map(any::<u32>(), text().prop_map(Into::into), 0..3);
    let plain = (
        any::<(bool, bool)>(),
        option::of(text()),
        option::of(price()),
        properties(),
    );
    let state = (
        option::of(given_time()),
        option::of(given_count),
        sessions,
        secrets,
    );
    (any::<Index>(), plain, state).prop_map(move |(template, plain, state)| {
        let number = LicenseNumber::parse("replaced").unwrap();
        // Only called where there are templates, see the size of the map.
        let template = template.get(&templates).clone();
        // Names of a state are no configuration, whatever is given.
        let plain_properties = plain.3.iter().filter(|(name, _)| {
            !matches!(*name, "startDate" | "usedQuantity")
                && !name.starts_with("sessionId_")
                && !name.starts_with("nodeSecret")
        });
        let mut license = License::new(number, template, plain_properties.collect());
        license.active = plain.0.0;
        license.hidden = plain.0.1;
        license.name = plain.1.map(Into::into);
        license.price = plain.2;
        license.start_date = state.0;
        license.used_quantity = state.1;
        license.sessions = state.2;
        license.node_secrets = state.3;
        license
    })
}

fn api_key(licensees: BTreeSet<String>) -> impl Strategy<Value = ApiKeyDigest> {
    let licensees: Vec<String> = licensees.into_iter().collect();
    let key = (
        any::<bool>(),
        select(ApiKeyRole::ALL.to_vec()),
        option::of(any::<Index>()),
        option::of(instant()),
        option::of(text()),
        properties(),
    );
    let parts = (any::<[u8; 16]>(), any::<[u8; 32]>(), key, reply_signing());
    parts.prop_map(move |(salt, digest, key, signing)| {
        let scope = key.2.filter(|_| !licensees.is_empty());
        ApiKeyDigest {
            salt,
            digest,
            key: ApiKey {
                active: key.0,
                role: key.1,
                licensee: scope.map(|at| {
                    LicenseeNumber::parse(&licensees[at.index(licensees.len())]).unwrap()
                }),
                expires: key.3,
                name: key.4.map(Into::into),
                custom: key.5,
            },
            signing,
        }
    })
}

/// Names that stand for something elsewhere, and names that no vendor would choose.
fn properties() -> impl Strategy<Value = Properties> {
    let known = select(vec![
        "number",
        "name",
        "active",
        "properties",
        "sessions",
        "startDate",
        "sessionId_x",
        "nodeSecret0",
        "nodeSecret00",
        "timeVolume",
        "gracePeriod",
        "quota",
        "parentFeature",
    ]);
    let name = prop_oneof![known.prop_map(str::to_owned), text()];
    btree_map(name, some_text(), 0..4).prop_map(|pairs: BTreeMap<String, String>| {
        pairs
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect()
    })
}

/// A text that every kind of number can be made of.
fn number_text() -> impl Strategy<Value = String> {
    text().prop_filter_map("no number", |text| {
        let text = format!("N{text}");
        ProductNumber::parse(&text)
            .ok()
            .map(|number| number.to_string())
    })
}

fn price() -> impl Strategy<Value = Money> {
    (any::<i64>(), currency()).prop_map(|(hundredths, currency)| Money {
        hundredths,
        currency,
    })
}

fn currency() -> impl Strategy<Value = Currency> {
    select(vec!["EUR", "USD", "XXX"]).prop_map(|code| Currency::parse(code).unwrap())
}

fn millisecond() -> impl Strategy<Value = Timestamp> {
    (0..4_102_444_800_000_i64).prop_map(|at| Timestamp::from_millisecond(at).unwrap())
}

/// Any instant that can be told at all.
fn instant() -> impl Strategy<Value = Timestamp> {
    let (least, most) = (
        Timestamp::MIN.as_nanosecond(),
        Timestamp::MAX.as_nanosecond(),
    );
    prop_oneof![
        millisecond(),
        (least..=most).prop_map(|at| Timestamp::from_nanosecond(at).unwrap()),
    ]
}
