//! Laws of timestamps and time volumes.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use leasehold_model::timestamp::{LAST_INSTANT, format_timestamp, parse_timestamp};
use leasehold_model::volume::{Period, TimeVolume};
use proptest::prelude::*;
use proptest::sample::select;

/// Whole milliseconds from the year 0 to the last instant that can be told.
fn instant() -> impl Strategy<Value = Timestamp> {
    let first = -62_167_219_200_000_i64;
    (first..=LAST_INSTANT.as_millisecond())
        .prop_map(|milliseconds| Timestamp::from_millisecond(milliseconds).unwrap())
}

fn period() -> impl Strategy<Value = Period> {
    select(vec![Period::Day, Period::Week, Period::Month, Period::Year])
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(at in instant()) {
        let text = format_timestamp(at);
        prop_assert_eq!(text.len(), 24);
        prop_assert_eq!(parse_timestamp(&text), Some(at));
    }

    #[test]
    fn an_instant_is_written_as_the_calendar_has_it(
        // What lies before the year 0 has no four-digit year.
        milliseconds in -62_167_219_200_000..=Timestamp::MAX.as_millisecond(),
    ) {
        let at = Timestamp::from_millisecond(milliseconds).unwrap();
        let civil = TimeZone::UTC.to_datetime(at);
        let date = format!("{:04}-{:02}-{:02}", civil.year(), civil.month(), civil.day());
        let time = format!("{:02}:{:02}:{:02}", civil.hour(), civil.minute(), civil.second());
        let expected = format!("{date}T{time}.{:03}Z", civil.millisecond());
        prop_assert_eq!(format_timestamp(at), expected);
    }

    #[test]
    fn what_is_read_can_be_written(
        text in "[0-9]{4}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?)?(Z|[+-][01][0-9]:[0-5][0-9])?"
    ) {
        if let Some(at) = parse_timestamp(&text) {
            prop_assert_eq!(parse_timestamp(&format_timestamp(at)), Some(at));
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in any::<String>()) {
        parse_timestamp(&text);
    }

    #[test]
    fn a_volume_ends_after_its_start(at in instant(), count in 1..i64::MAX, period in period()) {
        let end = TimeVolume { count, period }.end(at);
        prop_assert!(at < end || end == LAST_INSTANT);
        prop_assert_eq!(end.as_nanosecond() % 1_000_000, 0);
    }

    /// What the grace of a chain relies on: of one unit only the largest count can matter.
    #[test]
    fn more_of_a_period_never_ends_sooner(
        at in instant(),
        count in 1..5_000_i64,
        more in 0..5_000_i64,
        period in period(),
    ) {
        let end = |count| TimeVolume { count, period }.end(at);
        prop_assert!(end(count) <= end(count + more));
    }
}
