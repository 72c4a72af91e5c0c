//! The document inside an export package (agent specification, 5.2): a
//! NetLicensing context that holds everything an agent needs to answer in the
//! server's place.
//!
//! Nothing may be lost on the way, hence it differs from replies in three
//! points. What a vendor names (custom properties, sessions, slots) stands in
//! lists of its own, so that no name can be taken for another. Amounts are
//! integer hundredths and instants exact. And since XML cannot hold every
//! character, `\` is written `\\`, and a character that XML cannot hold is
//! written `\u{1B}`, in values and in names that are data.
//!
//! The items come in one order: `Package`, `Vendor`, `Product`, each
//! `ProductModule` followed by its `LicenseTemplate`s, each `Licensee`
//! followed by its `License`s, then the `ApiKey`s, then `AgentCertificate` and
//! `AgentKey` where the package is sealed. The reader takes this order and no
//! other, and nothing that it does not know: half a right is worse than a
//! refused package.

mod catalogue;
mod ownership;
mod package;
mod record;
mod signing;
mod text;

use std::collections::HashSet;

use jiff::Timestamp;
use leasehold_model::license::License;
use leasehold_model::number::{LicenseTemplateNumber, LicenseeNumber};
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree, ProductTree};
use leasehold_model::token::ApiKey;
use leasehold_model::vendor::Vendor;

use crate::envelope::{Envelope, Writer};
use crate::xml::{self, ItemReader, XmlError};
use ownership::Configurations;
use record::Record;

pub use signing::{AgentSigning, PrivateKey, ReplySigning};

/// What travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assets {
    /// Repeated from the signed header, so that header and document cannot be exchanged (AG-20).
    pub package: PackageIdentity,
    /// The vendor, without anything to sign in with.
    pub vendor: Vendor,
    /// The product with all modules and templates.
    pub product: ProductTree,
    /// The licensees with all licenses and their state, sorted by number.
    pub licensees: Vec<LicenseeAggregate>,
    /// API keys usable for these licensees, as digests.
    pub api_keys: Vec<ApiKeyDigest>,
    /// How many days the agent may answer from the package (AG-19); `None`: as many as it likes.
    pub max_offline_days: Option<u32>,
    /// How the agent's state files come to the server.
    pub report: ReportTerms,
    /// What the agent signs with; never in a package that everybody can read.
    pub signing: Option<AgentSigning>,
    /// The server's time when the package was made.
    pub made_at: Timestamp,
}

/// Which package this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageIdentity {
    /// UUID, version 7.
    pub id: String,
    /// Counts the exports of one product to one recipient, from 1.
    pub generation: u64,
    /// `none` or `passphrase`, and later an element's serial or an agent's number.
    pub recipient: String,
}

/// What an agent must know to report its state (agent specification, 4.6).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportTerms {
    /// What the state files that are based on the package are sealed under. `None` in a state file
    /// itself, and where the server takes none.
    pub key: Option<ReportKey>,
    /// In a package: SHA-256 of the state files that the server merged last. In a state file: of
    /// those that the agent has written before, on the same package.
    pub known: Vec<[u8; 32]>,
}

/// A key of 32 bytes. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct ReportKey(pub [u8; 32]);

impl std::fmt::Debug for ReportKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReportKey(…)")
    }
}

/// An API key as the agent knows it: enough to recognise the key, not to tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyDigest {
    /// 16 random bytes of its own.
    pub salt: [u8; 16],
    /// SHA-256 over salt, then the key's number.
    pub digest: [u8; 32],
    /// What it opens.
    pub key: ApiKey,
    /// Whether replies to it are signed.
    pub signing: ReplySigning,
}

/// Why a document cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// Not an envelope.
    #[error("the document cannot be read")]
    Xml(#[from] XmlError),
    /// An envelope, and not assets.
    #[error("the document holds no complete assets: {0}")]
    Incomplete(String),
}

/// Bytes of a document that is read: well over a hundred thousand licenses.
const MAX_BYTES: usize = 512 * 1024 * 1024;

/// Writes the document. Equal assets give equal bytes (AG-18).
pub fn write(assets: &Assets) -> Vec<u8> {
    xml::write(&Document {
        assets,
        secrets: Secrets::All,
    })
}

