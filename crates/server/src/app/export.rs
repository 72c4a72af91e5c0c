//! The export of assets to an agent (agent specification, 5): what a licensee owns, with all that
//! is needed to answer in the server's place, sealed to its recipient and signed.

pub(crate) mod agent_key;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use leasehold_model::number::{LicenseeNumber, ProductNumber};
use leasehold_model::plan::Feature;
use leasehold_model::property::Properties;
use leasehold_model::snapshot::{LicenseeAggregate, ProductTree};
use leasehold_model::timestamp::format_timestamp;
use leasehold_model::token::ApiKey;
use leasehold_seal::digest::{hex, sha256};
use leasehold_seal::envelope::{self, EnvelopeError, Header, Lock, RecipientKind};
use leasehold_seal::installation::InstallationKey;
use leasehold_seal::keys::SigningKey;
use leasehold_seal::secret::Secret;
use leasehold_service::numbers;
use leasehold_service::rest::problem::Problem;
use leasehold_store::{Edit, Generation, SealedPackageKey, StoredToken, VendorView, Write};
use leasehold_wire::assets::{
    self, ApiKeyDigest, Assets, PackageIdentity, PrivateKey, ReplySigning, ReportKey, ReportTerms,
};
use leasehold_wire::context::Item;
use leasehold_wire::form::Form;
use zeroize::Zeroizing;

use super::input;
use super::token;
use super::{delegation, report};
use agent_key::Spare;

/// What the vendor's signing key is encrypted for.
const SEALED_FOR: &str = "package signing key";

/// The oldest agent that reads the packages of this version.
const MINIMUM_AGENT: &str = "0.1.0";

/// The parameter by which the private keys of API keys travel.
const OWN_SIGNING_KEYS: &str = "withApikeySigningKey";

/// What a request for an export says.
pub(crate) struct Request {
    licensees: Vec<String>,
    recipient: Recipient,
    /// The server goes on deciding about seats, nodes and credits, as the agent does: what the
    /// original does, and the vendor's own risk (D16).
    shared: bool,
    /// Replies shall be signed with the API keys' own private keys.
    own_signing_keys: bool,
}

/// To whom a package is sealed. It does not print.
pub(crate) enum Recipient {
    /// To nobody: everybody can read it.
    Plaintext,
    /// To whoever knows the passphrase, which is used once and neither stored nor logged.
    Passphrase(Secret),
}

/// Packages that are decided, and not sealed yet: sealing is slow on purpose, and must not keep
/// the vendor's state standing still.
pub(crate) struct Plan {
    packages: Vec<Assets>,
    key: Zeroizing<Vec<u8>>,
}

impl Request {
    /// Reads the parameters. `force` is taken and changes nothing yet: a passphrase tells nobody
    /// from others, so that no licensee is bound to somebody else.
    pub(crate) fn read(form: &Form) -> Result<Self, Problem> {
        input::boolean(form, "force")?;
        let shared = input::boolean(form, "shared")?.given() == Some(true);
        let licensees = licensees(form)?;
        let recipient = Recipient::read(form)?;
        let own_signing_keys = input::boolean(form, OWN_SIGNING_KEYS)?.given() == Some(true);
        if own_signing_keys && matches!(recipient, Recipient::Plaintext) {
            return Err(Problem::Malformed(format!(
                "Parameter '{OWN_SIGNING_KEYS}' contradicts plaintext=true: everybody could read the private keys"
            )));
        }
        Ok(Self {
            licensees,
            recipient,
            shared,
            own_signing_keys,
        })
    }
}

/// The licensees that a request names, by number or alias.
pub(crate) fn licensees(form: &Form) -> Result<Vec<String>, Problem> {
    let listed = input::required(form, "licensees", "Licensee numbers are not provided")?;
    let licensees = split(listed).ok_or_else(|| {
        Problem::Malformed(
            "Parameter 'licensees' is invalid: a backslash must be followed by ',' or '\\'"
                .to_owned(),
        )
    })?;
    for licensee in &licensees {
        input::number("licensees", licensee, LicenseeNumber::parse)?;
    }
    Ok(licensees)
}

