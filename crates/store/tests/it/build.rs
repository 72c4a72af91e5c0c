//! What the tests make their stores of.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;

use jiff::Timestamp;
use leasehold_model::change::{Change, Decision, LicenseeChange};
use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;
use leasehold_model::number::*;
use leasehold_model::product::{LicensingModel, Product, ProductModule};
use leasehold_model::property::Properties;
use leasehold_model::snapshot::{LicenseeAggregate, Subject};
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::vendor::{TtlMinutes, Vendor};
use leasehold_store::{
    Account, Edit, Options, Origin, PasswordHash, Store, StoreError, VendorView, Write,
};

pub(crate) const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

pub(crate) fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW.as_second() + seconds).unwrap()
}

pub(crate) fn origin(action: &'static str) -> Origin {
    Origin {
        actor: "test".into(),
        action,
    }
}

pub(crate) fn vendor(number: &str) -> VendorNumber {
    VendorNumber::parse(number).unwrap()
}

pub(crate) fn account(number: &str) -> Account {
    Account {
        vendor: Vendor {
            number: vendor(number),
            login: number.to_lowercase().into(),
            ttl: TtlMinutes::DEFAULT,
            plan: leasehold_model::plan::Plan::default(),
        },
        password: Some(PasswordHash(format!("hash of {number}").into())),
        revision: 1,
    }
}

pub(crate) fn product(number: &str) -> Product {
    Product {
        number: ProductNumber::parse(number).unwrap(),
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
    }
}

pub(crate) fn module(number: &str, licensing_model: LicensingModel) -> ProductModule {
    ProductModule {
        number: ProductModuleNumber::parse(number).unwrap(),
        active: true,
        name: "Module".into(),
        licensing_model,
        properties: Properties::new(),
    }
}

pub(crate) fn template(number: &str, license_type: LicenseType) -> LicenseTemplate {
    LicenseTemplate {
        number: LicenseTemplateNumber::parse(number).unwrap(),
        active: true,
        name: "Template".into(),
        license_type,
        price: None,
        automatic: false,
        hidden: false,
        hide_licenses: false,
        properties: Properties::new(),
    }
}

pub(crate) fn licensee(number: &str) -> Licensee {
    Licensee::new(LicenseeNumber::parse(number).unwrap())
}

pub(crate) fn license_number(number: &str) -> LicenseNumber {
    LicenseNumber::parse(number).unwrap()
}

pub(crate) fn license(number: &str, template: &str, properties: &[(&str, &str)]) -> License {
    License::new(
        license_number(number),
        LicenseTemplateNumber::parse(template).unwrap(),
        properties.iter().copied().collect(),
    )
}

pub(crate) fn change(licensee: &str, change: LicenseeChange) -> Write {
    Write::Model(Change::Licensee {
        licensee: LicenseeNumber::parse(licensee).unwrap(),
        change,
    })
}

pub(crate) fn put_license(licensee: &str, license: License) -> Write {
    let former = None;
    change(licensee, LicenseeChange::PutLicense { former, license })
}

/// Product P with the Floating module M (template T) and the Pay-per-Use module U (template Q).
pub(crate) fn catalogue() -> Vec<Write> {
    let product_number = ProductNumber::parse("P").unwrap();
    let put_module = |module| {
        Write::Model(Change::PutModule {
            product: product_number.clone(),
            former: None,
            module,
        })
    };
    let put_template = |module: &str, template| {
        Write::Model(Change::PutTemplate {
            module: ProductModuleNumber::parse(module).unwrap(),
            former: None,
            template,
        })
    };
    vec![
        Write::Model(Change::PutProduct {
            former: None,
            product: product("P"),
        }),
        put_module(module("M", LicensingModel::Floating)),
        put_module(module("U", LicensingModel::PayPerUse)),
        put_template("M", template("T", LicenseType::Floating)),
        put_template("U", template("Q", LicenseType::Quantity)),
    ]
}

/// A licensee with one license of `seats` seats (F-number) and one of 1000 credits (C-number).
pub(crate) fn customer(number: &str, seats: u32) -> Vec<Write> {
    let seats = seats.to_string();
    vec![
        Write::Model(Change::CreateLicensee {
            product: ProductNumber::parse("P").unwrap(),
            licensee: licensee(number),
        }),
        put_license(
            number,
            license(&format!("F-{number}"), "T", &[("maxSessions", &seats)]),
        ),
        put_license(
            number,
            license(&format!("C-{number}"), "Q", &[("quantity", "1000")]),
        ),
    ]
}