/// The same without private keys: they are not to lie where the rest lies.
pub fn write_without_private_keys(assets: &Assets) -> Vec<u8> {
    xml::write(&Document {
        assets,
        secrets: Secrets::NotPrivate,
    })
}

/// The same without anything to sign, sign in or seal with: what both sides know of the licensees.
pub fn write_without_keys(assets: &Assets) -> Vec<u8> {
    xml::write(&Document {
        assets,
        secrets: Secrets::None,
    })
}

/// What of the keys goes along.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrets {
    All,
    NotPrivate,
    None,
}

/// Assets as an envelope, each item of which is made when it is its turn.
struct Document<'a> {
    assets: &'a Assets,
    secrets: Secrets,
}

impl Envelope for Document<'_> {
    fn ttl(&self) -> Option<impl AsRef<str>> {
        None::<&str>
    }

    fn tell(&self, writer: &mut impl Writer) {
        let Self { assets, secrets } = *self;
        let product = &assets.product.product;
        writer.items(None);
        package::write(assets, secrets != Secrets::None).tell(writer);
        catalogue::write_vendor(&assets.vendor).tell(writer);
        catalogue::write_product(product).tell(writer);
        for tree in &assets.product.modules {
            catalogue::write_module(&tree.module, &product.number).tell(writer);
            for template in &tree.templates {
                catalogue::write_template(template, &tree.module.number).tell(writer);
            }
        }
        for aggregate in &assets.licensees {
            let licensee = &aggregate.licensee;
            ownership::write_licensee(licensee, &product.number).tell(writer);
            for license in &aggregate.licenses {
                ownership::write_license(license, &licensee.number).tell(writer);
            }
        }
        if secrets == Secrets::None {
            return;
        }
        let has_private = secrets == Secrets::All;
        for key in &assets.api_keys {
            let signing = match has_private {
                true => &key.signing,
                false => &ReplySigning::Unsigned,
            };
            package::write_key(key, signing).tell(writer);
        }
        let signing = assets.signing.iter().filter(|_| has_private);
        for item in signing.flat_map(signing::write) {
            item.tell(writer);
        }
    }
}

/// Reads the document back: `read(write(a)) == a` wherever modules, templates, licensees and
/// licenses have numbers of their own, the latter two are sorted by them, and references lead
/// somewhere. A document for which one of these does not hold is refused.
pub fn read(bytes: &[u8]) -> Result<Assets, AssetsError> {
    read_watched(bytes, &mut |_| ())
}

/// The same; `watch` hears how many licensees have been read, each time by one more.
pub fn read_watched(bytes: &[u8], watch: &mut dyn FnMut(usize)) -> Result<Assets, AssetsError> {
    let mut items = ItemReader::new(bytes, MAX_BYTES)?;
    let mut ahead = items.next()?;
    let mut next = |kind: &str| {
        let item = ahead.take_if(|item| item.kind == kind)?;
        Some(match items.next() {
            Ok(behind) => {
                ahead = behind;
                Record::open(item)
            }
            Err(error) => Err(error.into()),
        })
    };

    let (package, max_offline_days, report, made_at) =
        package::read(required("Package", &mut next)?)?;
    let vendor = catalogue::read_vendor(required("Vendor", &mut next)?)?;
    let product = read_product(required("Product", &mut next)?, &mut next)?;
    let licensees = read_licensees(&product, &mut next, watch)?;
    let mut api_keys = Vec::new();
    while let Some(record) = next("ApiKey") {
        api_keys.push(package::read_key(record?, &licensees)?);
    }
    let signing = read_signing(&api_keys, &mut next)?;
    if let Some(item) = ahead {
        return Err(incomplete(&format!("'{}' is out of place", item.kind)));
    }
    let context = items.finish()?;
    let is_bare = context.infos.is_empty() && context.ttl.is_none();
    let items = context.items.filter(|items| items.page.is_none());
    match items.filter(|_| is_bare) {
        None => Err(incomplete("it is a reply")),
        Some(_) => Ok(Assets {
            package,
            vendor,
            product,
            licensees,
            api_keys,
            max_offline_days,
            report,
            signing,
            made_at,
        }),
    }
}

/// Gives the next item if it is of that kind.
type Next<'a> = dyn FnMut(&str) -> Option<Result<Record, AssetsError>> + 'a;