impl Recipient {
    fn read(form: &Form) -> Result<Self, Problem> {
        let later = ["serialNumber", "agentNumber", "recipientRequest"];
        if let Some(name) = later
            .into_iter()
            .find(|name| input::text(form, name).given().is_some())
        {
            return Err(Problem::Illegal(format!(
                "Exports to '{name}' are not offered by this version: use withoutCard=true"
            )));
        }
        let is_set = |name| Ok::<_, Problem>(input::boolean(form, name)?.given() == Some(true));
        if !is_set("withoutCard")? {
            return Err(Problem::Malformed(
                "The recipient is not provided: use withoutCard=true with passphrase, or with plaintext=true"
                    .to_owned(),
            ));
        }
        match (
            input::text(form, "passphrase").given(),
            is_set("plaintext")?,
        ) {
            (Some(passphrase), false) => Ok(Self::Passphrase(Secret::new(passphrase.to_owned()))),
            (None, true) => Ok(Self::Plaintext),
            _ => Err(Problem::Malformed(
                "withoutCard=true needs either passphrase or plaintext=true".to_owned(),
            )),
        }
    }

    fn kind(&self) -> RecipientKind {
        match self {
            Self::Plaintext => RecipientKind::None,
            Self::Passphrase(_) => RecipientKind::Passphrase,
        }
    }

    fn lock(&self) -> Lock<'_> {
        match self {
            Self::Plaintext => Lock::None,
            Self::Passphrase(passphrase) => Lock::Passphrase(passphrase),
        }
    }
}

/// Splits at commas; `\,` and `\\` stand for a comma and a backslash within a number (D15). `None`
/// when a backslash stands before anything else: dropping it could name another licensee.
fn split(text: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            ',' => parts.push(String::new()),
            '\\' => {
                let escaped = characters.next().filter(|next| matches!(next, ',' | '\\'));
                push_last(&mut parts, escaped?);
            }
            _ => push_last(&mut parts, character),
        }
    }
    Some(parts)
}

fn push_last(parts: &mut [String], character: char) {
    if let Some(last) = parts.last_mut() {
        last.push(character);
    }
}

/// Decides the packages, one a product, and counts them in the books.
pub(crate) fn plan(
    view: &VendorView<'_>,
    installation: &InstallationKey,
    request: &Request,
    spare: Option<&Spare>,
    now: Timestamp,
) -> Result<Edit<Plan>, Problem> {
    view.account().vendor.plan.allow(Feature::Export)?;
    let recipient = request.recipient.kind().as_str();
    let mut writes = Vec::new();
    let key = signing_key(view, installation, &mut writes)?;
    let mut packages = Vec::new();
    let found = gather(view, &request.licensees)?;
    let signing = match request.recipient {
        Recipient::Plaintext => None,
        Recipient::Passphrase(_) => {
            let name = agent_key::name(&numbers_of(&found));
            let taken = agent_key::take(view, installation, &key, name, spare, &mut writes, now)?;
            Some(taken)
        }
    };
    for (number, (product, licensees)) in found {
        let generation = 1 + view
            .generation(&number, recipient)
            .map_or(0, |newest| newest.generation);
        writes.push(Write::PutGeneration(Generation {
            product: number,
            recipient: recipient.into(),
            generation,
        }));
        let package = PackageIdentity {
            id: package_id(now),
            generation,
            recipient: recipient.to_owned(),
        };
        writes.extend(delegation::bind(
            view,
            &package,
            licensees.keys(),
            request.shared,
            now,
        ));
        let merged = report::merged(view, licensees.keys());
        let key = installation.report_key(&package.id);
        let package = Assets {
            package,
            max_offline_days: view.account().vendor.plan.offline_days,
            report: ReportTerms {
                key: Some(ReportKey(*key)),
                known: merged,
            },
            vendor: view.account().vendor.clone(),
            api_keys: api_keys(view, installation, request, &licensees, now),
            signing: signing.clone(),
            product: ProductTree::clone(&product),
            licensees: licensees.into_values().collect(),
            made_at: now,
        };
        writes.extend(report::remember(view, &package));
        packages.push(package);
    }
    Ok(Edit {
        outcome: Plan { packages, key },
        writes,
    })
}

