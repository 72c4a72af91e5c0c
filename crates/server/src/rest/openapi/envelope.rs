//! The schemas of the envelope (wire contract, section 2).

use leasehold_service::rest::route::Returns;
use serde_json::{Value, json};

/// All schemas that have a name.
pub(super) fn schemas() -> Value {
    json!({
        "Envelope": object(json!({
            "signature": { "type": "null", "description": "JSON is never signed." },
            "infos": object(json!({ "info": list("Info") })),
            "items": { "oneOf": [reference("Items"), { "type": "null" }] },
            "id": { "type": "null" },
            "ttl": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "Until when a validation holds.",
            },
        })),
        "Info": object(json!({
            "id": { "type": "string" },
            "type": { "enum": ["ERROR", "WARNING", "INFO"] },
            "value": { "type": "string" },
        })),
        "Items": object(json!({
            "item": list("Item"),
            "pagenumber": paging("From 0."),
            "itemsnumber": paging("How many items there are on this page."),
            "totalpages": paging("How many pages there are."),
            "totalitems": paging("How many items there are on all pages."),
            "hasnext": { "enum": ["true", "false", null] },
        })),
        "Item": object(json!({
            "type": { "type": "string" },
            "property": list("Property"),
            "list": list("List"),
        })),
        "List": object(json!({
            "name": { "type": "string" },
            "property": list("Property"),
            "list": list("List"),
        })),
        "Property": object(json!({
            "name": { "type": "string" },
            "value": { "type": "string" },
        })),
        "Failure": {
            "description": "Why the request failed; nothing has changed then.",
            "allOf": [reference("Envelope"), {
                "properties": {
                    "infos": { "properties": { "info": { "minItems": 1 } } },
                    "items": { "type": "null" },
                    "ttl": { "type": "null" },
                },
            }],
        },
        "EnvelopeXml": {
            "type": "object",
            "xml": {
                "name": "netlicensing",
                "namespace": "http://netlicensing.labs64.com/schema/context",
                "prefix": "ns2",
            },
            "description": "The same in XML, as the schema netlicensing-context-2.1.xsd says: \
                what is null in JSON is absent, an info's type is in lower case, the values of \
                infos and properties are the texts of their elements, and all else of an \
                element that is no element is an attribute. A validation by an API key with a \
                privateKey is signed.",
        },
    })
}

/// The envelope with just what such an endpoint returns; `None` when that is no envelope.
pub(super) fn schema(returns: Returns) -> Option<Value> {
    let is_page = matches!(returns, Returns::Page(_));
    let mut items = match returns {
        Returns::Item(kind) => json!({ "minItems": 1, "maxItems": 1, "items": kinds(&[kind]) }),
        Returns::Items(of) => json!({ "items": kinds(of) }),
        Returns::Page(kind) => json!({ "maxItems": 1000, "items": kinds(&[kind]) }),
        Returns::Nothing | Returns::Document(_) => return None,
    };
    items = json!({ "item": items });
    for name in [
        "pagenumber",
        "itemsnumber",
        "totalpages",
        "totalitems",
        "hasnext",
    ] {
        items[name] = json!({ "type": if is_page { "string" } else { "null" } });
    }
    Some(json!({
        "allOf": [reference("Envelope"), {
            "properties": { "items": { "type": "object", "properties": items } },
        }],
    }))
}

/// A reference to a named schema.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn kinds(kinds: &[&str]) -> Value {
    json!({ "properties": { "type": { "enum": kinds } } })
}

/// An object with all of these properties and no others.
fn object(properties: Value) -> Value {
    let all = properties.as_object().into_iter().flatten();
    let required: Vec<String> = all.map(|(name, _)| name.clone()).collect();
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": properties,
    })
}

fn list(of: &str) -> Value {
    json!({ "type": "array", "items": reference(of) })
}

fn paging(about: &str) -> Value {
    json!({
        "type": ["string", "null"],
        "pattern": "^[0-9]+$",
        "description": format!("{about} Null where there are no pages."),
    })
}
