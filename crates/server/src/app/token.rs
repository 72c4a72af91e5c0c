//! API keys (wire contract, 7.9). A key's number is the key itself: it is stored encrypted under
//! the installation's key, and found by a keyed hash of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use leasehold_model::number::{LicenseeNumber, TokenNumber};
use leasehold_model::property::Properties;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::timestamp::parse_timestamp;
use leasehold_model::token::ApiKey;
use leasehold_seal::installation::InstallationKey;
use leasehold_service::numbers;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, StoredToken, VendorView, Write};
use leasehold_wire::context::Item;
use leasehold_wire::entity;
use leasehold_wire::form::Form;

use super::input::{self, Field};
use super::names;

/// What a key's number is encrypted for.
const SEALED_FOR: &str = "api key number";

/// Makes a new key of a fresh number, and its form in the store.
pub fn mint(
    installation: &InstallationKey,
    key: ApiKey,
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
        key,
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
            tracing::warn!("an API key of another installation's key file is passed over");
            None
        }
    })
}

/// The vendor's live keys as items, oldest first.
pub(crate) fn all(
    view: &VendorView<'_>,
    installation: &InstallationKey,
    now: Timestamp,
) -> Vec<Item> {
    let vendor = &view.account().vendor.number;
    let listed = view.tokens().filter(|stored| is_listed(stored, now));
    revealed(installation, listed)
        .map(|(number, stored)| entity::api_key(&number, &stored.key, vendor))
        .collect()
}

/// The live key of this number as an item.
pub(crate) fn one(
    view: &VendorView<'_>,
    installation: &InstallationKey,
    number: &str,
    now: Timestamp,
) -> Result<Item, Problem> {
    let stored = find(view, installation, number)
        .filter(|stored| is_listed(stored, now))
        .ok_or(Problem::NotFound(Entity::Token))?;
    let number = reveal(installation, stored)?;
    Ok(entity::api_key(
        &number,
        &stored.key,
        &view.account().vendor.number,
    ))
}

/// Makes a key as the request says.
pub(crate) fn create(
    view: &VendorView<'_>,
    installation: &InstallationKey,
    form: &Form,
) -> Result<Edit<Item>, Problem> {
    check_offered(form)?;
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
    input::read(form, "expirationTime", "a date and time", expiration)?
        .replace_optional(&mut key.expires);
    input::owned(form, "name").replace_optional(&mut key.name);
    let custom = input::custom(form, names::TOKEN, |_| false)?;
    input::apply(&mut key.custom, &custom);
    let (number, stored) = mint(installation, key)?;
    Ok(Edit {
        outcome: entity::api_key(&number, &stored.key, &view.account().vendor.number),
        writes: vec![Write::PutToken(stored)],
    })
}

/// Revokes the key of this number, whether it is live or not.
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

/// The revocation of all keys that are for one of `licensees` alone.
pub(crate) fn revoked(
    view: &VendorView<'_>,
    licensees: &BTreeSet<LicenseeNumber>,
) -> impl Iterator<Item = Write> {
    view.tokens()
        .filter(|stored| {
            let scope = stored.key.licensee.as_ref();
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
        .filter(|stored| stored.key.licensee.as_ref() == Some(former))
        .flat_map(|stored| {
            let mut renewed = stored.clone();
            renewed.key.licensee = Some(licensee.clone());
            // A token is never rewritten in place.
            [Write::RemoveToken(stored.lookup), Write::PutToken(renewed)]
        })
}

/// Inactive keys are listed, expired ones are not.
fn is_listed(stored: &StoredToken, now: Timestamp) -> bool {
    stored.key.expires.is_none_or(|end| now < end)
}

fn find<'v>(
    view: &'v VendorView<'_>,
    installation: &InstallationKey,
    number: &str,
) -> Option<&'v StoredToken> {
    let lookup = installation.lookup(number);
    view.tokens().find(|stored| stored.lookup == lookup)
}

