//! The package's identity, and the digests of keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use leasehold_model::number::LicenseeNumber;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::snapshot::LicenseeAggregate;
use leasehold_model::token::ApiKey;

use super::record::{Draft, Record, exact, instant};
use super::{
    ApiKeyDigest, Assets, AssetsError, PackageIdentity, ReplySigning, ReportKey, ReportTerms,
    signing,
};
use crate::context::Item;

/// With the key of reports or without.
pub(super) fn write(assets: &Assets, has_report_key: bool) -> Item {
    let (package, report) = (&assets.package, &assets.report);
    let mut draft = Draft::new("Package");
    draft.put("id", &package.id);
    draft.put("generation", &package.generation.to_string());
    draft.put("recipient", &package.recipient);
    draft.put("madeAt", &instant(assets.made_at));
    let days = assets.max_offline_days.map(|days| days.to_string());
    draft.put_some("maxOfflineDays", days.as_deref());
    if let Some(key) = report.key.as_ref().filter(|_| has_report_key) {
        draft.put("reportKey", &BASE64.encode(key.0));
    }
    if !report.known.is_empty() {
        let known = report.known.iter().map(|digest| BASE64.encode(digest));
        draft.put("knownReports", &known.collect::<Vec<_>>().join(" "));
    }
    draft.into_item()
}

pub(super) fn read(
    mut record: Record,
) -> Result<(PackageIdentity, Option<u32>, ReportTerms, Timestamp), AssetsError> {
    let package = PackageIdentity {
        id: record.text("id")?,
        generation: record.read("generation", exact)?,
        recipient: record.text("recipient")?,
    };
    let made_at = record.read("madeAt", exact)?;
    let max_offline_days = record.read_if_any("maxOfflineDays", exact)?;
    let digests = |text: &str| text.split(' ').map(bytes).collect::<Option<Vec<_>>>();
    let report = ReportTerms {
        key: record.read_if_any("reportKey", bytes)?.map(ReportKey),
        known: record
            .read_if_any("knownReports", digests)?
            .unwrap_or_default(),
    };
    record.close()?;
    Ok((package, max_offline_days, report, made_at))
}

/// With its own word for how replies are signed, or another one.
pub(super) fn write_key(digest: &ApiKeyDigest, signing: &ReplySigning) -> Item {
    let key = &digest.key;
    let mut draft = Draft::new("ApiKey");
    draft.put("salt", &BASE64.encode(digest.salt));
    draft.put("digest", &BASE64.encode(digest.digest));
    draft.put_truth("active", key.active);
    draft.put("role", key.role.as_str());
    let licensee = key.licensee.as_ref().map(LicenseeNumber::as_str);
    draft.put_some("licenseeNumber", licensee);
    draft.put_some("expires", key.expires.map(instant).as_deref());
    draft.put_some("name", key.name.as_deref());
    draft.put_properties(&key.custom);
    signing::put_reply_signing(&mut draft, signing);
    draft.into_item()
}

pub(super) fn read_key(
    mut record: Record,
    licensees: &[LicenseeAggregate],
) -> Result<ApiKeyDigest, AssetsError> {
    let licensee = record.read_if_any("licenseeNumber", |text| LicenseeNumber::parse(text).ok())?;
    let is_known = |number: &LicenseeNumber| {
        licensees
            .binary_search_by(|known| known.licensee.number.cmp(number))
            .is_ok()
    };
    if licensee.as_ref().is_some_and(|number| !is_known(number)) {
        return Err(record.lacks("licenseeNumber", "leads nowhere"));
    }
    let read = ApiKeyDigest {
        salt: record.read("salt", bytes)?,
        digest: record.read("digest", bytes)?,
        signing: signing::read_reply_signing(&mut record)?,
        key: ApiKey {
            active: record.truth("active")?,
            role: record.read("role", ApiKeyRole::parse)?,
            licensee,
            expires: record.read_if_any("expires", exact)?,
            name: record.text_if_any("name").map(Into::into),
            custom: record.properties()?,
        },
    };
    record.close()?;
    Ok(read)
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64.decode(text).ok()?.try_into().ok()
}
