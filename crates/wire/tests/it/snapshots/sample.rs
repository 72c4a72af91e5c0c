//! One of everything.

use jiff::Timestamp;
use leasehold_model::license::License;
use leasehold_model::licensee::{Licensee, LicenseeSecret, WarningLevel, WarningLevels};
use leasehold_model::money::{Currency, Money};
use leasehold_model::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber, ProductNumber,
    TokenNumber, VendorNumber,
};
use leasehold_model::product::{
    Discount, DiscountAmount, LicenseeSecretMode, LicensingModel, Product, ProductModule, VatMode,
};
use leasehold_model::property::Properties;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree, ProductTree};
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::token::ApiKey;
use leasehold_model::validate::{
    Feature, OfflineLicensee, PlanInForce, RentedFeature, Sku, SkuValue, Verdict,
};
use leasehold_model::vendor::{TtlMinutes, Vendor};
use leasehold_wire::assets::{
    AgentSigning, ApiKeyDigest, Assets, PackageIdentity, PrivateKey, ReplySigning, ReportKey,
    ReportTerms,
};

pub(crate) fn instant() -> Timestamp {
    "2026-11-22T10:00:00.123Z".parse().unwrap()
}

pub(crate) fn token() -> TokenNumber {
    TokenNumber::parse("afeb41d9-314e-49be-8465-148c614badfa").unwrap()
}

fn euro(hundredths: i64) -> Money {
    Money {
        hundredths,
        currency: Currency::parse("EUR").unwrap(),
    }
}

fn properties(pairs: &[(&str, &str)]) -> Properties {
    pairs.iter().copied().collect()
}

pub(crate) fn assets() -> Assets {
    Assets {
        package: PackageIdentity {
            id: "019acc5e-3f4b-7c66-9c1e-000000000001".to_owned(),
            generation: 3,
            recipient: "passphrase".to_owned(),
        },
        vendor: Vendor {
            number: VendorNumber::parse("V1").unwrap(),
            login: "demo".into(),
            ttl: TtlMinutes::DEFAULT,
            plan: leasehold_model::plan::Plan::default(),
        },
        product: ProductTree {
            product: product(),
            modules: vec![
                ModuleTree {
                    module: module(),
                    templates: vec![template()],
                },
                ModuleTree {
                    module: ProductModule {
                        number: ProductModuleNumber::parse("M0").unwrap(),
                        licensing_model: LicensingModel::Quota,
                        properties: Properties::new(),
                        ..module()
                    },
                    templates: Vec::new(),
                },
            ],
        },
        licensees: vec![full_licensee(), least_licensee()],
        api_keys: vec![ApiKeyDigest {
            salt: [7; 16],
            digest: [9; 32],
            key: ApiKey {
                active: true,
                role: ApiKeyRole::Licensee,
                licensee: Some(LicenseeNumber::parse("I1").unwrap()),
                expires: Some(instant()),
                name: Some("Build machine".into()),
                custom: properties(&[("ticket", "42")]),
            },
            signing: ReplySigning::Agent,
        }],
        signing: Some(AgentSigning {
            certificate: vec![1; 12],
            key: PrivateKey::new(vec![2; 12]),
        }),
        max_offline_days: Some(90),
        report: ReportTerms {
            key: Some(ReportKey([5; 32])),
            known: vec![[6; 32], [7; 32]],
        },
        made_at: instant(),
    }
}

fn product() -> Product {
    let currency = euro(0).currency;
    Product {
        number: ProductNumber::parse("P1").unwrap(),
        active: true,
        name: "Product & Sons".into(),
        version: "1.0".into(),
        description: Some("<p>It's rich</p>\r\n".into()),
        licensing_info: Some("Ask us".into()),
        licensee_auto_create: true,
        licensee_secret_mode: Some(LicenseeSecretMode::Client),
        vat_mode: Some(VatMode::Gross),
        discounts: vec![
            Discount {
                total_hundredths: 10_000,
                currency,
                amount: DiscountAmount::Percent("10".into()),
            },
            Discount {
                total_hundredths: 20_005,
                currency,
                amount: DiscountAmount::Fixed(150),
            },
        ],
        custom: properties(&[("erp", "4711"), ("Umlaut ä", "ö\tü")]),
    }
}

