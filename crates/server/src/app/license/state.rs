//! A license's state as parameters: a vendor may set it, and deleting a session is a forced
//! check-in (FL-6).

use jiff::Timestamp;
use leasehold_model::license::License;
use leasehold_model::property::integer;
use leasehold_model::timestamp::{format_timestamp, parse_timestamp};
use leasehold_service::rest::problem::Problem;
use leasehold_wire::form::Form;

use crate::app::input::{self, Field};

/// Applies the request's state: start, use, sessions and node secrets.
pub(super) fn fill(license: &mut License, form: &Form, now: Timestamp) -> Result<(), Problem> {
    match input::text(form, "startDate") {
        Field::Absent => {}
        Field::Empty => license.set("startDate", ""),
        Field::Given(text) if text.eq_ignore_ascii_case("now") => {
            license.set("startDate", &format_timestamp(now));
        }
        Field::Given(text) => license.set("startDate", instant("startDate", text)?),
    }
    let is_count = |text: &str| integer(text).filter(|count| *count >= 0);
    match input::read(form, "usedQuantity", "an integer, at least 0", is_count)? {
        Field::Absent => {}
        Field::Empty => license.set("usedQuantity", ""),
        Field::Given(count) => license.set("usedQuantity", &count.to_string()),
    }
    for (name, value) in form.iter() {
        let Some(state) = State::of(name) else {
            continue;
        };
        match state {
            _ if value.is_empty() => license.set(name, ""),
            State::Session(id) if is_text_of_limit(id) => license.set(name, instant(name, value)?),
            State::Session(_) => {
                return Err(Problem::Malformed(format!(
                    "A session id must have 1 to {TEXT_LIMIT} characters"
                )));
            }
            State::NodeSecret if is_text_of_limit(value) => license.set(name, value),
            // The secret itself is not repeated.
            State::NodeSecret => {
                return Err(Problem::Malformed(format!(
                    "Parameter '{name}' must have 1 to {TEXT_LIMIT} characters"
                )));
            }
        }
    }
    Ok(())
}

/// The text of an instant, kept as it was given.
fn instant<'t>(name: &str, text: &'t str) -> Result<&'t str, Problem> {
    match parse_timestamp(text) {
        Some(_) => Ok(text),
        None => Err(input::malformed(
            name,
            text,
            "a date or a date and time, as 2026-11-22T10:00:00Z",
        )),
    }
}

/// State that has a parameter for each entry.
pub(super) enum State<'n> {
    /// `sessionId_<id>` (Floating).
    Session(&'n str),
    /// `nodeSecret<slot>` (NodeLocked).
    NodeSecret,
}

impl<'n> State<'n> {
    pub(super) fn of(name: &'n str) -> Option<Self> {
        if let Some(id) = name.strip_prefix("sessionId_") {
            return Some(Self::Session(id));
        }
        let slot = name.strip_prefix("nodeSecret")?;
        let is_canonical = slot.parse::<u32>().is_ok_and(|at| at.to_string() == slot);
        is_canonical.then_some(Self::NodeSecret)
    }
}

/// The longest session id and node secret, in characters (G-7).
const TEXT_LIMIT: usize = 1000;

fn is_text_of_limit(text: &str) -> bool {
    (1..=TEXT_LIMIT).contains(&text.chars().count())
}
