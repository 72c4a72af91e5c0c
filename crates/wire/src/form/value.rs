//! Parameters read as what they mean (wire contract, section 4). An absent and an empty one are
//! both `None`; whether an empty one clears a property is the caller's to judge, by [`Form::get`].

use jiff::Timestamp;
use leasehold_model::money;
use leasehold_model::property::{self, Given};
use leasehold_model::timestamp::{format_timestamp, parse_timestamp};

use super::{Form, FormError, date};

impl Form {
    /// A text that is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|text| !text.is_empty())
    }

    /// A Boolean; absent or empty is `None`.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, FormError> {
        self.choice(name, "true or false", property::boolean)
    }

    /// A Boolean that is true when it is given without a value: `?forceCascade` (section 8).
    pub fn flag(&self, name: &str) -> Result<bool, FormError> {
        match self.get(name) {
            None => Ok(false),
            Some("") => Ok(true),
            Some(_) => Ok(self.boolean(name)?.unwrap_or(false)),
        }
    }

    /// An integer: `-?[0-9]{1,18}`.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, FormError> {
        self.choice(name, "an integer of at most 18 digits", property::integer)
    }

    /// An amount of money in hundredths, rounded half up; never negative.
    pub fn hundredths(&self, name: &str) -> Result<Option<i64>, FormError> {
        self.choice(
            name,
            "a decimal that is not negative, such as 9.99",
            money::hundredths,
        )
    }

    /// An instant with the text to be kept: the text as given, or the canonical form of `now`
    /// where it says `now` in any letter case (G-4). Its value is always there.
    pub fn timestamp(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<Option<Given<Timestamp>>, FormError> {
        self.choice(
            name,
            "a date, a date with time (2026-01-31T08:00:00Z) or now",
            |text| {
                let resolved = if text.eq_ignore_ascii_case("now") {
                    Given::read(&format_timestamp(now), parse_timestamp)
                } else {
                    Given::read(text, parse_timestamp)
                };
                resolved.value().is_some().then_some(resolved)
            },
        )
    }

    /// The end of a token: an xsd:date or xsd:dateTime, or what Java prints for a
    /// `java.util.Date`, which the Java client sends.
    pub fn expiration(&self, name: &str) -> Result<Option<Timestamp>, FormError> {
        self.choice(
            name,
            "a date or a date with time (2026-01-31T08:00:00Z)",
            |text| parse_timestamp(text).or_else(|| date::parse_java_date(text)),
        )
    }

    /// One value of a kind, read by `parse`; `expected` completes "expected …" in the error.
    pub fn choice<T>(
        &self,
        name: &str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, FormError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match parse(text) {
            Some(value) => Ok(Some(value)),
            None => Err(FormError::value(name, text, expected)),
        }
    }
}