pub(crate) fn least_product() -> Product {
    Product {
        active: false,
        name: "Plain".into(),
        version: "".into(),
        description: None,
        licensing_info: None,
        licensee_auto_create: false,
        licensee_secret_mode: None,
        vat_mode: None,
        discounts: Vec::new(),
        custom: Properties::new(),
        ..product()
    }
}

fn module() -> ProductModule {
    ProductModule {
        number: ProductModuleNumber::parse("M1").unwrap(),
        active: true,
        name: "Module".into(),
        licensing_model: LicensingModel::Floating,
        properties: properties(&[
            ("maxCheckoutValidity", "3600"),
            ("nodeSecretMode", "CLIENT"),
            ("aaa", "custom, hence last"),
            ("redThreshold", "3"),
            ("yellowThreshold", "7"),
        ]),
    }
}

fn template() -> LicenseTemplate {
    LicenseTemplate {
        number: LicenseTemplateNumber::parse("E1").unwrap(),
        active: true,
        name: "Template".into(),
        license_type: LicenseType::TimeVolume,
        price: Some(euro(1505)),
        automatic: false,
        hidden: true,
        hide_licenses: false,
        properties: properties(&[
            ("timeVolume", "30"),
            ("timeVolumePeriod", "DAY"),
            ("maxSessions", "5"),
            ("gracePeriod", "TRUE"),
            ("aaa", "custom, hence last"),
        ]),
    }
}

fn full_licensee() -> LicenseeAggregate {
    let number = |text| ProductModuleNumber::parse(text).unwrap();
    let licensee = Licensee {
        number: LicenseeNumber::parse("I1").unwrap(),
        active: true,
        name: Some("Ada".into()),
        secret: Some(LicenseeSecret::new("licensee secret")),
        marked_for_transfer: Some(false),
        aliases: ["mail \"a\"", "second"]
            .map(|alias| LicenseeNumber::parse(alias).unwrap())
            .to_vec(),
        warning_levels: Some(WarningLevels(vec![
            (number("M0"), WarningLevel::Red),
            (number("M1"), WarningLevel::Green),
        ])),
        custom: properties(&[("region", "EU")]),
    };
    let mut license = License::new(
        LicenseNumber::parse("L1").unwrap(),
        LicenseTemplateNumber::parse("E1").unwrap(),
        properties(&[
            ("timeVolume", "30"),
            ("timeVolumePeriod", "DAY"),
            ("gracePeriod", "False"),
            ("maxSessions", "5"),
            ("quantity", "10"),
            ("quota", "x"),
            ("parentFeature", "L0"),
            ("skus", "{\"a\":1}"),
            ("startDate", "2026-01-31"),
            ("usedQuantity", "007"),
            ("sessionId_two", "2026-02-01T01:00:00+01:00"),
            ("sessionId_one", "soon"),
            ("nodeSecret10", "tenth"),
            ("nodeSecret0", "node secret"),
            ("nodeSecret007", "a custom property"),
            ("node\\name", "a\u{1b}b"),
        ]),
    );
    license.name = Some("License".into());
    license.price = Some(euro(1505));
    license.hidden = true;
    LicenseeAggregate {
        licensee,
        licenses: vec![license],
    }
}

fn least_licensee() -> LicenseeAggregate {
    let licensee = Licensee {
        number: LicenseeNumber::parse("I2").unwrap(),
        active: false,
        name: Some("Inactive".into()),
        secret: None,
        marked_for_transfer: None,
        aliases: Vec::new(),
        warning_levels: None,
        custom: Properties::new(),
    };
    let mut license = License::new(
        LicenseNumber::parse("L2").unwrap(),
        LicenseTemplateNumber::parse("E1").unwrap(),
        Properties::new(),
    );
    license.set("startDate", "not a date");
    license.active = false;
    LicenseeAggregate {
        licensee,
        licenses: vec![license],
    }
}