/// True when the agent that this export is for has no key yet to sign its replies with.
pub(crate) fn needs_agent_key(view: &VendorView<'_>, request: &Request) -> bool {
    // A request that cannot be met is judged by `plan`.
    matches!(request.recipient, Recipient::Passphrase(_))
        && gather(view, &request.licensees).is_ok_and(|found| {
            view.document(&agent_key::name(&numbers_of(&found)))
                .is_none()
        })
}

/// Seals the packages to whom the request names, and signs them. Takes up to a second and 128 MiB for each one under a
/// passphrase: not for an async thread.
pub(crate) fn seal(plan: &Plan, request: &Request) -> Result<Vec<Item>, Problem> {
    let key = SigningKey::from_pkcs8(&plan.key).map_err(internal)?;
    plan.packages
        .iter()
        .map(|package| {
            let document = Zeroizing::new(assets::write(package));
            let header = header(package, request.recipient.kind());
            let file = envelope::seal(&header, &document, request.recipient.lock(), &key)
                .map_err(unsealed)?;
            Ok(item(package, &file))
        })
        .collect()
}

fn header(assets: &Assets, recipient: RecipientKind) -> Header {
    let numbers: Vec<LicenseeNumber> = assets
        .licensees
        .iter()
        .map(|aggregate| aggregate.licensee.number.clone())
        .collect();
    Header {
        package: assets.package.id.clone(),
        created: format_timestamp(assets.made_at),
        generation: assets.package.generation,
        minimum_agent: MINIMUM_AGENT.to_owned(),
        vendor: assets.vendor.number.to_string(),
        product: assets.product.product.number.to_string(),
        licensee_count: numbers.len(),
        licensee_digest: sha256(&[assets::licensees_text(&numbers).as_bytes()]),
        recipient,
    }
}

fn item(assets: &Assets, file: &[u8]) -> Item {
    let mut item = Item::new("AgentExport");
    item.put("packageId", &assets.package.id)
        .put("productNumber", assets.product.product.number.as_str())
        .put("generation", assets.package.generation.to_string())
        .put("recipient", &assets.package.recipient)
        .put("sha256", hex(&sha256(&[file])))
        .put("content", STANDARD.encode(file));
    item
}

type ByProduct = BTreeMap<
    ProductNumber,
    (
        Arc<ProductTree>,
        BTreeMap<LicenseeNumber, LicenseeAggregate>,
    ),
>;

/// The numbers of these licensees, given by number or alias. Fails with all that do not exist.
pub(super) fn found(
    view: &VendorView<'_>,
    asked: &[String],
) -> Result<BTreeSet<LicenseeNumber>, Problem> {
    Ok(numbers_of(&gather(view, asked)?))
}

fn numbers_of(found: &ByProduct) -> BTreeSet<LicenseeNumber> {
    let licensees = found.values().flat_map(|(_, licensees)| licensees.keys());
    licensees.cloned().collect()
}

/// The licensees of these numbers or aliases, by product. Fails with all that do not exist.
fn gather(view: &VendorView<'_>, asked: &[String]) -> Result<ByProduct, Problem> {
    let mut found = ByProduct::new();
    let mut missing = BTreeSet::new();
    for licensee in asked {
        let exists = view.licensee_of_many(licensee, |product, aggregate| {
            found
                .entry(product.product.number.clone())
                .or_insert_with(|| (Arc::clone(product), BTreeMap::new()))
                .1
                .insert(aggregate.licensee.number.clone(), aggregate.clone());
        });
        if exists.is_none() {
            missing.insert(format!("'{licensee}'"));
        }
    }
    if missing.is_empty() {
        Ok(found)
    } else {
        let names: Vec<String> = missing.into_iter().collect();
        Err(Problem::Missing(format!(
            "Requested licensee does not exist: {}",
            names.join(", ")
        )))
    }
}

