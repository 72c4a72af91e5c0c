//! Time volumes: how long a license lasts from its start (G-3).

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use crate::timestamp::{LAST_INSTANT, later_by};

/// The unit of a time volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Period {
    /// 86 400 000 ms, whatever the calendar says. The default when none is given.
    #[default]
    Day,
    /// Seven such days.
    Week,
    /// A calendar month in UTC, clamped to the target month's last day.
    Month,
    /// Twelve months in one step.
    Year,
}

impl Period {
    /// Reads the wire's exact spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "DAY" => Self::Day,
            "WEEK" => Self::Week,
            "MONTH" => Self::Month,
            "YEAR" => Self::Year,
            _ => return None,
        })
    }

    /// The wire's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
            Self::Year => "YEAR",
        }
    }
}

/// A usable volume: at least one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeVolume {
    /// How many periods, at least 1.
    pub count: i64,
    /// Of which length.
    pub period: Period,
}

impl TimeVolume {
    /// The end of the interval that begins at `start`; it saturates at the last instant that can be told.
    pub fn end(self, start: Timestamp) -> Timestamp {
        const DAY_MS: i64 = 86_400_000;
        let fixed = |days: i64| {
            let milliseconds = self.count.saturating_mul(days * DAY_MS);
            Some(later_by(start, milliseconds))
        };
        let months = |each: i64| {
            let count = self.count.checked_mul(each)?;
            let span = 0.days().try_months(count).ok()?;
            let civil = TimeZone::UTC.to_datetime(start).checked_add(span).ok()?;
            TimeZone::UTC.to_timestamp(civil).ok()
        };
        match self.period {
            Period::Day => fixed(1),
            Period::Week => fixed(7),
            Period::Month => months(1),
            Period::Year => months(12),
        }
        .map_or(LAST_INSTANT, |end| end.min(LAST_INSTANT))
    }
}
