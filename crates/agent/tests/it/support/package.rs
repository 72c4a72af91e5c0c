//! Packages as a server would make them.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;
use leasehold_model::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber, ProductNumber,
    VendorNumber,
};
use leasehold_model::product::{LicensingModel, Product, ProductModule};
use leasehold_model::property::Properties;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree, ProductTree};
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::timestamp::format_timestamp;
use leasehold_model::token::ApiKey;
use leasehold_model::vendor::{TtlMinutes, Vendor};
use leasehold_seal::digest::sha256;
use leasehold_seal::envelope::{self, Header, Lock, RecipientKind};
use leasehold_seal::keys::SigningKey;
use leasehold_seal::secret::Secret;
use leasehold_wire::assets::{
    self, ApiKeyDigest, Assets, PackageIdentity, ReplySigning, ReportTerms,
};

/// The key that opens everything of [`assets`].
pub(crate) const API_KEY: &str = "K-EVERYBODY";
/// The key that is for licensee I1 alone.
pub(crate) const SCOPED_KEY: &str = "K-ONLY-I1";
/// A key whose time is over.
pub(crate) const EXPIRED_KEY: &str = "K-EXPIRED";

/// When the packages are made.
pub(crate) fn made_at() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// Product `product` with one Floating module of two seats, and its licensees I1 and I2.
pub(crate) fn assets(product: &str, generation: u64) -> Assets {
    let module = format!("M-{product}");
    let template = LicenseTemplateNumber::parse(&format!("E-{product}")).unwrap();
    let number = |name: &str| match product {
        "P1" => name.to_owned(),
        _ => format!("{name}-{product}"),
    };
    let licensees = ["I1", "I2"].map(|name| licensee(&number(name), &template));
    Assets {
        package: PackageIdentity {
            id: format!("0193f3c8-0000-7000-8000-{generation:012}"),
            generation,
            recipient: "none".to_owned(),
        },
        vendor: Vendor {
            number: VendorNumber::parse("V1").unwrap(),
            login: "acme".into(),
            ttl: TtlMinutes::DEFAULT,
            plan: leasehold_model::plan::Plan::default(),
        },
        product: tree(product, &module, template),
        licensees: licensees.into(),
        api_keys: vec![
            key(API_KEY, product, None, None),
            key(SCOPED_KEY, product, Some(&number("I1")), None),
            key(EXPIRED_KEY, product, None, Some(made_at())),
        ],
        max_offline_days: None,
        report: ReportTerms::default(),
        signing: None,
        made_at: made_at(),
    }
}

fn tree(product: &str, module: &str, template: LicenseTemplateNumber) -> ProductTree {
    let mut terms = Properties::new();
    terms.set("maxSessions", "2");
    let mut settings = Properties::new();
    settings.set("maxCheckoutValidity", "60");
    ProductTree {
        product: Product {
            number: ProductNumber::parse(product).unwrap(),
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
        modules: vec![ModuleTree {
            module: ProductModule {
                number: ProductModuleNumber::parse(module).unwrap(),
                active: true,
                name: "Seats".into(),
                licensing_model: LicensingModel::Floating,
                properties: settings,
            },
            templates: vec![LicenseTemplate {
                number: template,
                active: true,
                name: "Two seats".into(),
                license_type: LicenseType::Floating,
                price: None,
                automatic: false,
                hidden: false,
                hide_licenses: false,
                properties: terms,
            }],
        }],
    }
}

fn licensee(name: &str, template: &LicenseTemplateNumber) -> LicenseeAggregate {
    let mut terms = Properties::new();
    terms.set("maxSessions", "2");
    let number = LicenseNumber::parse(&format!("L-{name}")).unwrap();
    LicenseeAggregate {
        licensee: Licensee {
            number: LicenseeNumber::parse(name).unwrap(),
            active: true,
            name: Some("Customer".into()),
            secret: None,
            marked_for_transfer: None,
            aliases: vec![LicenseeNumber::parse(&format!("alias of {name}")).unwrap()],
            warning_levels: None,
            custom: Properties::new(),
        },
        licenses: vec![License::new(number, template.clone(), terms)],
    }
}

fn key(
    number: &str,
    product: &str,
    licensee: Option<&str>,
    expires: Option<Timestamp>,
) -> ApiKeyDigest {
    // Of its own for each key and package.
    let mut salt = [0; 16];
    salt.copy_from_slice(&sha256(&[number.as_bytes(), product.as_bytes()])[..16]);
    ApiKeyDigest {
        salt,
        digest: sha256(&[&salt, number.as_bytes()]),
        key: ApiKey {
            active: true,
            role: ApiKeyRole::Licensee,
            licensee: licensee.map(|number| LicenseeNumber::parse(number).unwrap()),
            expires,
            name: None,
            custom: Properties::new(),
        },
        signing: ReplySigning::Unsigned,
    }
}

/// The header that belongs to `assets`.
pub(crate) fn header(assets: &Assets) -> Header {
    let numbers: Vec<LicenseeNumber> = assets
        .licensees
        .iter()
        .map(|aggregate| aggregate.licensee.number.clone())
        .collect();
    Header {
        package: assets.package.id.clone(),
        created: format_timestamp(assets.made_at),
        generation: assets.package.generation,
        minimum_agent: "0.1.0".to_owned(),
        vendor: assets.vendor.number.to_string(),
        product: assets.product.product.number.to_string(),
        licensee_count: numbers.len(),
        licensee_digest: sha256(&[assets::licensees_text(&numbers).as_bytes()]),
        recipient: RecipientKind::None,
    }
}

/// A vendor's key.
pub(crate) fn signing_key() -> SigningKey {
    SigningKey::generate().unwrap().0
}

/// An unencrypted package.
pub(crate) fn plain(assets: &Assets, key: &SigningKey) -> Vec<u8> {
    envelope::seal(&header(assets), &assets::write(assets), Lock::None, key).unwrap()
}

/// A package under a passphrase.
pub(crate) fn sealed(assets: &Assets, key: &SigningKey, passphrase: &str) -> Vec<u8> {
    let mut assets = assets.clone();
    assets.package.recipient = "passphrase".to_owned();
    let header = Header {
        recipient: RecipientKind::Passphrase,
        ..header(&assets)
    };
    let passphrase = Secret::new(passphrase.to_owned());
    let lock = Lock::Passphrase(&passphrase);
    envelope::seal(&header, &assets::write(&assets), lock, key).unwrap()
}

/// Writes package number `n` into `directory`.
pub(crate) fn put(directory: &Path, n: u32, package: &[u8]) -> PathBuf {
    let path = directory.join(format!("{n}_netlicensing-assets.xml"));
    std::fs::write(&path, package).unwrap();
    path
}

/// Every file below `directory` with its digest, by path; `None` when there is no such directory.
pub(crate) fn digest_of(directory: &Path) -> Option<Vec<(PathBuf, [u8; 32])>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).ok()? {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(digest_of(&path).unwrap());
        } else {
            let digest = sha256(&[&std::fs::read(&path).unwrap()]);
            files.push((path, digest));
        }
    }
    files.sort();
    Some(files)
}
