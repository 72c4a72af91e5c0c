//! Tokens (wire contract, 7.9). A token's number is what opens: it is stored encrypted under the
//! installation's key, and found by a keyed hash of it.

mod expiration;
mod ticket;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::number::{LicenseeNumber, TokenNumber};
use leasehold_model::plan::Feature;
use leasehold_model::property::Properties;
use leasehold_model::role::{ApiKeyRole, Operation};
use leasehold_model::token::{ApiKey, TicketKind, Token};
use leasehold_seal::installation::InstallationKey;
use leasehold_seal::xmldsig::ResponseKey;
use leasehold_service::numbers;
use leasehold_service::rest::call::Access;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, StoredToken, VendorView, Write};
use leasehold_wire::context::Item;
use leasehold_wire::entity::{self, TicketLinks};
use leasehold_wire::form::Form;

use super::input::{self, Field};
use super::names;

/// What a key's number is encrypted for.
const SEALED_FOR: &str = "api key number";

/// What a key that signs replies is encrypted for.
pub(crate) const RESPONSE_KEY_SEALED_FOR: &str = "response key";

/// Makes a new API key of a fresh number, and its form in the store.
pub fn mint(
    installation: &InstallationKey,
    key: ApiKey,
) -> Result<(TokenNumber, StoredToken), Problem> {
    mint_token(installation, Token::ApiKey(key), None)
}

fn mint_token(
    installation: &InstallationKey,
    token: Token,
    response_key: Option<&ResponseKey>,
) -> Result<(TokenNumber, StoredToken), Problem> {
    let mut random = [0; 16];
    numbers::fill(&mut random);
    let text = uuid::Builder::from_random_bytes(random)
        .into_uuid()
        .to_string();
    let number = input::number("number", &text, TokenNumber::parse)?;
    let stored = StoredToken {
        lookup: installation.lookup(&text),
        sealed: installation.seal(SEALED_FOR, text.as_bytes()),
        token,
        response_key: response_key
            .map(|key| installation.seal(RESPONSE_KEY_SEALED_FOR, &key.to_pkcs8())),
    };
    Ok((number, stored))
}

/// The number of a stored key. Fails when it was stored under another installation's key.
pub fn reveal(
    installation: &InstallationKey,
    stored: &StoredToken,
) -> Result<TokenNumber, Problem> {
    let damaged = |error: Box<dyn std::error::Error + Send + Sync>| Problem::Internal(error);
    let plain = installation
        .open(SEALED_FOR, &stored.sealed)
        .map_err(|error| damaged(error.into()))?;
    let text = std::str::from_utf8(&plain).map_err(|error| damaged(error.into()))?;
    TokenNumber::parse(text).map_err(|error| damaged(error.into()))
}

/// The stored keys among `tokens` that this installation can tell, with their numbers. After a
/// backup was restored without its installation key the others open nothing, for nobody; they
/// must not stand in the way of those made since.
pub(crate) fn revealed<'t>(
    installation: &InstallationKey,
    tokens: impl Iterator<Item = &'t StoredToken>,
) -> impl Iterator<Item = (TokenNumber, &'t StoredToken)> {
    tokens.filter_map(|stored| match reveal(installation, stored) {
        Ok(number) => Some((number, stored)),
        Err(_) => {
            tracing::warn!("a token of another installation's key file is passed over");
            None
        }
    })
}

/// What tokens are shown with: the installation's key, and where their links lead.
pub(crate) struct Shown {
    pub(crate) installation: Arc<InstallationKey>,
    /// Below which the shop and the portal stand, without a slash at the end.
    pub(crate) public_url: Arc<str>,
}

impl Shown {
    fn item(&self, view: &VendorView<'_>, number: &TokenNumber, token: &Token) -> Item {
        let vendor = &view.account().vendor.number;
        match token {
            Token::ApiKey(key) => entity::api_key(number, key, vendor),
            Token::Ticket(ticket) => {
                let link = |path: &str| Some(format!("{}{path}{number}", self.public_url));
                let links = match ticket.kind {
                    TicketKind::Default => TicketLinks::default(),
                    TicketKind::Shop => TicketLinks {
                        shop: link("/shop/v2/?shoptoken="),
                        customer_portal: None,
                    },
                    TicketKind::Action => TicketLinks {
                        shop: None,
                        customer_portal: link("/portal/v2/?token="),
                    },
                };
                entity::ticket(number, ticket, &links, vendor)
            }
        }
    }
}

/// The vendor's live tokens as items, oldest first.
pub(crate) fn all(view: &VendorView<'_>, shown: &Shown, now: Timestamp) -> Vec<Item> {
    let listed = view.tokens().filter(|stored| is_listed(stored, now));
    revealed(&shown.installation, listed)
        .map(|(number, stored)| shown.item(view, &number, &stored.token))
        .collect()
}

/// The live token of this number as an item.
pub(crate) fn one(
    view: &VendorView<'_>,
    shown: &Shown,
    number: &str,
    now: Timestamp,
) -> Result<Item, Problem> {
    let stored = find(view, &shown.installation, number)
        .filter(|stored| is_listed(stored, now))
        .ok_or(Problem::NotFound(Entity::Token))?;
    let number = reveal(&shown.installation, stored)?;
    Ok(shown.item(view, &number, &stored.token))
}