pub(crate) async fn write(
    store: &Store,
    vendor_number: &str,
    writes: Vec<Write>,
) -> Result<(), StoreError> {
    write_at(store, vendor_number, writes, NOW).await
}

pub(crate) async fn write_at(
    store: &Store,
    vendor_number: &str,
    writes: Vec<Write>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let edit = move |_: &VendorView<'_>| {
        let outcome = ();
        let writes = writes.clone();
        Ok::<_, Infallible>(Edit { outcome, writes })
    };
    let edited = store
        .edit(&vendor(vendor_number), origin("test.write"), now, edit)
        .await?;
    let Ok(()) = edited;
    Ok(())
}

/// Looks at the state of vendor V.
pub(crate) async fn look<T: Send + 'static>(
    store: &Store,
    look: impl Fn(&VendorView<'_>) -> T + Send + Sync + 'static,
) -> T {
    store.read(&vendor("V"), look).await.unwrap()
}

/// A store with vendor V, its catalogue and these licensees of 50 seats.
pub(crate) async fn store(directory: &Path, options: Options, licensees: &[&str]) -> Store {
    let store = Store::open(directory, options).unwrap();
    store
        .put_account(account("V"), origin("vendor.add"), NOW)
        .await
        .unwrap();
    write(&store, "V", catalogue()).await.unwrap();
    for number in licensees {
        write(&store, "V", customer(number, 50)).await.unwrap();
    }
    store
}

/// Decides without looking.
pub(crate) async fn apply(
    store: &Store,
    licensee: &str,
    changes: Vec<LicenseeChange>,
) -> Result<(), StoreError> {
    let decided = store
        .decide(
            &vendor("V"),
            licensee,
            None,
            origin("licensee.validate"),
            NOW,
            |_| {
                let (outcome, changes) = ((), changes.clone());
                Ok::<_, Infallible>(Decision { outcome, changes }.into())
            },
        )
        .await?;
    let Ok(()) = decided;
    Ok(())
}

pub(crate) fn hold(license: &str, session: &str, until: Timestamp) -> LicenseeChange {
    LicenseeChange::HoldSession {
        license: license_number(license),
        session: session.into(),
        until,
    }
}

pub(crate) fn use_credits(license: &str, amount: i64) -> LicenseeChange {
    LicenseeChange::Use {
        license: license_number(license),
        amount,
    }
}

/// The licensee as a decision sees it.
pub(crate) async fn aggregate(store: &Store, licensee: &str) -> Option<LicenseeAggregate> {
    let decided = store
        .decide(
            &vendor("V"),
            licensee,
            None,
            origin("test.look"),
            NOW,
            |snapshot| {
                let outcome = match snapshot.subject {
                    Subject::Known { licensee, .. } => Some(licensee.clone()),
                    Subject::Unknown { .. } => None,
                };
                let changes = Vec::new();
                Ok::<_, Infallible>(Decision { outcome, changes }.into())
            },
        )
        .await
        .unwrap();
    let Ok(found) = decided;
    found
}

/// Everything a view shows, as text.
pub(crate) async fn everything(store: &Store, vendor_number: &str) -> BTreeMap<String, String> {
    store
        .read(&vendor(vendor_number), |view| {
            let mut seen = BTreeMap::new();
            seen.insert("account".into(), format!("{:?}", view.account()));
            let products: Vec<_> = view.products().collect();
            seen.insert("products".into(), format!("{products:?}"));
            let mut licensees = Vec::new();
            view.each_licensee(|product, aggregate| {
                licensees.push(format!("{}: {aggregate:?}", product.product.number));
            });
            seen.insert("licensees".into(), licensees.join("\n"));
            let mut licenses = Vec::new();
            view.each_license(|_, aggregate, license| {
                licenses.push(format!("{}: {}", aggregate.licensee.number, license.number));
            });
            seen.insert("licenses".into(), licenses.join("\n"));
            let tokens: Vec<_> = view.tokens().collect();
            seen.insert("tokens".into(), format!("{tokens:?}"));
            seen.insert("key".into(), format!("{:?}", view.package_key()));
            let imports: Vec<_> = view.imports().collect();
            seen.insert("imports".into(), format!("{imports:?}"));
            seen
        })
        .await
        .unwrap()
}