fn read_product(record: Record, next: &mut Next<'_>) -> Result<ProductTree, AssetsError> {
    let mut tree = ProductTree {
        product: catalogue::read_product(record)?,
        modules: Vec::new(),
    };
    let mut modules = HashSet::new();
    let mut templates = HashSet::new();
    while let Some(record) = next("ProductModule") {
        let module = catalogue::read_module(record?, &tree.product.number)?;
        if !modules.insert(module.number.clone()) {
            return Err(twice("ProductModule", &module.number));
        }
        let mut branch = ModuleTree {
            module,
            templates: Vec::new(),
        };
        while let Some(record) = next("LicenseTemplate") {
            let template = catalogue::read_template(record?, &branch.module.number)?;
            if !templates.insert(template.number.clone()) {
                return Err(twice("LicenseTemplate", &template.number));
            }
            branch.templates.push(template);
        }
        tree.modules.push(branch);
    }
    Ok(tree)
}

fn read_licensees(
    product: &ProductTree,
    next: &mut Next<'_>,
    watch: &mut dyn FnMut(usize),
) -> Result<Vec<LicenseeAggregate>, AssetsError> {
    let modules = product.modules.iter();
    let templates: HashSet<&LicenseTemplateNumber> = modules
        .flat_map(|tree| &tree.templates)
        .map(|template| &template.number)
        .collect();
    let mut configurations = Configurations::new();
    let mut licensees: Vec<LicenseeAggregate> = Vec::new();
    while let Some(record) = next("Licensee") {
        let licensee = ownership::read_licensee(record?, &product.product.number)?;
        let before = licensees.last().map(|before| &before.licensee.number);
        if before.is_some_and(|before| *before >= licensee.number) {
            return Err(unsorted("Licensee", &licensee.number));
        }
        let mut licenses: Vec<License> = Vec::new();
        while let Some(record) = next("License") {
            let license = ownership::read_license(record?, &licensee.number, &mut configurations)?;
            let before = licenses.last().map(|before| &before.number);
            if before.is_some_and(|before| *before >= license.number) {
                return Err(unsorted("License", &license.number));
            }
            if !templates.contains(&license.template) {
                return Err(incomplete(&format!(
                    "License '{}' was made from the unknown LicenseTemplate '{}'",
                    license.number, license.template
                )));
            }
            licenses.push(license);
        }
        // There may be very many such lists.
        licenses.shrink_to_fit();
        licensees.push(LicenseeAggregate { licensee, licenses });
        watch(licensees.len());
    }
    Ok(licensees)
}

/// The agent's key, where there is one; where replies shall be signed with it, it must be there.
fn read_signing(
    api_keys: &[ApiKeyDigest],
    next: &mut Next<'_>,
) -> Result<Option<AgentSigning>, AssetsError> {
    if let Some(record) = next("AgentCertificate") {
        return Ok(Some(AgentSigning {
            certificate: signing::read_certificate(record?)?,
            key: signing::read_key(required("AgentKey", next)?)?,
        }));
    }
    let needs_key = |key: &ApiKeyDigest| key.signing == ReplySigning::Agent;
    if api_keys.iter().any(needs_key) {
        return Err(incomplete("replies cannot be signed without an 'AgentKey'"));
    }
    Ok(None)
}

fn required(kind: &str, next: &mut Next<'_>) -> Result<Record, AssetsError> {
    next(kind).unwrap_or_else(|| {
        Err(incomplete(&format!(
            "there is no '{kind}' where it should be"
        )))
    })
}

fn twice(kind: &str, number: &impl std::fmt::Display) -> AssetsError {
    incomplete(&format!("{kind} '{number}' is there twice"))
}

fn unsorted(kind: &str, number: &impl std::fmt::Display) -> AssetsError {
    incomplete(&format!("{kind} '{number}' is out of order"))
}

fn incomplete(what: &str) -> AssetsError {
    AssetsError::Incomplete(what.to_owned())
}

/// The licensees' digest in the header: over their sorted numbers, each followed by a line feed.
pub fn licensees_text(numbers: &[LicenseeNumber]) -> String {
    let mut sorted: Vec<&LicenseeNumber> = numbers.iter().collect();
    sorted.sort();
    sorted.iter().map(|number| format!("{number}\n")).collect()
}