/// The keys that open one of these licensees, as digests: enough to recognise a key, not to tell
/// it. What the vendor noted about a key stays at home, since it may speak of other customers.
fn api_keys(
    view: &VendorView<'_>,
    installation: &InstallationKey,
    request: &Request,
    licensees: &BTreeMap<LicenseeNumber, LicenseeAggregate>,
    now: Timestamp,
) -> Vec<ApiKeyDigest> {
    let opens = |key: &ApiKey| {
        let scope = key.licensee.as_ref();
        key.is_live(now) && scope.is_none_or(|licensee| licensees.contains_key(licensee))
    };
    let opening = view
        .tokens()
        .filter(|stored| stored.token.api_key().is_some_and(opens));
    token::revealed(installation, opening)
        .filter_map(|(number, stored)| Some((number, stored, stored.token.api_key()?)))
        .map(|(number, stored, key)| {
            let mut salt = [0; 16];
            numbers::fill(&mut salt);
            ApiKeyDigest {
                salt,
                digest: sha256(&[&salt, number.as_str().as_bytes()]),
                key: ApiKey {
                    name: None,
                    custom: Properties::new(),
                    ..key.clone()
                },
                signing: reply_signing(installation, request, stored),
            }
        })
        .collect()
}

/// Whose replies are signed here are signed there too, unless the package lies open.
fn reply_signing(
    installation: &InstallationKey,
    request: &Request,
    stored: &StoredToken,
) -> ReplySigning {
    let Some(sealed) = stored.response_key.as_deref() else {
        return ReplySigning::Unsigned;
    };
    match request.recipient {
        Recipient::Plaintext => return ReplySigning::Unsigned,
        Recipient::Passphrase(_) if !request.own_signing_keys => return ReplySigning::Agent,
        Recipient::Passphrase(_) => {}
    }
    // What cannot be opened signs nothing here either.
    let opened = installation.open(token::RESPONSE_KEY_SEALED_FOR, sealed);
    opened.map_or(ReplySigning::Unsigned, |key| {
        ReplySigning::Own(PrivateKey::new(key))
    })
}

/// The vendor's signing key in PKCS#8, made at the first export.
fn signing_key(
    view: &VendorView<'_>,
    installation: &InstallationKey,
    writes: &mut Vec<Write>,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    if let Some(sealed) = view.package_key().and_then(|key| key.private.as_deref()) {
        return installation.open(SEALED_FOR, sealed).map_err(internal);
    }
    let (key, pkcs8) = SigningKey::generate().map_err(internal)?;
    writes.push(Write::PutPackageKey(SealedPackageKey {
        public: key.public().0,
        private: Some(installation.seal(SEALED_FOR, &pkcs8)),
    }));
    Ok(pkcs8)
}

/// A UUID of version 7: packages sort by the time they were made.
fn package_id(now: Timestamp) -> String {
    let mut random = [0; 10];
    numbers::fill(&mut random);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .to_string()
}

/// What is too much for one package can be asked for in several.
fn unsealed(error: EnvelopeError) -> Problem {
    match error {
        EnvelopeError::Limit(what) => Problem::Illegal(format!(
            "The package exceeds a limit ({what}): export fewer licensees at a time"
        )),
        error => internal(error),
    }
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Problem {
    Problem::Internal(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licensees_are_split_at_bare_commas() {
        let split = |text| split(text).unwrap();
        assert_eq!(split("a,b"), ["a", "b"]);
        assert_eq!(split(r"a\,b,c\\d"), ["a,b", r"c\d"]);
        assert_eq!(split(","), ["", ""]);
    }

    #[test]
    fn a_backslash_escapes_two_characters_only() {
        for refused in [r"a\", r"a\b", r"a\\\"] {
            assert_eq!(split(refused), None, "{refused}");
        }
    }
}
