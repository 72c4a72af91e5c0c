//! Data to measure on, the same for the same size: one product of three modules, and licensees who
//! have a license of each; beside it one that sells seats, to a licensee with few and one with many.

use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;
use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::license::License;
use leasehold_model::licensee::{Licensee, WarningLevel, WarningLevels};
use leasehold_model::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber, ProductNumber,
    VendorNumber,
};
use leasehold_model::plan::Plan;
use leasehold_model::product::{LicensingModel, Product, ProductModule};
use leasehold_model::property::Properties;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::token::ApiKey;
use leasehold_model::vendor::{TtlMinutes, Vendor};
use leasehold_seal::installation::InstallationKey;
use leasehold_server::app::token;
use leasehold_store::{Account, Edit, Options, Origin, Store, Write};

/// The vendor whose data it is.
pub(crate) const VENDOR: &str = "V-BENCH";

/// The module whose validation writes credits off.
pub(crate) const COUNTED: &str = "M-PAY";

/// The module of which each licensee has some seats.
pub(crate) const FLOATING: &str = "M-FLO";

/// The login of that vendor.
pub(crate) const LOGIN: &str = "bench";

/// The module whose validation takes seats and gives them back.
pub(crate) const SEATS: &str = "M-SEA";

/// A licensee for whose seats many contend, and how many there are.
pub(crate) const HOT: (&str, usize) = ("HOT", 50);

/// A licensee with seats for everybody.
pub(crate) const ROOMY: (&str, usize) = ("ROOMY", 2000);

/// Licensees written by one edit.
const BATCH: usize = 5000;

/// A module with its settings, its one template, and the terms of both template and licenses.
struct Sold {
    module: &'static str,
    template: &'static str,
    model: LicensingModel,
    kind: LicenseType,
    settings: &'static [(&'static str, &'static str)],
    terms: &'static [(&'static str, &'static str)],
}

/// Floating seats, sold as a product of their own.
const SEAT: Sold = Sold {
    module: SEATS,
    template: "E-SEA",
    model: LicensingModel::Floating,
    kind: LicenseType::Floating,
    // Longer than any run: no seat becomes free by itself.
    settings: &[("maxCheckoutValidity", "86400")],
    terms: &[],
};

const SOLD: [Sold; 3] = [
    Sold {
        module: "M-SUB",
        template: "E-SUB",
        model: LicensingModel::Subscription,
        kind: LicenseType::TimeVolume,
        settings: &[],
        terms: &[("timeVolume", "10"), ("timeVolumePeriod", "YEAR")],
    },
    Sold {
        module: FLOATING,
        template: "E-FLO",
        terms: &[("maxSessions", "10")],
        ..SEAT
    },
    Sold {
        module: COUNTED,
        template: "E-PAY",
        model: LicensingModel::PayPerUse,
        kind: LicenseType::Quantity,
        settings: &[],
        terms: &[("quantity", "100000000000")],
    },
];

/// The number of a licensee.
pub(crate) fn licensee(nth: usize) -> String {
    format!("I{nth:07}")
}

/// The number of the license of [`COUNTED`] that a licensee has.
pub(crate) fn counted_license(licensee: usize) -> String {
    license(licensee, SOLD.len() - 1)
}

/// The number of a licensee's license for what is sold at this place.
fn license(licensee: usize, at: usize) -> String {
    format!("L{licensee:07}{at}")
}

/// The number of the license by which this licensee has seats.
pub(crate) fn seats_license(licensee: &str) -> String {
    format!("L-{licensee}")
}

/// Writes the data into `data`; returns an API key of the vendor.
pub(crate) fn write(data: &Path, licensees: usize, options: Options) -> anyhow::Result<String> {
    let store = Store::open(data, options)?;
    crate::runtime()?.block_on(written(&store, data, licensees))
}

async fn written(store: &Store, data: &Path, licensees: usize) -> anyhow::Result<String> {
    let now: Timestamp = "2026-01-01T00:00:00Z".parse()?;
    let vendor = VendorNumber::parse(VENDOR)?;
    let account = Account {
        vendor: Vendor {
            number: vendor.clone(),
            login: LOGIN.into(),
            ttl: TtlMinutes::DEFAULT,
            plan: Plan::default(),
        },
        password: None,
        revision: 1,
    };
    store.put_account(account, origin(), now).await?;
    let installation = InstallationKey::load_or_create(&data.join("installation.key"))?;
    let key = ApiKey {
        active: true,
        role: ApiKeyRole::Licensee,
        licensee: None,
        expires: None,
        name: None,
        custom: Properties::new(),
    };
    let (number, stored) = token::mint(&installation, key).context("the API key cannot be made")?;
    let mut changes = product("P", &SOLD)?;
    changes.extend(product("P-SEATS", &[SEAT])?);
    changes.extend(seats(HOT)?);
    changes.extend(seats(ROOMY)?);
    let mut writes: Vec<Write> = changes.into_iter().map(Write::Model).collect();
    writes.push(Write::PutToken(stored));
    commit(store, &vendor, writes, now).await?;
    for from in (0..licensees).step_by(BATCH) {
        let mut writes = Vec::new();
        for nth in from..licensees.min(from + BATCH) {
            writes.extend(one(nth)?.into_iter().map(Write::Model));
        }
        commit(store, &vendor, writes, now).await?;
    }
    Ok(number.as_str().to_owned())
}

