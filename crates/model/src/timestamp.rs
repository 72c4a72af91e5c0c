//! Timestamps as text: the only reader and the only writer (G-4).

use alloc::borrow::ToOwned;
use alloc::string::String;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

use crate::property::Given;

/// An instant in the canonical form `YYYY-MM-DDTHH:MM:SS.mmmZ`, for writers that copy it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampText([u8; 24]);

impl TimestampText {
    /// Writes `at`; what lies before the first instant that can be told is told as that one.
    pub fn of(at: Timestamp) -> Self {
        let civil = TimeZone::UTC.to_datetime(at.max(FIRST_INSTANT));
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let mut put = |end: usize, mut value: i16| {
            let mut place = end;
            while value > 0 {
                place -= 1;
                // A remainder of ten is a digit.
                text[place] = b'0' + (value % 10) as u8;
                value /= 10;
            }
        };
        put(4, civil.year());
        put(7, civil.month().into());
        put(10, civil.day().into());
        put(13, civil.hour().into());
        put(16, civil.minute().into());
        put(19, civil.second().into());
        put(23, civil.millisecond());
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl AsRef<str> for TimestampText {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// Writes the canonical form `YYYY-MM-DDTHH:MM:SS.mmmZ`.
pub fn format_timestamp(at: Timestamp) -> String {
    TimestampText::of(at).as_str().to_owned()
}

impl Given<Timestamp> {
    /// An instant as it would have been given in our own form: cut to milliseconds.
    pub fn at(at: Timestamp) -> Self {
        Self::read(&format_timestamp(at), parse_timestamp)
    }
}

/// Reads an xsd:date or xsd:dateTime; no zone means UTC, a date means its midnight, and more
/// than three digits of fraction are cut off. `None` when the text is neither.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let date = date(bytes.get(..10)?)?;
    let rest = &bytes[10..];
    let (time, zone) = match rest.first() {
        Some(b'T') => time(&rest[1..])?,
        _ => (ClockTime::MIDNIGHT, rest),
    };
    let offset = zone_offset(zone)?;
    let day = if time.is_next_midnight {
        date.tomorrow().ok()?
    } else {
        date
    };
    let civil = DateTime::from_parts(day, time.time);
    let at = offset.to_timestamp(civil).ok()?;
    (FIRST_INSTANT..=LAST_INSTANT).contains(&at).then_some(at)
}

/// The instant cut to whole milliseconds, which is all that is ever stored or compared (G-1).
pub fn truncate_to_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// The first instant of the year 0: what lies before has no four-digit year.
const FIRST_INSTANT: Timestamp = Timestamp::constant(-62_167_219_200, 0);

/// The last instant that can be told; periods end there at the latest.
pub const LAST_INSTANT: Timestamp = Timestamp::constant(253_402_207_200, 999_000_000);

/// `at` and so many milliseconds, at most [`LAST_INSTANT`].
pub fn later_by(at: Timestamp, milliseconds: i64) -> Timestamp {
    at.as_millisecond()
        .checked_add(milliseconds)
        .and_then(|sum| Timestamp::from_millisecond(sum).ok())
        .map_or(LAST_INSTANT, |sum| sum.min(LAST_INSTANT))
}

struct ClockTime {
    time: Time,
    // xsd:dateTime lets 24:00:00 stand for the first instant of the following day.
    is_next_midnight: bool,
}

impl ClockTime {
    const MIDNIGHT: Self = Self {
        time: Time::midnight(),
        is_next_midnight: false,
    };
}

fn number(digits: &[u8]) -> Option<i16> {
    let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    plain.then(|| {
        digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + i16::from(digit - b'0'))
    })
}

fn date(text: &[u8]) -> Option<Date> {
    if text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let month = i8::try_from(number(&text[5..7])?).ok()?;
    let day = i8::try_from(number(&text[8..10])?).ok()?;
    Date::new(number(&text[..4])?, month, day).ok()
}

fn time(text: &[u8]) -> Option<(ClockTime, &[u8])> {
    let clock = text.get(..8)?;
    if clock[2] != b':' || clock[5] != b':' {
        return None;
    }
    let part = |at: usize| i8::try_from(number(&clock[at..at + 2])?).ok();
    let (hour, minute, second) = (part(0)?, part(3)?, part(6)?);
    let (millisecond, zone) = fraction(&text[8..])?;
    if hour == 24 {
        let exact = minute == 0 && second == 0 && millisecond == 0;
        return exact.then_some((
            ClockTime {
                time: Time::midnight(),
                is_next_midnight: true,
            },
            zone,
        ));
    }
    let time = Time::new(hour, minute, second, i32::from(millisecond) * 1_000_000).ok()?;
    Some((
        ClockTime {
            time,
            is_next_midnight: false,
        },
        zone,
    ))
}

fn fraction(text: &[u8]) -> Option<(i16, &[u8])> {
    let Some(text) = text.strip_prefix(b".") else {
        return Some((0, text));
    };
    let length = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let digit = |at: usize| {
        if at < length {
            i16::from(text[at] - b'0')
        } else {
            0
        }
    };
    let millisecond = digit(0) * 100 + digit(1) * 10 + digit(2);
    (length > 0).then(|| (millisecond, &text[length..]))
}

fn zone_offset(text: &[u8]) -> Option<Offset> {
    if text.is_empty() || text == b"Z" {
        return Some(Offset::UTC);
    }
    let sign = match text[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = match text {
        [_, h1, h2, b':', m1, m2] => (number(&[*h1, *h2])?, number(&[*m1, *m2])?),
        _ => return None,
    };
    let legal = minutes < 60 && hours * 60 + minutes <= 14 * 60;
    let seconds = i32::from(hours * 60 + minutes) * 60;
    if legal {
        Offset::from_seconds(sign * seconds).ok()
    } else {
        None
    }
}
