//! Reads the envelope, that of 2016 too: null for an empty collection, a
//! numeric ttl, `Signature` for `signature`.

use std::borrow::Cow;

use jiff::Timestamp;
use leasehold_model::timestamp::format_timestamp;
use serde_json::{Map, Value};

use super::JsonError;
use crate::context::{Context, Item, Items, List, Page, Property};
use crate::info::{Info, InfoKind};

/// Bytes of a reply.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Reads an envelope; unknown members are skipped.
///
/// At most 64 MiB and, by the parser's own limit, 127 values deep. A property whose value is
/// null is left out; numbers and Booleans where a text belongs are read as their text.
pub fn read(bytes: &[u8]) -> Result<Context, JsonError> {
    if bytes.len() > MAX_BYTES {
        return Err(JsonError::Unexpected("it is too large"));
    }
    let value: Value = serde_json::from_slice(bytes).map_err(JsonError::Malformed)?;
    let Value::Object(root) = value else {
        return Err(JsonError::Unexpected("it is no object"));
    };
    let infos = match object(&root, "infos")? {
        None => Vec::new(),
        Some(infos) => objects(infos, "info", info)?,
    };
    let items = object(&root, "items")?.map(items).transpose()?;
    Ok(Context {
        infos,
        items,
        ttl: ttl(root.get("ttl"))?,
    })
}

fn info(info: &Map<String, Value>) -> Result<Info, JsonError> {
    let kind = match text(info, "type")?.as_deref() {
        Some("ERROR") => InfoKind::Error,
        Some("WARNING") => InfoKind::Warning,
        Some("INFO") | None => InfoKind::Info,
        Some(_) => return Err(JsonError::Unexpected("an info has an unknown type")),
    };
    Ok(Info {
        id: text(info, "id")?.unwrap_or_default(),
        kind,
        text: text(info, "value")?.unwrap_or_default(),
    })
}

fn items(items: &Map<String, Value>) -> Result<Items, JsonError> {
    Ok(Items {
        items: objects(items, "item", item)?,
        page: page(items)?,
    })
}

fn item(item: &Map<String, Value>) -> Result<Item, JsonError> {
    let kind = text(item, "type")?.ok_or(JsonError::Unexpected("an item has no type"))?;
    Ok(Item {
        kind: Cow::Owned(kind),
        properties: properties(item)?,
        lists: objects(item, "list", list)?,
    })
}

fn list(list: &Map<String, Value>) -> Result<List, JsonError> {
    Ok(List {
        name: text(list, "name")?.ok_or(JsonError::Unexpected("a list has no name"))?,
        properties: properties(list)?,
        lists: objects(list, "list", self::list)?,
    })
}

fn properties(of: &Map<String, Value>) -> Result<Vec<Property>, JsonError> {
    let read = objects(of, "property", |property| {
        let name =
            text(property, "name")?.ok_or(JsonError::Unexpected("a property has no name"))?;
        Ok(text(property, "value")?.map(|value| Property {
            name: Cow::Owned(name),
            value,
        }))
    })?;
    Ok(read.into_iter().flatten().collect())
}

/// Paging is all there or not at all.
fn page(items: &Map<String, Value>) -> Result<Option<Page>, JsonError> {
    if text(items, "pagenumber")?.is_none() {
        return Ok(None);
    }
    let count = |name| {
        text(items, name)?
            .and_then(|text| text.parse().ok())
            .ok_or(JsonError::Unexpected("a paging field is no number"))
    };
    let has_next = match text(items, "hasnext")?.as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ => return Err(JsonError::Unexpected("hasnext is neither true nor false")),
    };
    Ok(Some(Page {
        number: count("pagenumber")?,
        items: count("itemsnumber")?,
        total_pages: count("totalpages")?,
        total_items: count("totalitems")?,
        has_next,
    }))
}

/// A text, or the milliseconds since 1970 of the captures of 2016.
fn ttl(value: Option<&Value>) -> Result<Option<String>, JsonError> {
    const UNREADABLE: JsonError = JsonError::Unexpected("ttl is no instant");
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => {
            let millisecond = number.as_i64().ok_or(UNREADABLE)?;
            let at = Timestamp::from_millisecond(millisecond).map_err(|_| UNREADABLE)?;
            Ok(Some(format_timestamp(at)))
        }
        Some(_) => Err(UNREADABLE),
    }
}

fn object<'a>(
    of: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, JsonError> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(JsonError::Unexpected("an object is missing")),
    }
}

/// The members of an array of objects; null and an absent array are empty.
fn objects<T>(
    of: &Map<String, Value>,
    name: &str,
    read: impl Fn(&Map<String, Value>) -> Result<T, JsonError>,
) -> Result<Vec<T>, JsonError> {
    let members = match of.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(members)) => members,
        Some(_) => return Err(JsonError::Unexpected("an array is missing")),
    };
    members
        .iter()
        .map(|member| match member {
            Value::Object(member) => read(member),
            _ => Err(JsonError::Unexpected(
                "an array holds something other than objects",
            )),
        })
        .collect()
}

fn text(of: &Map<String, Value>, name: &str) -> Result<Option<String>, JsonError> {
    Ok(match of.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Bool(truth)) => Some(truth.to_string()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(_) => return Err(JsonError::Unexpected("a text is missing")),
    })
}
