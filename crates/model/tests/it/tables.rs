//! Tables of the values that are read from texts, edge by edge.

use leasehold_model::money::{Currency, Money, hundredths};
use leasehold_model::number::{
    LicenseNumber, LicenseeNumber, NumberError, NumberKind, number_text,
};
use leasehold_model::property::{Properties, boolean, integer};
use leasehold_model::timestamp::{format_timestamp, parse_timestamp};
use leasehold_model::volume::{Period, TimeVolume};

use crate::world::at;

#[test]
fn numbers() {
    let long = |length| "ä".repeat(length);
    let blank = NumberError::Unprintable;
    for (text, error) in [
        ("", Some(NumberError::Empty)),
        ("a", None),
        ("a b", None),
        ("a,b;c", None),
        (" a", Some(blank)),
        ("a ", Some(blank)),
        ("\u{a0}a", Some(blank)),
        ("a\tb", Some(blank)),
        ("a\0", Some(blank)),
        ("a\u{ffff}b", Some(blank)),
        (".", Some(NumberError::Dots)),
        ("..", Some(NumberError::Dots)),
        ("...", None),
        (".a", None),
        (&long(255), None),
        (&long(256), Some(NumberError::TooLong { limit: 255 })),
    ] {
        assert_eq!(LicenseNumber::parse(text).err(), error, "{text:?}");
    }
    assert!(LicenseeNumber::parse(&long(1000)).is_ok());
    assert!(LicenseeNumber::parse(&long(1001)).is_err());
    assert!(
        LicenseNumber::parse("B").unwrap() < LicenseNumber::parse("a").unwrap(),
        "compared by bytes"
    );
    let drawn = number_text(NumberKind::License, [0, 31, 32, 63, 64, 255, 8, 9]);
    assert_eq!(drawn, "L2Z2Z2ZAB");
}

#[test]
fn integers() {
    for (text, value) in [
        ("0", Some(0)),
        ("-0", Some(0)),
        ("007", Some(7)),
        ("-12", Some(-12)),
        ("999999999999999999", Some(999_999_999_999_999_999)),
        ("-999999999999999999", Some(-999_999_999_999_999_999)),
        ("1000000000000000000", None),
        ("", None),
        ("-", None),
        ("--1", None),
        ("+1", None),
        (" 1", None),
        ("1 ", None),
        ("1.0", None),
        ("1e3", None),
        ("0x1", None),
        ("٣", None),
    ] {
        assert_eq!(integer(text), value, "{text:?}");
    }
}

#[test]
fn booleans() {
    for (text, value) in [
        ("true", Some(true)),
        ("TRUE", Some(true)),
        ("False", Some(false)),
        ("1", None),
        ("yes", None),
        ("", None),
        (" true", None),
    ] {
        assert_eq!(boolean(text), value, "{text:?}");
    }
}

#[test]
fn amounts() {
    for (text, value) in [
        ("0", Some(0)),
        ("12", Some(1200)),
        ("12.5", Some(1250)),
        (".5", Some(50)),
        ("5.", Some(500)),
        ("12.344", Some(1234)),
        ("12.345", Some(1235)),
        ("0.999", Some(100)),
        ("999999999999999.99", Some(99_999_999_999_999_999)),
        ("1000000000000000", None),
        ("", None),
        (".", None),
        ("-1", None),
        ("+1", None),
        ("1,5", None),
        ("1.2.3", None),
        ("1e2", None),
    ] {
        assert_eq!(hundredths(text), value, "{text:?}");
    }
    let currency = Currency::parse("EUR").unwrap();
    assert_eq!(currency.as_str(), "EUR");
    for text in ["", "eur", "EU", "EURO", "ÄUR"] {
        assert_eq!(Currency::parse(text), None, "{text:?}");
    }
    for (hundredths, amount) in [(0, "0.00"), (5, "0.05"), (1250, "12.50")] {
        let money = Money {
            hundredths,
            currency,
        };
        assert_eq!(money.amount(), amount);
    }
}

