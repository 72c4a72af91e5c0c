//! When a token ends, as clients say it.

use jiff::Timestamp;
use leasehold_model::timestamp::{LAST_INSTANT, parse_timestamp};
use leasehold_service::rest::problem::Problem;
use leasehold_wire::form::Form;

use crate::app::input::{self, Field};

/// The request's `expirationTime`.
pub(super) fn read(form: &Form) -> Result<Field<Timestamp>, Problem> {
    input::read(form, "expirationTime", "a date and time", expiration)
}

/// Reads an end, also in the form of `java.util.Date` (section 4).
fn expiration(text: &str) -> Option<Timestamp> {
    parse_timestamp(text)
        .or_else(|| java_date(text))
        .or_else(|| never(text))
}

/// The last day of the year 9999, of which not all can be told, means never: the last instant.
fn never(text: &str) -> Option<Timestamp> {
    let day_before = text
        .strip_prefix("9999-12-31")
        .map(|rest| format!("9999-12-29{rest}"))?;
    parse_timestamp(&day_before).map(|_| LAST_INSTANT)
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
        for text in ["9999-12-31", "9999-12-31T23:59:59.999Z"] {
            assert_eq!(expiration(text), Some(LAST_INSTANT), "{text}");
        }
        for text in [
            "9999-12-31T99:00:00Z",
            "Sun Nov 22 10:00:00 2026",
            "tomorrow",
            "Sun Foo 22 10:00:00 UTC 2026",
            "Sun Nov 22 10:00:00 IST 2026",
        ] {
            assert_eq!(expiration(text), None, "{text}");
        }
    }
}
