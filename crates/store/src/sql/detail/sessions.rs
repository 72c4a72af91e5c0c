//! What the audit log says about sessions, read back.

use std::borrow::Cow;

use jiff::Timestamp;
use leasehold_model::timestamp::parse_timestamp;
use serde::Deserialize;

use crate::ids::LicenseId;

/// A step that concerns the sessions of a license.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OfSessions<'a> {
    /// A seat was taken or kept.
    Held(LicenseId, Cow<'a, str>, Timestamp),
    /// A seat was given back.
    GivenBack(LicenseId, Cow<'a, str>),
    /// The license was written anew, and all its sessions with it.
    Rewritten(LicenseId),
}

/// What all steps have in common, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Told<'a> {
    #[serde(borrow)]
    change: Cow<'a, str>,
    id: Option<i64>,
    #[serde(borrow)]
    session: Option<Cow<'a, str>>,
    #[serde(borrow)]
    until: Option<Cow<'a, str>>,
}

/// Those among the steps that a row of the log tells, in their order. `None`: it is not what
/// [`super::of`] writes.
pub(crate) fn of_sessions(detail: &str) -> Option<Vec<OfSessions<'_>>> {
    // Most rows tell of something else, which is found out sooner than it is read.
    let concerns = ["Session\"", "\"putLicense\""];
    if !concerns.iter().any(|change| detail.contains(change)) {
        return Some(Vec::new());
    }
    let steps: Vec<Option<Told<'_>>> = serde_json::from_str(detail).ok()?;
    let mut found = Vec::new();
    for step in steps.into_iter().flatten() {
        let license = step.id.map(LicenseId);
        found.push(match &*step.change {
            "holdSession" => {
                let until = step.until.as_deref().and_then(parse_timestamp);
                OfSessions::Held(license?, step.session?, until?)
            }
            "dropSession" => OfSessions::GivenBack(license?, step.session?),
            "putLicense" => OfSessions::Rewritten(license?),
            _ => continue,
        });
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use leasehold_model::change::LicenseeChange;
    use leasehold_model::number::LicenseNumber;
    use leasehold_model::timestamp::format_timestamp;

    use super::super::state;
    use super::*;

    #[test]
    fn what_was_told_of_sessions_is_read() {
        let license = LicenseNumber::parse("L").unwrap();
        let until = Timestamp::from_millisecond(1_700_000_000_123).unwrap();
        let session = "a \"b\" \\ ü";
        let held = LicenseeChange::HoldSession {
            license: license.clone(),
            session: session.into(),
            until,
        };
        let given_back = LicenseeChange::DropSession {
            license: license.clone(),
            session: session.into(),
        };
        let started = LicenseeChange::Start { license, at: until };
        let steps = [&held, &started, &given_back].map(|change| state(7, change).to_string());
        let put = r#"{"change":"putLicense","id":8,"sessions":[["S","T"]]}"#;
        let detail = format!("[{},null,{put}]", steps.join(","));
        let expected = vec![
            OfSessions::Held(LicenseId(7), session.into(), until),
            OfSessions::GivenBack(LicenseId(7), session.into()),
            OfSessions::Rewritten(LicenseId(8)),
        ];
        assert_eq!(of_sessions(&detail), Some(expected));
        let (unreadable, cut) = (detail.replace("putL", "put"), detail.replace("null", ""));
        assert_eq!(of_sessions(&unreadable).map(|steps| steps.len()), Some(2));
        assert_eq!(of_sessions(&cut), None);
        let never = detail.replace(&format_timestamp(until), "never");
        assert_eq!(of_sessions(&never), None);
    }
}