#[test]
fn timestamps() {
    for (text, canonical) in [
        ("2026-01-02", Some("2026-01-02T00:00:00.000Z")),
        ("2026-01-02Z", Some("2026-01-02T00:00:00.000Z")),
        ("2026-01-02+02:00", Some("2026-01-01T22:00:00.000Z")),
        ("2026-01-02T03:04:05", Some("2026-01-02T03:04:05.000Z")),
        ("2026-01-02T03:04:05.6Z", Some("2026-01-02T03:04:05.600Z")),
        (
            "2026-01-02T03:04:05.6789Z",
            Some("2026-01-02T03:04:05.678Z"),
        ),
        (
            "2026-01-02T03:04:05.000+05:30",
            Some("2026-01-01T21:34:05.000Z"),
        ),
        (
            "2026-01-02T03:04:05-14:00",
            Some("2026-01-02T17:04:05.000Z"),
        ),
        ("2026-01-02T24:00:00Z", Some("2026-01-03T00:00:00.000Z")),
        ("2024-02-29", Some("2024-02-29T00:00:00.000Z")),
        ("0000-01-01T00:00:00Z", Some("0000-01-01T00:00:00.000Z")),
        ("0000-01-01T00:00:00+01:00", None),
        ("2026-02-29", None),
        ("2026-13-01", None),
        ("2026-01-02T24:00:01Z", None),
        ("2026-01-02T03:04Z", None),
        ("2026-01-02T03:04:60Z", None),
        ("2026-01-02T03:04:05.Z", None),
        ("2026-01-02T03:04:05+14:01", None),
        ("2026-01-02T03:04:05+0200", None),
        ("2026-01-02T03:04:05z", None),
        ("2026-01-02t03:04:05Z", None),
        ("2026-01-02 03:04:05", None),
        ("2026-1-2", None),
        ("+2026-01-02", None),
        ("20260102", None),
        (" 2026-01-02", None),
        ("2026-01-02 ", None),
        ("now", None),
        ("", None),
        ("ääääääääää", None),
    ] {
        let read = parse_timestamp(text).map(format_timestamp);
        assert_eq!(read.as_deref(), canonical, "{text:?}");
    }
}

#[test]
fn volumes() {
    for (start, count, period, end) in [
        (
            "2026-03-28T12:00:00Z",
            2,
            Period::Day,
            "2026-03-30T12:00:00Z",
        ),
        ("2026-01-01", 3, Period::Week, "2026-01-22"),
        ("2024-01-31", 1, Period::Month, "2024-02-29"),
        ("2025-01-31", 1, Period::Month, "2025-02-28"),
        ("2025-01-31", 2, Period::Month, "2025-03-31"),
        (
            "2024-09-19T04:30:26.004Z",
            3,
            Period::Month,
            "2024-12-19T04:30:26.004Z",
        ),
        ("2024-02-29", 1, Period::Year, "2025-02-28"),
        ("2024-02-29", 4, Period::Year, "2028-02-29"),
        ("2024-11-30", 12, Period::Month, "2025-11-30"),
        (
            "2026-01-01",
            999_999_999_999_999_999,
            Period::Day,
            "9999-12-30T22:00:00.999Z",
        ),
        (
            "2026-01-01",
            999_999_999_999_999_999,
            Period::Year,
            "9999-12-30T22:00:00.999Z",
        ),
        (
            "2026-01-01",
            8_000,
            Period::Year,
            "9999-12-30T22:00:00.999Z",
        ),
    ] {
        let volume = TimeVolume { count, period };
        assert_eq!(
            volume.end(at(start)),
            at(end),
            "{count} {period:?} from {start}"
        );
    }
    assert_eq!(Period::parse("day"), None);
    assert_eq!(Period::default(), Period::Day);
}

#[test]
fn properties_are_sorted_and_never_empty() {
    let mut properties: Properties = [("b", "2"), ("a", "1"), ("c", "")].into_iter().collect();
    assert_eq!(properties.len(), 2);
    properties.set("b", "");
    properties.set("B", "3");
    let pairs: Vec<_> = properties.iter().collect();
    assert_eq!(pairs, [("B", "3"), ("a", "1")]);
    assert_eq!(properties.remove("a").as_deref(), Some("1"));
    assert_eq!(properties.get("a"), None);
}
