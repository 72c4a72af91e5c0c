//! The demo vendor: `demo` with the password `demo`, a catalogue of all nine licensing models,
//! two licensees and an API key. Only `serve --demo` makes it, and only with it can it sign in.

use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;
use leasehold_model::money::{Currency, Money};
use leasehold_model::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, NumberError, ProductModuleNumber,
    ProductNumber, VendorNumber,
};
use leasehold_model::plan::Plan;
use leasehold_model::product::{LicensingModel, Product, ProductModule};
use leasehold_model::property::Properties;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::token::ApiKey;
use leasehold_model::vendor::{TtlMinutes, Vendor};
use leasehold_seal::secret::Secret;
use leasehold_service::rest::problem::Problem;
use leasehold_store::{Account, Edit, Origin, StoreError, VendorView, Write};

use crate::app::token;
use crate::password::{self, PasswordError};
use crate::state::App;

/// The demo vendor's number; a drawn number cannot be this one.
pub(crate) const VENDOR: &str = "VDEMO";
const LOGIN: &str = "demo";
const PRODUCT: &str = "P-DEMO";
const KEY_NAME: &str = "demo";

/// Why there is no demo vendor.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A vendor of one's own has the demo vendor's login.
    #[error("a vendor of another number has the login 'demo'")]
    LoginTaken,
    /// The store failed.
    #[error("the demo data cannot be written")]
    Store(#[from] StoreError),
    /// The password cannot be hashed.
    #[error("the demo vendor's password cannot be hashed")]
    Password(#[from] PasswordError),
    /// The API key cannot be made or told.
    #[error("the demo vendor's API key cannot be used")]
    Key(#[source] Problem),
    /// A number of the demo data is none.
    #[error("the demo data holds a bad number")]
    Number(#[from] NumberError),
}

/// Makes what is missing of the demo vendor; returns its API key.
pub(crate) async fn seed(app: &App) -> Result<String, DemoError> {
    let now = app.clock.now();
    let number = VendorNumber::parse(VENDOR)?;
    let origin = || Origin {
        actor: "local".into(),
        action: "demo.create",
    };
    match app.store.account_by_login(LOGIN) {
        Some(account) if account.vendor.number != number => return Err(DemoError::LoginTaken),
        Some(_) => {}
        None => {
            let account = Account {
                vendor: Vendor {
                    number: number.clone(),
                    login: LOGIN.into(),
                    ttl: TtlMinutes::DEFAULT,
                    plan: Plan::default(),
                },
                password: Some(password::hash(&Secret::new(LOGIN.to_owned()))?),
                revision: 1,
            };
            app.store.put_account(account, origin(), now).await?;
        }
    }
    let installation = Arc::clone(&app.installation);
    app.store
        .edit(&number, origin(), now, move |view| {
            let mut writes = if view.products().next().is_none() {
                catalogue()?
            } else {
                Vec::new()
            };
            let key = match demo_key(view, now) {
                Some(stored) => token::reveal(&installation, stored).map_err(DemoError::Key)?,
                None => {
                    let (number, stored) =
                        token::mint(&installation, new_key()).map_err(DemoError::Key)?;
                    writes.push(Write::PutToken(stored));
                    number
                }
            };
            Ok(Edit {
                outcome: key.as_str().to_owned(),
                writes,
            })
        })
        .await?
}

fn demo_key<'v>(
    view: &'v VendorView<'_>,
    now: Timestamp,
) -> Option<&'v leasehold_store::StoredToken> {
    view.tokens().find(|stored| {
        let key = stored.token.api_key();
        key.is_some_and(|key| key.name.as_deref() == Some(KEY_NAME) && key.is_live(now))
    })
}

fn new_key() -> ApiKey {
    ApiKey {
        active: true,
        role: ApiKeyRole::Licensee,
        licensee: None,
        expires: None,
        name: Some(KEY_NAME.into()),
        custom: Properties::new(),
    }
}

struct Module {
    number: &'static str,
    name: &'static str,
    model: LicensingModel,
    settings: Named,
    templates: &'static [Template],
}

struct Template {
    number: &'static str,
    name: &'static str,
    license_type: LicenseType,
    automatic: bool,
    /// In hundredths of a euro; 0: free.
    price: i64,
    terms: Named,
}

type Named = &'static [(&'static str, &'static str)];

/// A template that is bought.
const fn bought(
    number: &'static str,
    name: &'static str,
    license_type: LicenseType,
    price: i64,
    terms: Named,
) -> Template {
    Template {
        number,
        name,
        license_type,
        automatic: false,
        price,
        terms,
    }
}

/// A template from which each licensee gets a license.
const fn automatic(
    number: &'static str,
    name: &'static str,
    license_type: LicenseType,
    terms: Named,
) -> Template {
    Template {
        number,
        name,
        license_type,
        automatic: true,
        price: 0,
        terms,
    }
}

use LicenseType::{Feature, Floating, Quantity, TimeVolume};

const MODULES: [Module; 9] = [
    Module {
        number: "M-TRY",
        name: "Editor (try and buy)",
        model: LicensingModel::TryAndBuy,
        settings: &[],
        templates: &[
            automatic(
                "E-TRY-DAY",
                "A day for free",
                TimeVolume,
                &[("timeVolume", "1")],
            ),
            bought("E-TRY-FULL", "Editor", Feature, 4900, &[]),
        ],
    },
    Module {
        number: "M-SUBSCRIPTION",
        name: "Support (subscription)",
        model: LicensingModel::Subscription,
        settings: &[],
        templates: &[bought(
            "E-SUBSCRIPTION-YEAR",
            "A year of support",
            TimeVolume,
            12_000,
            &[("timeVolume", "1"), ("timeVolumePeriod", "YEAR")],
        )],
    },
    Module {
        number: "M-RENTAL",
        name: "Terminals (rental)",
        model: LicensingModel::Rental,
        settings: &[("yellowThreshold", "14"), ("redThreshold", "3")],
        templates: &[
            bought("E-RENTAL-TERMINAL", "Terminal", Feature, 0, &[]),
            bought(
                "E-RENTAL-QUARTER",
                "Three months",
                TimeVolume,
                3000,
                &[("timeVolume", "3"), ("timeVolumePeriod", "MONTH")],
            ),
        ],
    },
    Module {
        number: "M-FLOATING",
        name: "Viewer (floating)",
        model: LicensingModel::Floating,
        settings: &[("maxCheckoutValidity", "3600")],
        templates: &[bought(
            "E-FLOATING-3",
            "Three seats",
            Floating,
            9900,
            &[("maxSessions", "3")],
        )],
    },
    Module {
        number: "M-FEATURES",
        name: "Plug-ins (multi-feature)",
        model: LicensingModel::MultiFeature,
        settings: &[],
        templates: &[
            automatic("E-FEATURES-LITE", "Lite", Feature, &[]),
            bought("E-FEATURES-PRO", "Professional", Feature, 1900, &[]),
        ],
    },
    Module {
        number: "M-CREDITS",
        name: "Renderings (pay-per-use)",
        model: LicensingModel::PayPerUse,
        settings: &[],
        templates: &[bought(
            "E-CREDITS-100",
            "100 renderings",
            Quantity,
            2000,
            &[("quantity", "100")],
        )],
    },
    Module {
        number: "M-PLANS",
        name: "Cloud (pricing table)",
        model: LicensingModel::PricingTable,
        settings: &[(
            "skudef",
            r#"{"skudef":[{"number":"USERS","name":"Team members","type":"QUOTA"},{"number":"API","name":"API access","type":"FEATURE"}]}"#,
        )],
        templates: &[
            automatic(
                "E-PLANS-FREE",
                "Free",
                Feature,
                &[("skus", r#"{"USERS":"1","API":false}"#)],
            ),
            bought(
                "E-PLANS-TEAM",
                "Team",
                TimeVolume,
                2500,
                &[
                    ("timeVolume", "1"),
                    ("timeVolumePeriod", "MONTH"),
                    ("skus", r#"{"USERS":"10","API":true}"#),
                ],
            ),
        ],
    },
    Module {
        number: "M-QUOTA",
        name: "Projects (quota)",
        model: LicensingModel::Quota,
        settings: &[],
        templates: &[bought(
            "E-QUOTA-10",
            "Ten projects",
            Quantity,
            1000,
            &[("quantity", "10")],
        )],
    },
    Module {
        number: "M-NODES",
        name: "Server (node-locked)",
        model: LicensingModel::NodeLocked,
        settings: &[("nodeSecretMode", "CLIENT")],
        templates: &[bought(
            "E-NODES-2",
            "Two machines",
            Quantity,
            19_900,
            &[("quota", "2")],
        )],
    },
];

/// What the first licensee owns: number, template, and what is its own.
const LICENSES: [(&str, &str, Named); 10] = [
    ("L-SUBSCRIPTION", "E-SUBSCRIPTION-YEAR", &[]),
    ("L-TERMINAL", "E-RENTAL-TERMINAL", &[]),
    (
        "L-QUARTER",
        "E-RENTAL-QUARTER",
        &[("parentfeature", "L-TERMINAL")],
    ),
    ("L-FLOATING", "E-FLOATING-3", &[]),
    ("L-LITE", "E-FEATURES-LITE", &[]),
    ("L-PRO", "E-FEATURES-PRO", &[]),
    ("L-CREDITS", "E-CREDITS-100", &[]),
    ("L-FREE", "E-PLANS-FREE", &[]),
    ("L-PROJECTS", "E-QUOTA-10", &[]),
    ("L-MACHINES", "E-NODES-2", &[]),
];

/// What the second one owns: what everybody gets.
const TRIAL_LICENSES: [(&str, &str, Named); 2] = [
    ("L-TRIAL-LITE", "E-FEATURES-LITE", &[]),
    ("L-TRIAL-FREE", "E-PLANS-FREE", &[]),
];

fn catalogue() -> Result<Vec<Write>, NumberError> {
    let product_number = ProductNumber::parse(PRODUCT)?;
    let mut changes = vec![Change::PutProduct {
        former: None,
        product: product(product_number.clone()),
    }];
    for module in &MODULES {
        let module_number = ProductModuleNumber::parse(module.number)?;
        changes.push(Change::PutModule {
            product: product_number.clone(),
            former: None,
            module: ProductModule {
                number: module_number.clone(),
                active: true,
                name: module.name.into(),
                licensing_model: module.model,
                properties: properties(module.settings),
            },
        });
        for template in module.templates {
            changes.push(Change::PutTemplate {
                module: module_number.clone(),
                former: None,
                template: license_template(template)?,
            });
        }
    }
    let customers = [
        ("I-DEMO", "Demo Customer Inc.", &LICENSES[..]),
        ("I-TRIAL", "A customer on trial", &TRIAL_LICENSES[..]),
    ];
    for (number, name, licenses) in customers {
        let number = LicenseeNumber::parse(number)?;
        changes.push(Change::CreateLicensee {
            product: product_number.clone(),
            licensee: licensee(number.clone(), name),
        });
        for (license_number, template, own) in licenses {
            let template = MODULES
                .iter()
                .flat_map(|module| module.templates)
                .find(|candidate| candidate.number == *template);
            let Some(template) = template else { continue };
            changes.push(Change::Licensee {
                licensee: number.clone(),
                change: LicenseeChange::PutLicense {
                    former: None,
                    license: license(license_number, template, own)?,
                },
            });
        }
    }
    Ok(changes.into_iter().map(Write::Model).collect())
}

fn product(number: ProductNumber) -> Product {
    Product {
        number,
        active: true,
        name: "Leasehold demo".into(),
        version: "1.0".into(),
        description: Some("One module of each licensing model".into()),
        licensing_info: None,
        licensee_auto_create: true,
        licensee_secret_mode: None,
        vat_mode: None,
        discounts: Vec::new(),
        custom: Properties::new(),
    }
}

fn license_template(template: &Template) -> Result<LicenseTemplate, NumberError> {
    Ok(LicenseTemplate {
        number: LicenseTemplateNumber::parse(template.number)?,
        active: true,
        name: template.name.into(),
        license_type: template.license_type,
        price: price(template),
        automatic: template.automatic,
        hidden: template.automatic,
        hide_licenses: false,
        properties: properties(template.terms),
    })
}

fn price(template: &Template) -> Option<Money> {
    let currency = Currency::parse("EUR")?;
    let hundredths = template.price;
    (hundredths > 0).then_some(Money {
        hundredths,
        currency,
    })
}

fn licensee(number: LicenseeNumber, name: &str) -> Licensee {
    Licensee {
        name: Some(name.into()),
        ..Licensee::new(number)
    }
}

fn license(number: &str, template: &Template, own: Named) -> Result<License, NumberError> {
    let mut terms = properties(template.terms);
    for (name, value) in own {
        terms.set(name, value);
    }
    let from = LicenseTemplateNumber::parse(template.number)?;
    let mut license = License::new(LicenseNumber::parse(number)?, from, terms);
    license.name = Some(template.name.into());
    license.price = price(template);
    Ok(license)
}

fn properties(named: Named) -> Properties {
    let mut properties = Properties::new();
    for (name, value) in named {
        properties.set(name, value);
    }
    properties
}