pub(crate) fn offline_licensee() -> OfflineLicensee {
    OfflineLicensee {
        number: LicenseeNumber::parse("I1").unwrap(),
        properties: properties(&[("name", "Ada"), ("region", "EU")]),
    }
}

/// Answers of each licensing model, one module each.
pub(crate) fn verdicts() -> Vec<(&'static str, Vec<Verdict>)> {
    let at = Some(instant());
    vec![
        (
            "try_and_buy",
            vec![
                Verdict::TryAndBuy {
                    valid: true,
                    evaluation: true,
                    expires: at,
                },
                Verdict::TryAndBuy {
                    valid: true,
                    evaluation: false,
                    expires: None,
                },
            ],
        ),
        (
            "subscription",
            vec![
                Verdict::Subscription {
                    valid: true,
                    expires: at,
                    grace: false,
                },
                Verdict::Subscription {
                    valid: true,
                    expires: at,
                    grace: true,
                },
                Verdict::Subscription {
                    valid: false,
                    expires: None,
                    grace: false,
                },
            ],
        ),
        ("rental", vec![Verdict::Rental(rented())]),
        (
            "floating",
            vec![
                Verdict::Floating {
                    valid: true,
                    expiration: at,
                },
                Verdict::Floating {
                    valid: false,
                    expiration: None,
                },
            ],
        ),
        ("multi_feature", vec![Verdict::MultiFeature(features())]),
        (
            "pay_per_use",
            vec![Verdict::PayPerUse {
                valid: false,
                remaining: -5,
            }],
        ),
        (
            "quota",
            vec![Verdict::Quota {
                valid: true,
                quota: -1,
            }],
        ),
        ("node_locked", vec![Verdict::NodeLocked { valid: true }]),
        ("pricing_table", pricing_tables()),
    ]
}

fn rented() -> Vec<RentedFeature> {
    let feature = |number, valid, grace, warning_level| RentedFeature {
        license: LicenseNumber::parse(number).unwrap(),
        valid,
        expires: valid.then(instant),
        grace,
        warning_level,
    };
    vec![
        feature("DEV-1", true, false, WarningLevel::Green),
        feature("DEV-2", true, false, WarningLevel::Yellow),
        feature("DEV-3", true, true, WarningLevel::Red),
        feature("DEV-4", false, false, WarningLevel::Red),
    ]
}

fn features() -> Vec<Feature> {
    let feature = |id: &str, name: &str, valid| Feature {
        id: id.into(),
        name: name.into(),
        valid,
    };
    vec![
        feature("Emf-lite", "Lite SW version", true),
        feature("Emf-pro", "Pro SW version", false),
    ]
}

fn pricing_tables() -> Vec<Verdict> {
    let sku = |number: &str, valid, value| Sku {
        number: number.into(),
        name: format!("SKU {number}").into(),
        valid,
        value,
    };
    let plan = |kind, expires| PlanInForce {
        id: "PREMIUM-PLAN".into(),
        name: "Premium".into(),
        kind,
        active_plans: "PREMIUM-PLAN,FREE-PLAN".into(),
        expires,
    };
    let skus = vec![
        sku("FEATURE01", true, SkuValue::Quota(10)),
        sku("FEATURE02", false, SkuValue::Feature),
    ];
    vec![
        Verdict::PricingTable {
            valid: true,
            plan: Some(plan(LicenseType::Feature, None)),
            skus: skus.clone(),
        },
        Verdict::PricingTable {
            valid: true,
            plan: Some(plan(LicenseType::TimeVolume, Some(instant()))),
            skus,
        },
        Verdict::PricingTable {
            valid: false,
            plan: None,
            skus: Vec::new(),
        },
    ]
}
