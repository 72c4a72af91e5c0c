//! Events as messages (wire contract, 7.12): a JSON object, or what a template picks out of it.

use jiff::Timestamp;
use leasehold_model::event::EventKind;
use leasehold_model::timestamp::format_timestamp;
use serde_json::{Map, Value};

use crate::context::{Item, List, Property};

/// The entities of an event as the text of a JSON object: the event itself, then the items by
/// their types.
pub fn entities(kind: EventKind, items: &[Item]) -> String {
    let mut entities = Map::new();
    let mut event = Map::new();
    event.insert("name".to_owned(), kind.as_str().into());
    entities.insert("Event".to_owned(), Value::Array(vec![event.into()]));
    for item in items {
        let of_type = entities
            .entry(&*item.kind)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(all) = of_type {
            all.push(object(&item.properties, &item.lists));
        }
    }
    Value::Object(entities).to_string()
}

/// Properties by name, then lists by name, each as an array, since names may repeat.
fn object(properties: &[Property], lists: &[List]) -> Value {
    let mut object = Map::new();
    for property in properties {
        let name = property.name.clone().into_owned();
        object.insert(name, property.value.as_str().into());
    }
    for list in lists {
        let of_name = object
            .entry(list.name.as_str())
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(all) = of_name {
            all.push(self::object(&list.properties, &list.lists));
        }
    }
    Value::Object(object)
}

/// The body of the message: the event within `template`, the whole of it where there is none.
///
/// A placeholder `{$…}` names a place in the event: `{$}`, `{$.timestamp}`,
/// `{$.entities.Event[0].name}`. Texts are put in as they are, with what JSON strings escape
/// escaped; objects and arrays as JSON. A placeholder that names nothing becomes nothing.
pub fn message(template: Option<&str>, entities: &str, at: Timestamp) -> String {
    let mut event = Map::new();
    event.insert("timestamp".to_owned(), format_timestamp(at).into());
    event.insert("origin".to_owned(), "Notification".into());
    // What the store gives back is what `entities` made; anything else is told as nothing.
    let entities = serde_json::from_str(entities).unwrap_or(Value::Null);
    event.insert("entities".to_owned(), entities);
    let event = Value::Object(event);
    let Some(template) = template.filter(|template| !template.trim().is_empty()) else {
        return event.to_string();
    };
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find("{$") {
        text.push_str(&rest[..at]);
        let behind = &rest[at + 2..];
        let Some(end) = behind.find('}') else {
            rest = &rest[at..];
            break;
        };
        match place(&event, &behind[..end]) {
            Some(Value::String(found)) => text.push_str(&escaped(found)),
            Some(Value::Null) | None => {}
            Some(found) => text.push_str(&found.to_string()),
        }
        rest = &behind[end + 1..];
    }
    text.push_str(rest);
    text
}

/// What stands at a path such as `.entities.Event[0].name`.
fn place<'v>(event: &'v Value, path: &str) -> Option<&'v Value> {
    let mut found = event;
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix('.') {
            let end = behind.find(['.', '[']).unwrap_or(behind.len());
            found = found.get(&behind[..end])?;
            rest = &behind[end..];
        } else {
            let behind = rest.strip_prefix('[')?;
            let end = behind.find(']')?;
            found = found.get(behind[..end].parse::<usize>().ok()?)?;
            rest = &behind[end + 1..];
        }
    }
    Some(found)
}

/// A text as it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted
        .get(1..quoted.len() - 1)
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(template: Option<&str>) -> String {
        let mut licensee = Item::new("Licensee");
        licensee.put("number", "I \"1\"");
        let mut list = List::new("join");
        list.put("a", "1");
        licensee.lists.push(list);
        let entities = entities(EventKind::LicenseeCreated, &[licensee]);
        message(template, &entities, "2026-11-22T10:00:00Z".parse().unwrap())
    }

    const WHOLE: &str = r#"{"entities":{"Event":[{"name":"LICENSEE_CREATED"}],"Licensee":[{"join":[{"a":"1"}],"number":"I \"1\""}]},"origin":"Notification","timestamp":"2026-11-22T10:00:00.000Z"}"#;

    #[test]
    fn without_a_template_the_whole_event_is_told() {
        for template in [None, Some(""), Some("{$}")] {
            assert_eq!(told(template), WHOLE, "{template:?}");
        }
    }

    #[test]
    fn a_template_picks_what_it_names() {
        for (template, text) in [
            ("{$.timestamp}", "2026-11-22T10:00:00.000Z"),
            ("{$.origin}!", "Notification!"),
            ("{$.entities.Event[0].name}", "LICENSEE_CREATED"),
            (
                r#"{"text":"{$.entities.Licensee[0].number}"}"#,
                r#"{"text":"I \"1\""}"#,
            ),
            ("{$.entities.Event}", r#"[{"name":"LICENSEE_CREATED"}]"#),
            ("{$.nothing}{$.entities.Event[9]}{$x}", ""),
            ("{$.origin", "{$.origin"),
            ("${event}", "${event}"),
        ] {
            assert_eq!(told(Some(template)), text, "{template}");
        }
    }
}
