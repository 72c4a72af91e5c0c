//! The first place where two JSON values differ.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

/// A place, and what stands there on either side.
pub(crate) struct Difference {
    path: String,
    expected: Option<Value>,
    got: Option<Value>,
}

/// Compares completely: nothing missing, nothing more.
pub(crate) fn between(path: &str, expected: &Value, got: &Value) -> Option<Difference> {
    compare(path, Some(expected), Some(got))
}

fn compare(path: &str, expected: Option<&Value>, got: Option<&Value>) -> Option<Difference> {
    match (expected, got) {
        (Some(Value::Object(expected)), Some(Value::Object(got))) => {
            let names: BTreeSet<&String> = expected.keys().chain(got.keys()).collect();
            names.into_iter().find_map(|name| {
                compare(&format!("{path}.{name}"), expected.get(name), got.get(name))
            })
        }
        (Some(Value::Array(expected)), Some(Value::Array(got))) => {
            (0..expected.len().max(got.len()))
                .find_map(|at| compare(&format!("{path}[{at}]"), expected.get(at), got.get(at)))
        }
        _ if expected == got => None,
        // Infos are compared by type ignoring case: the wire has its own opinion on that.
        (Some(Value::String(expected)), Some(Value::String(got)))
            if path.ends_with("].type") && expected.eq_ignore_ascii_case(got) =>
        {
            None
        }
        // A list within a text may be spaced as it likes.
        (Some(Value::String(expected)), Some(Value::String(got)))
            if path.ends_with(".aliases") && parsed(expected) == parsed(got) =>
        {
            None
        }
        _ => Some(Difference {
            path: path.to_owned(),
            expected: expected.cloned(),
            got: got.cloned(),
        }),
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |value: &Option<Value>| match value {
            None => "nothing".to_owned(),
            Some(value) => value.to_string(),
        };
        writeln!(f, "  at       {}", self.path)?;
        writeln!(f, "  expected {}", show(&self.expected))?;
        write!(f, "  got      {}", show(&self.got))
    }
}
