//! The keys that agents sign their replies with (agent specification, 6.3; decision 0033): one for each
//! recipient, made at the first export to it, and sealed into every package for it from then on.

use std::collections::BTreeSet;
use std::error::Error;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use leasehold_model::number::LicenseeNumber;
use leasehold_seal::agent_key;
use leasehold_seal::digest::{hex, sha256};
use leasehold_seal::installation::InstallationKey;
use leasehold_service::rest::problem::Problem;
use leasehold_store::{Document, VendorView, Write};
use leasehold_wire::assets::{AgentSigning, PrivateKey, licensees_text};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What an agent's key is encrypted for.
const SEALED_FOR: &str = "agent signing key";

/// A key that has no owner yet, in PKCS#8.
pub(crate) type Spare = Zeroizing<Vec<u8>>;

/// As it is kept, both in base64.
#[derive(Serialize, Deserialize)]
struct Kept {
    certificate: String,
    sealed_key: String,
}

/// Makes a key for whoever has none. Slow: not for an async thread, and not while the vendor's state
/// stands still.
pub(crate) fn spare() -> Result<Spare, Problem> {
    agent_key::generate().map_err(super::internal)
}

/// Under what the key of a recipient is kept. Whoever knows a passphrase has no name; what tells customers
/// apart is whose licenses they are given, and no customer must be able to sign what another one believes.
pub(super) fn name(licensees: &BTreeSet<LicenseeNumber>) -> Box<str> {
    let numbers: Vec<LicenseeNumber> = licensees.iter().cloned().collect();
    let digest = hex(&sha256(&[licensees_text(&numbers).as_bytes()]));
    format!("agent key passphrase {digest}").into()
}

/// The key kept under `name`, or `spare` from now on. `vendor_key` is the vendor's own in PKCS#8.
pub(super) fn take(
    view: &VendorView<'_>,
    installation: &InstallationKey,
    vendor_key: &[u8],
    name: Box<str>,
    spare: Option<&Spare>,
    writes: &mut Vec<Write>,
    now: Timestamp,
) -> Result<AgentSigning, Problem> {
    if let Some(kept) = view.document(&name) {
        return open(installation, &kept);
    }
    let made;
    let key = match spare {
        Some(spare) => spare,
        None => {
            made = self::spare()?;
            &made
        }
    };
    let today = now.to_zoned(TimeZone::UTC).date();
    let (month, day) = (today.month().unsigned_abs(), today.day().unsigned_abs());
    let from = (i32::from(today.year()), month, day);
    let vendor = view.account().vendor.number.as_str();
    let certificate = agent_key::certify(key, vendor_key, vendor, from).map_err(super::internal)?;
    let kept = Kept {
        certificate: STANDARD.encode(&certificate),
        sealed_key: STANDARD.encode(installation.seal(SEALED_FOR, key)),
    };
    writes.push(Write::PutDocument(Document {
        name,
        content: serde_json::to_vec(&kept).map_err(super::internal)?,
    }));
    Ok(AgentSigning {
        certificate,
        key: PrivateKey::new(key.clone()),
    })
}

fn open(installation: &InstallationKey, kept: &[u8]) -> Result<AgentSigning, Problem> {
    let internal = |error: Box<dyn Error + Send + Sync>| Problem::Internal(error);
    let kept: Kept = serde_json::from_slice(kept).map_err(super::internal)?;
    let decode = |text: &str| {
        STANDARD
            .decode(text)
            .map_err(|error| internal(error.into()))
    };
    let key = installation
        .open(SEALED_FOR, &decode(&kept.sealed_key)?)
        .map_err(super::internal)?;
    Ok(AgentSigning {
        certificate: decode(&kept.certificate)?,
        key: PrivateKey::new(key),
    })
}
