//! Settings: properties that are kept as text and have a meaning to a licensing model. Their
//! texts are judged when they are written, so that what is stored can be used (G-3).

use leasehold_model::property::{Properties, boolean, integer};
use leasehold_model::volume::Period;
use leasehold_service::rest::problem::Problem;
use leasehold_wire::form::Form;

use super::input::{self, Field};

/// What a setting's text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An integer, at least this; kept in its shortest spelling.
    Integer(i64),
    /// `true` or `false`; kept in lower case.
    Boolean,
    /// DAY, WEEK, MONTH or YEAR.
    Period,
    /// One of these.
    OneOf(&'static [&'static str], &'static str),
    /// A JSON object.
    JsonObject,
    /// Anything.
    Text,
}

/// Settings of one entity: names on the wire, and what each may be.
pub(crate) type Settings = &'static [(&'static str, Kind)];

/// What a license copies from its template, on either of them.
pub(crate) const TERMS: Settings = &[
    ("timeVolume", Kind::Integer(1)),
    ("timeVolumePeriod", Kind::Period),
    ("maxSessions", Kind::Integer(0)),
    ("quantity", Kind::Integer(-1)),
    ("quota", Kind::Integer(-1)),
    ("gracePeriod", Kind::Boolean),
    ("skus", Kind::JsonObject),
];

/// Applies the request's settings to `properties`. An empty one clears, unless `keep` names it:
/// what an entity cannot be without is left alone.
pub(crate) fn apply(
    form: &Form,
    settings: Settings,
    keep: &[&str],
    mut set: impl FnMut(&'static str, &str),
) -> Result<(), Problem> {
    for (name, kind) in settings {
        match kind.read(form, name)? {
            Field::Absent => {}
            Field::Empty if keep.contains(name) => {}
            Field::Empty => set(name, ""),
            Field::Given(value) => set(name, &value),
        }
    }
    Ok(())
}

/// The integer that `properties` holds under `name`, 0 when there is none.
pub(crate) fn count(properties: &Properties, name: &str) -> i64 {
    properties.get(name).and_then(integer).unwrap_or(0)
}

impl Kind {
    fn read(self, form: &Form, name: &str) -> Result<Field<String>, Problem> {
        let expected = match self {
            Self::Integer(least) => match least {
                -1 => "an integer, at least -1",
                0 => "an integer, at least 0",
                _ => "an integer, at least 1",
            },
            Self::Boolean => "true or false",
            Self::Period => "DAY, WEEK, MONTH or YEAR",
            Self::OneOf(_, expected) => expected,
            Self::JsonObject => "a JSON object",
            Self::Text => "a text",
        };
        input::read(form, name, expected, |text| match self {
            Self::Integer(least) => integer(text)
                .filter(|value| *value >= least)
                .map(|value| value.to_string()),
            Self::Boolean => boolean(text).map(|value| value.to_string()),
            Self::Period => Period::parse(text).map(|period| period.as_str().to_owned()),
            Self::OneOf(choices, _) => choices.contains(&text).then(|| text.to_owned()),
            Self::JsonObject => serde_json::from_str::<serde_json::Map<_, _>>(text)
                .is_ok()
                .then(|| text.to_owned()),
            Self::Text => Some(text.to_owned()),
        })
    }
}

/// `quantity` and `quota` are two names of one thing. When a request gives just one of them, the
/// other one, stored before or copied from the template, must not speak against it: its name.
pub(crate) fn superseded_count(form: &Form) -> Option<&'static str> {
    let is_given = |name| input::text(form, name).given().is_some();
    match (is_given("quantity"), is_given("quota")) {
        (true, false) => Some("quota"),
        (false, true) => Some("quantity"),
        _ => None,
    }
}
