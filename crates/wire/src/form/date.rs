//! What `java.util.Date.toString()` prints (wire contract, section 4).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Reads `EEE MMM dd HH:mm:ss zzz yyyy` in English. The zone is `UTC`, `GMT`, `Z`, or either of
/// the first two with an offset (`GMT+02:00`); other abbreviations mean different zones in
/// different places and are refused. The weekday must be one, and is not compared with the date.
pub(super) fn parse_java_date(text: &str) -> Option<Timestamp> {
    let mut words = text.split(' ');
    let weekday = words.next()?;
    let month = words.next()?;
    let day = words.next()?;
    let clock = words.next()?;
    let zone = words.next()?;
    let year = words.next()?;
    if words.next().is_some() || !WEEKDAYS.contains(&weekday) {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)?;
    let month = i8::try_from(month + 1).ok()?;
    let date = Date::new(digits(year, 4)?, month, i8::try_from(digits(day, 2)?).ok()?).ok()?;

    let mut parts = clock.split(':');
    let mut part = || i8::try_from(digits(parts.next()?, 2)?).ok();
    let (hour, minute, second) = (part()?, part()?, part()?);
    if parts.next().is_some() {
        return None;
    }
    let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
    offset(zone)?.to_timestamp(date.to_datetime(time)).ok()
}

fn offset(zone: &str) -> Option<Offset> {
    if zone == "Z" {
        return Some(Offset::UTC);
    }
    let behind = zone
        .strip_prefix("UTC")
        .or_else(|| zone.strip_prefix("GMT"));
    let shift = behind?;
    if shift.is_empty() {
        return Some(Offset::UTC);
    }
    let (sign, shift) = match shift.split_at_checked(1)? {
        ("+", shift) => (1, shift),
        ("-", shift) => (-1, shift),
        _ => return None,
    };
    let (hours, minutes) = shift.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    if minutes > 59 || hours * 60 + minutes > 14 * 60 {
        return None;
    }
    Offset::from_seconds(sign * i32::from(hours * 60 + minutes) * 60).ok()
}

fn digits(text: &str, length: usize) -> Option<i16> {
    let plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}
