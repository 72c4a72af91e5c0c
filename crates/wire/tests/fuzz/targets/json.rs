//! The envelope in JSON.

use leasehold_wire::json::{self, JsonError};

use super::envelope::{comes_back, depth, shape};
use super::{Outcome, magnitude};

/// What is read is within the limits and comes back from both forms.
pub(crate) fn json(data: &[u8]) -> Outcome {
    match json::read(data) {
        Ok(context) => {
            // Each list takes two of the 127 levels, the way to the first one four.
            assert!(depth(&context) <= 61);
            comes_back(&context);
            Outcome::Accepted(shape(&context))
        }
        Err(JsonError::Unexpected(what)) => Outcome::Refused(what.to_owned()),
        Err(JsonError::Malformed(error)) => {
            assert!(!error.is_io());
            // Without the line and the column.
            let text = error.to_string();
            let what = text.split(" at line").next().unwrap_or_default();
            let place = error.line() + error.column();
            Outcome::Refused(format!("{what}, {}", magnitude(place)))
        }
    }
}