async fn commit(
    store: &Store,
    vendor: &VendorNumber,
    writes: Vec<Write>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let edit = move |_: &leasehold_store::VendorView<'_>| {
        Ok::<_, std::convert::Infallible>(Edit {
            outcome: (),
            writes: writes.clone(),
        })
    };
    let Ok(()) = store.edit(vendor, origin(), now, edit).await?;
    Ok(())
}

fn product(number: &str, sells: &[Sold]) -> anyhow::Result<Vec<Change>> {
    let product = ProductNumber::parse(number)?;
    let mut changes = vec![Change::PutProduct {
        former: None,
        product: Product {
            number: product.clone(),
            active: true,
            name: "Product".into(),
            version: "1".into(),
            description: None,
            licensing_info: None,
            licensee_auto_create: false,
            licensee_secret_mode: None,
            vat_mode: None,
            discounts: Vec::new(),
            custom: Properties::new(),
        },
    }];
    for sold in sells {
        let module = ProductModuleNumber::parse(sold.module)?;
        changes.push(Change::PutModule {
            product: product.clone(),
            former: None,
            module: ProductModule {
                number: module.clone(),
                active: true,
                name: sold.model.as_str().into(),
                licensing_model: sold.model,
                properties: sold.settings.iter().copied().collect(),
            },
        });
        changes.push(Change::PutTemplate {
            module,
            former: None,
            template: LicenseTemplate {
                number: LicenseTemplateNumber::parse(sold.template)?,
                active: true,
                name: sold.template.into(),
                license_type: sold.kind,
                price: None,
                automatic: false,
                hidden: false,
                hide_licenses: false,
                properties: sold.terms.iter().copied().collect(),
            },
        });
    }
    Ok(changes)
}

/// A licensee with so many seats.
fn seats((number, most): (&str, usize)) -> anyhow::Result<Vec<Change>> {
    let most = most.to_string();
    let owner = named(number)?;
    let license = License::new(
        LicenseNumber::parse(&seats_license(number))?,
        LicenseTemplateNumber::parse(SEAT.template)?,
        [("maxSessions", &*most)].into_iter().collect(),
    );
    Ok(vec![
        Change::CreateLicensee {
            product: ProductNumber::parse("P-SEATS")?,
            licensee: owner.clone(),
        },
        Change::Licensee {
            licensee: owner.number,
            change: LicenseeChange::PutLicense {
                former: None,
                license,
            },
        },
    ])
}

fn named(number: &str) -> anyhow::Result<Licensee> {
    Ok(Licensee {
        name: Some("A licensee".into()),
        ..Licensee::new(LicenseeNumber::parse(number)?)
    })
}

/// A licensee as it is after its first validation, so that reading it changes nothing any more.
fn one(nth: usize) -> anyhow::Result<Vec<Change>> {
    let mut owner = named(&licensee(nth))?;
    let mut levels = Vec::new();
    let mut licenses = Vec::new();
    for (at, sold) in SOLD.into_iter().enumerate() {
        let module = ProductModuleNumber::parse(sold.module)?;
        levels.push((module, WarningLevel::Green));
        let number = LicenseNumber::parse(&license(nth, at))?;
        let template = LicenseTemplateNumber::parse(sold.template)?;
        let mut license = License::new(number, template, sold.terms.iter().copied().collect());
        license.set("startDate", "2026-01-01T00:00:00.000Z");
        licenses.push(license);
    }
    levels.sort();
    let mut changes = vec![Change::CreateLicensee {
        product: ProductNumber::parse("P")?,
        licensee: owner.clone(),
    }];
    let number = owner.number.clone();
    let of = |change| Change::Licensee {
        licensee: number.clone(),
        change,
    };
    changes.extend(licenses.into_iter().map(|license| {
        of(LicenseeChange::PutLicense {
            former: None,
            license,
        })
    }));
    owner.warning_levels = Some(WarningLevels(levels));
    changes.push(of(LicenseeChange::Put(owner)));
    Ok(changes)
}

/// Who writes it.
pub(crate) fn origin() -> Origin {
    Origin {
        actor: "local".into(),
        action: "bench.seed",
    }
}
