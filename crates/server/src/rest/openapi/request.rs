//! What requests bring along: parameters of path, query and header, and forms.

use leasehold_model::property::LARGEST_INTEGER;
use leasehold_service::rest::call::Method;
use leasehold_service::rest::route::{Parameter, ParameterKind, Route};
use serde_json::{Map, Value, json};

use super::captures;

/// The parameters that many endpoints have.
pub(super) fn parameters() -> Value {
    json!({
        "vendorNumber": {
            "name": "vendorNumber",
            "in": "query",
            "description": VENDOR,
            "schema": { "type": "string" },
        },
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A name for this call, chosen by the caller. For 24 hours the same \
                call under the same name is answered as it was the first time, and done once.",
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": 255,
                "pattern": "^[!-~]([ -~]*[!-~])?$",
            },
        },
    })
}

const VENDOR: &str = "The number of the vendor that the credentials are for, and no other.";

/// The parameters of one endpoint outside its form.
pub(super) fn parameters_of<A>(route: &Route<A>) -> Vec<Value> {
    let in_path = captures(route.path).map(|name| {
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": "Its number.",
            "schema": segment(),
        })
    });
    let mut all: Vec<Value> = in_path.collect();
    if route.method != Method::Post {
        all.extend(route.about.parameters.iter().map(in_query));
        all.push(shared("vendorNumber"));
    }
    if route.method != Method::Get {
        all.push(shared("Idempotency-Key"));
    }
    all
}

/// Characters of names and numbers: no control characters.
const PRINTABLE: &str = r"^[^\u0000-\u001f\u007f-\u009f]+$";

/// Nothing, or such characters without blanks at either end.
const NUMBER: &str = r"^([^\s\u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f])?)?$";

/// What a segment of a path may be.
fn segment() -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "pattern": PRINTABLE,
        "not": { "enum": [".", ".."] },
    })
}

fn shared(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

fn in_query(parameter: &Parameter) -> Value {
    let mut described = json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.is_required,
        "description": sentence(parameter.about),
        "schema": schema(parameter),
    });
    // All other parameters are written as one object, each of whose properties is one of them.
    if let ParameterKind::Custom = parameter.kind {
        described["name"] = "properties".into();
        described["style"] = "form".into();
        described["explode"] = true.into();
    }
    described
}

/// The form of an endpoint; `None` where there is none.
pub(super) fn body<A>(route: &Route<A>) -> Option<Value> {
    if route.method != Method::Post {
        return None;
    }
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut form = json!({
        "type": "object",
        "propertyNames": { "minLength": 1, "maxLength": 255, "pattern": PRINTABLE },
    });
    for parameter in route.about.parameters {
        let about = sentence(parameter.about);
        if let ParameterKind::Custom = parameter.kind {
            form["additionalProperties"] = json!({ "type": "string", "description": about });
            continue;
        }
        let mut described = schema(parameter);
        described["description"] = about.into();
        properties.insert(parameter.name.to_owned(), described);
        if parameter.is_required {
            required.push(parameter.name);
        }
    }
    let vendor = json!({ "type": "string", "description": VENDOR });
    properties.insert("vendorNumber".to_owned(), vendor);
    let is_required = !required.is_empty();
    if is_required {
        form["required"] = required.into();
    }
    form["properties"] = properties.into();
    Some(json!({
        "required": is_required,
        "content": { "application/x-www-form-urlencoded": { "schema": form } },
    }))
}

fn schema(parameter: &Parameter) -> Value {
    match parameter.kind {
        // An empty one counts as none.
        ParameterKind::Text if parameter.is_required => {
            json!({ "type": "string", "minLength": 1 })
        }
        ParameterKind::Text => json!({ "type": "string" }),
        ParameterKind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        ParameterKind::Boolean => json!({ "type": "boolean" }),
        ParameterKind::Integer(least) => {
            json!({ "type": "integer", "minimum": least, "maximum": LARGEST_INTEGER })
        }
        ParameterKind::Number => json!({ "type": "string", "maxLength": 255, "pattern": NUMBER }),
        // A text, since a number could be written with an exponent; an empty one counts as none.
        ParameterKind::Decimal => {
            json!({ "type": "string", "pattern": r"^([0-9]{1,15}(\.[0-9]*)?|\.[0-9]+)?$" })
        }
        ParameterKind::Instant => json!({
            "type": "string",
            "anyOf": [{ "format": "date-time" }, { "format": "date" }],
        }),
        ParameterKind::OneOf(choices) => json!({ "type": "string", "enum": choices }),
        ParameterKind::Custom => json!({
            "type": "object",
            "additionalProperties": { "type": "string" },
        }),
    }
}

/// The table's words as a sentence.
fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}
