//! Parameters, read: what is absent, what is empty and what is given, and the refusal of what
//! cannot be read (wire contract, sections 4 and 5).

use leasehold_model::number::{NumberError, NumberKind};
use leasehold_model::property::{Properties, boolean as read_boolean};
use leasehold_service::numbers;
use leasehold_service::rest::problem::Problem;
use leasehold_wire::form::{Form, FormError, is_custom_name};

use super::names::{Meaning, Names};

/// A parameter. An empty one counts as absent in a create and clears an optional property in an
/// update; both follow from applying it to the entity as it is, new ones beginning without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field<T> {
    /// The request does not name it.
    Absent,
    /// It is there without a value.
    Empty,
    /// It has a value.
    Given(T),
}

impl<T> Field<T> {
    /// The value, if there is one.
    pub(crate) fn given(self) -> Option<T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::Empty => None,
        }
    }

    /// Changes a property that always has a value: an empty parameter leaves it alone.
    pub(crate) fn replace(self, property: &mut T) {
        if let Self::Given(value) = self {
            *property = value;
        }
    }

    /// Changes a property that need not have a value: an empty parameter clears it.
    pub(crate) fn replace_optional(self, property: &mut Option<T>) {
        match self {
            Self::Absent => {}
            Self::Empty => *property = None,
            Self::Given(value) => *property = Some(value),
        }
    }

    /// The same parameter, its value turned into something else.
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Empty => Field::Empty,
            Self::Given(value) => Field::Given(f(value)),
        }
    }
}

/// A text.
pub(crate) fn text<'f>(form: &'f Form, name: &str) -> Field<&'f str> {
    match form.get(name) {
        None => Field::Absent,
        Some("") => Field::Empty,
        Some(value) => Field::Given(value),
    }
}

/// A text that is kept.
pub(crate) fn owned(form: &Form, name: &str) -> Field<Box<str>> {
    text(form, name).map(Into::into)
}

/// A value that `read` understands; `expected` completes "expected …".
pub(crate) fn read<T>(
    form: &Form,
    name: &str,
    expected: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Field<T>, Problem> {
    Ok(match text(form, name) {
        Field::Absent => Field::Absent,
        Field::Empty => Field::Empty,
        Field::Given(value) => {
            Field::Given(read(value).ok_or_else(|| malformed(name, value, expected))?)
        }
    })
}

/// A Boolean.
pub(crate) fn boolean(form: &Form, name: &str) -> Result<Field<bool>, Problem> {
    read(form, name, "true or false", read_boolean)
}

/// A text without which an entity cannot be made; `complaint` is the contract's sentence.
pub(crate) fn required<'f>(
    form: &'f Form,
    name: &str,
    complaint: &str,
) -> Result<&'f str, Problem> {
    text(form, name)
        .given()
        .ok_or_else(|| Problem::Malformed(complaint.to_owned()))
}

/// The refusal of a value that its parameter cannot have. It shows at most 100 characters of it.
pub(crate) fn malformed(name: &str, value: &str, expected: &'static str) -> Problem {
    Problem::Form(FormError::value(name, value, expected))
}

/// Reads a number given as parameter `name`.
pub(crate) fn number<N>(
    name: &str,
    value: &str,
    parse: impl Fn(&str) -> Result<N, NumberError>,
) -> Result<N, Problem> {
    parse(value)
        .map_err(|error| Problem::Malformed(format!("Parameter '{name}' is invalid: {error}")))
}

/// The refusal of a number that something else has.
pub(crate) fn number_taken(number: &str) -> Problem {
    Problem::Illegal(format!("The number '{number}' is already in use"))
}

/// The number of a new entity: as given, else drawn until one is free.
pub(crate) fn new_number<N>(
    form: &Form,
    kind: NumberKind,
    parse: impl Fn(&str) -> Result<N, NumberError>,
    is_taken: impl Fn(&str) -> bool,
) -> Result<N, Problem> {
    if let Field::Given(value) = text(form, "number") {
        let number = number("number", value, parse)?;
        return if is_taken(value) {
            Err(number_taken(value))
        } else {
            Ok(number)
        };
    }
    loop {
        let drawn = numbers::draw(kind);
        if !is_taken(&drawn) {
            return number("number", &drawn, parse);
        }
    }
}

/// The number that an update gives to an entity of number `current`: `None` while it stays the
/// same. `fixed` says why it may not change, when it may not.
pub(crate) fn changed_number<N>(
    form: &Form,
    current: &str,
    parse: impl Fn(&str) -> Result<N, NumberError>,
    fixed: Option<&str>,
    is_taken: impl Fn(&str) -> bool,
) -> Result<Option<N>, Problem> {
    let Field::Given(value) = text(form, "number") else {
        return Ok(None);
    };
    if value == current {
        return Ok(None);
    }
    let number = number("number", value, parse)?;
    if let Some(reason) = fixed {
        return Err(Problem::Illegal(format!(
            "The number '{current}' cannot be changed: {reason}"
        )));
    }
    if is_taken(value) {
        return Err(number_taken(value));
    }
    Ok(Some(number))
}

/// Refuses an update that names another value for a property that never changes.
pub(crate) fn unchanged(form: &Form, name: &str, current: &str) -> Result<(), Problem> {
    match text(form, name).given() {
        Some(value) if value != current => Err(Problem::Illegal(format!(
            "The property '{name}' cannot be changed"
        ))),
        _ => Ok(()),
    }
}

/// The request's custom properties for an entity of these names; empty values among
/// them, which delete. Names that `is_state` claims belong to neither.
pub(crate) fn custom(
    form: &Form,
    names: Names,
    is_state: impl Fn(&str) -> bool,
) -> Result<Vec<(&str, &str)>, Problem> {
    let mut found = Vec::new();
    for (name, value) in form.iter() {
        if is_state(name) {
            continue;
        }
        match names.meaning(name) {
            Meaning::Standard => {}
            Meaning::Misspelt(known) => {
                return Err(Problem::Malformed(format!(
                    "Parameter '{name}' differs from '{known}' in letter case only"
                )));
            }
            Meaning::Custom => {
                if !is_custom_name(name) {
                    return Err(Problem::Malformed(
                        "A property's name must have 1 to 255 characters, none of them a control character"
                            .to_owned(),
                    ));
                }
                found.push((name, value));
            }
        }
    }
    Ok(found)
}

/// Applies custom properties; an empty value deletes.
pub(crate) fn apply(properties: &mut Properties, custom: &[(&str, &str)]) {
    for (name, value) in custom {
        properties.set(name, value);
    }
}

/// The `forceCascade` of a delete: present without a value means true.
pub(crate) fn force_cascade(form: &Form) -> Result<bool, Problem> {
    Ok(match boolean(form, "forceCascade")? {
        Field::Absent => false,
        Field::Empty => true,
        Field::Given(value) => value,
    })
}