/// Makes a token as the request says. Whoever has no right to tokens at large makes those of type
/// SHOP only; who is there for one licensee, for that one (section 6).
pub(crate) fn create(
    view: &VendorView<'_>,
    shown: &Shown,
    access: &Access,
    form: &Form,
    now: Timestamp,
) -> Result<Edit<Item>, Problem> {
    let kind = kind(form)?;
    if kind != Kind::Ticket(TicketKind::Shop) && !access.may(Operation::ManageTokens) {
        return Err(Problem::Denied("The API key's role does not permit this"));
    }
    if let Access::ApiKey {
        licensee: Some(own),
        ..
    } = access
    {
        check_own(view, own, form)?;
    }
    let (token, response_key) = match kind {
        Kind::ApiKey => {
            let key = Token::ApiKey(api_key(view, form)?);
            (key, response_key(view, form)?)
        }
        Kind::Ticket(kind) => (Token::Ticket(ticket::make(view, kind, form, now)?), None),
    };
    let (number, stored) = mint_token(&shown.installation, token, response_key.as_ref())?;
    Ok(Edit {
        outcome: shown.item(view, &number, &stored.token),
        writes: vec![Write::PutToken(stored)],
    })
}

/// Refuses a token that is not for the licensee `own`. Whether another one exists is not told.
fn check_own(view: &VendorView<'_>, own: &LicenseeNumber, form: &Form) -> Result<(), Problem> {
    match scope(view, form) {
        Ok(Some(licensee)) if licensee == *own => Ok(()),
        _ => Err(Problem::Denied("The API key is for another licensee only")),
    }
}

fn api_key(view: &VendorView<'_>, form: &Form) -> Result<ApiKey, Problem> {
    let mut key = ApiKey {
        active: true,
        role: ApiKeyRole::default(),
        licensee: scope(view, form)?,
        expires: None,
        name: None,
        custom: Properties::new(),
    };
    input::boolean(form, "active")?.replace(&mut key.active);
    input::read(
        form,
        "apiKeyRole",
        "ROLE_APIKEY_LICENSEE, ROLE_APIKEY_ANALYTICS, ROLE_APIKEY_OPERATION, ROLE_APIKEY_MAINTENANCE or ROLE_APIKEY_ADMIN",
        ApiKeyRole::parse,
    )?
    .replace(&mut key.role);
    expiration::read(form)?.replace_optional(&mut key.expires);
    input::owned(form, "name").replace_optional(&mut key.name);
    let custom = input::custom(form, names::TOKEN, |_| false)?;
    input::apply(&mut key.custom, &custom);
    Ok(key)
}

/// The key that signs replies, if the request brings one. It is not repeated when it is none.
fn response_key(view: &VendorView<'_>, form: &Form) -> Result<Option<ResponseKey>, Problem> {
    let Field::Given(text) = input::text(form, "privateKey") else {
        return Ok(None);
    };
    view.account().vendor.plan.allow(Feature::SignedReplies)?;
    let key = ResponseKey::parse(text).map_err(|error| {
        Problem::Malformed(format!("Parameter 'privateKey' is invalid: {error}"))
    })?;
    Ok(Some(key))
}

/// Revokes the token of this number, whether it is live or not.
pub(crate) fn delete(
    view: &VendorView<'_>,
    installation: &InstallationKey,
    number: &str,
) -> Result<Edit<()>, Problem> {
    let stored = find(view, installation, number).ok_or(Problem::NotFound(Entity::Token))?;
    Ok(Edit {
        outcome: (),
        writes: vec![Write::RemoveToken(stored.lookup)],
    })
}

/// The revocation of all tokens that are for one of `licensees` alone.
pub(crate) fn revoked(
    view: &VendorView<'_>,
    licensees: &BTreeSet<LicenseeNumber>,
) -> impl Iterator<Item = Write> {
    view.tokens()
        .filter(|stored| {
            let scope = stored.token.licensee();
            scope.is_some_and(|licensee| licensees.contains(licensee))
        })
        .map(|stored| Write::RemoveToken(stored.lookup))
}

/// The keys that are for `former` alone, now for `licensee`.
pub(crate) fn rescoped(
    view: &VendorView<'_>,
    former: &LicenseeNumber,
    licensee: &LicenseeNumber,
) -> impl Iterator<Item = Write> {
    view.tokens()
        .filter(|stored| stored.token.licensee() == Some(former))
        .flat_map(|stored| {
            let mut renewed = stored.clone();
            renewed.token = renewed.token.with_licensee(licensee.clone());
            // A token is never rewritten in place.
            [Write::RemoveToken(stored.lookup), Write::PutToken(renewed)]
        })
}

/// Inactive tokens are listed, expired ones are not.
fn is_listed(stored: &StoredToken, now: Timestamp) -> bool {
    stored.token.expires().is_none_or(|end| now < end)
}

fn find<'v>(
    view: &'v VendorView<'_>,
    installation: &InstallationKey,
    number: &str,
) -> Option<&'v StoredToken> {
    let lookup = installation.lookup(number);
    view.tokens().find(|stored| stored.lookup == lookup)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    ApiKey,
    Ticket(TicketKind),
}

fn kind(form: &Form) -> Result<Kind, Problem> {
    let given = |name| input::text(form, name).given();
    // One description of the API sends both, and means the second.
    let text = match (given("tokenType").unwrap_or("DEFAULT"), given("type")) {
        ("DEFAULT", Some("ACTION")) => "ACTION",
        (text, _) => text,
    };
    if text == "APIKEY" {
        return Ok(Kind::ApiKey);
    }
    TicketKind::parse(text)
        .map(Kind::Ticket)
        .ok_or_else(|| input::malformed("tokenType", text, "DEFAULT, SHOP, APIKEY or ACTION"))
}

/// The licensee that the token is for, by number or alias.
fn scope(view: &VendorView<'_>, form: &Form) -> Result<Option<LicenseeNumber>, Problem> {
    let Field::Given(licensee) = input::text(form, "licenseeNumber") else {
        return Ok(None);
    };
    view.licensee(licensee, |_, aggregate| aggregate.licensee.number.clone())
        .map(Some)
        .ok_or(Problem::UnknownReference(Entity::Licensee))
}