/// Refuses what this version has no use for yet, instead of making a key that does something else.
fn check_offered(form: &Form) -> Result<(), Problem> {
    let given = |name| input::text(form, name).given();
    // One client sends both, and means the second.
    let token_type = match (given("tokenType"), given("type")) {
        (Some("DEFAULT"), Some("ACTION")) => "ACTION",
        (token_type, _) => token_type.unwrap_or("DEFAULT"),
    };
    match token_type {
        "APIKEY" => {}
        "DEFAULT" | "SHOP" | "ACTION" => {
            return Err(Problem::Illegal(format!(
                "Tokens of type '{token_type}' are not offered by this version: only tokenType=APIKEY is"
            )));
        }
        other => {
            return Err(input::malformed(
                "tokenType",
                other,
                "DEFAULT, SHOP, APIKEY or ACTION",
            ));
        }
    }
    if given("privateKey").is_some() {
        return Err(Problem::Illegal(
            "Signed answers are not offered by this version: send no privateKey".to_owned(),
        ));
    }
    Ok(())
}

/// The licensee that the key is for, by number or alias.
fn scope(view: &VendorView<'_>, form: &Form) -> Result<Option<LicenseeNumber>, Problem> {
    let Field::Given(licensee) = input::text(form, "licenseeNumber") else {
        return Ok(None);
    };
    view.licensee(licensee, |_, aggregate| aggregate.licensee.number.clone())
        .map(Some)
        .ok_or(Problem::UnknownReference(Entity::Licensee))
}

/// Reads an end, also in the form of `java.util.Date` (section 4).
fn expiration(text: &str) -> Option<Timestamp> {
    parse_timestamp(text).or_else(|| java_date(text))
}

/// Reads `EEE MMM dd HH:mm:ss zzz yyyy` with an English month, in UTC, GMT, at an offset or in a
/// zone whose name can mean one offset only.
fn java_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut parts = text.split_ascii_whitespace();
    let _weekday = parts.next()?;
    let month = parts.next()?;
    let (day, time, zone, year) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let month = 1 + MONTHS.iter().position(|name| *name == month)?;
    let offset = match zone {
        "UTC" | "GMT" | "Z" => "Z",
        _ => zone_offset(zone).unwrap_or_else(|| {
            let offset = zone
                .strip_prefix("GMT")
                .or_else(|| zone.strip_prefix("UTC"));
            offset.unwrap_or(zone)
        }),
    };
    parse_timestamp(&format!("{year}-{month:02}-{day:0>2}T{time}{offset}"))
}

/// The offset of a zone by its short name, as Java prints that of the machine it runs on. Names
/// that several parts of the world use for different offsets (`IST`, `BST`) are not among them;
/// the American ones mean what RFC 822 says.
fn zone_offset(name: &str) -> Option<&'static str> {
    Some(match name {
        "WET" => "+00:00",
        "WEST" | "CET" => "+01:00",
        "CEST" | "EET" => "+02:00",
        "EEST" => "+03:00",
        "EDT" => "-04:00",
        "EST" | "CDT" => "-05:00",
        "CST" | "MDT" => "-06:00",
        "MST" | "PDT" => "-07:00",
        "PST" => "-08:00",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_read_in_two_forms() {
        let end = parse_timestamp("2026-11-22T10:00:00Z");
        assert!(end.is_some());
        for text in [
            "2026-11-22T10:00:00.000Z",
            "Sun Nov 22 10:00:00 UTC 2026",
            "Sun Nov 22 10:00:00 GMT 2026",
            "Sun Nov 22 11:00:00 GMT+01:00 2026",
            "Sun Nov 22 11:00:00 CET 2026",
            "Sun Nov 22 02:00:00 PST 2026",
        ] {
            assert_eq!(expiration(text), end, "{text}");
        }
        for text in [
            "Sun Nov 22 10:00:00 2026",
            "tomorrow",
            "Sun Foo 22 10:00:00 UTC 2026",
            "Sun Nov 22 10:00:00 IST 2026",
        ] {
            assert_eq!(expiration(text), None, "{text}");
        }
    }
}
