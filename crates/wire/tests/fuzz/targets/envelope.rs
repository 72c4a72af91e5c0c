//! What both forms of the envelope have in common.

use std::borrow::Cow;

use leasehold_wire::context::{Context, Item, Items, List, Property};
use leasehold_wire::info::Info;
use leasehold_wire::{json, xml};

use super::magnitude;

/// What was read can be written in both forms and comes back from each: from XML with U+FFFD for
/// what XML cannot hold.
pub(super) fn comes_back(context: &Context) {
    let as_json = json::read(&json::write(context)).expect("our JSON can be read");
    assert_eq!(as_json, *context);
    let as_xml = xml::read(&xml::write(context)).expect("our XML can be read");
    assert_eq!(as_xml, map_texts(context, &holdable));
}

/// What XML 1.0 cannot hold becomes U+FFFD.
pub(super) fn holdable(text: &str) -> String {
    let replace = |character| match character {
        '\t' | '\n' | '\r' => character,
        '\0'..' ' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        other => other,
    };
    text.chars().map(replace).collect()
}

/// The same envelope with every text replaced by what `change` makes of it.
pub(super) fn map_texts(context: &Context, change: &impl Fn(&str) -> String) -> Context {
    let info = |info: &Info| Info {
        id: change(&info.id),
        kind: info.kind,
        text: change(&info.text),
    };
    let item = |item: &Item| Item {
        kind: Cow::Owned(change(&item.kind)),
        properties: map_properties(&item.properties, change),
        lists: map_lists(&item.lists, change),
    };
    Context {
        infos: context.infos.iter().map(info).collect(),
        items: context.items.as_ref().map(|items| Items {
            items: items.items.iter().map(item).collect(),
            page: items.page,
        }),
        ttl: context.ttl.as_deref().map(change),
    }
}

fn map_properties(all: &[Property], change: &impl Fn(&str) -> String) -> Vec<Property> {
    let property = |property: &Property| Property {
        name: Cow::Owned(change(&property.name)),
        value: change(&property.value),
    };
    all.iter().map(property).collect()
}

fn map_lists(all: &[List], change: &impl Fn(&str) -> String) -> Vec<List> {
    let list = |list: &List| List {
        name: change(&list.name),
        properties: map_properties(&list.properties, change),
        lists: map_lists(&list.lists, change),
    };
    all.iter().map(list).collect()
}

/// Lists within lists.
pub(super) fn depth(context: &Context) -> usize {
    fn of(lists: &[List]) -> usize {
        lists
            .iter()
            .map(|list| 1 + of(&list.lists))
            .max()
            .unwrap_or(0)
    }
    let items = context.items.iter().flat_map(|items| &items.items);
    items.map(|item| of(&item.lists)).max().unwrap_or(0)
}

/// What the envelope is like, sizes by their order of magnitude.
pub(super) fn shape(context: &Context) -> Vec<u8> {
    let items = context.items.as_ref();
    let all = || items.into_iter().flat_map(|items| &items.items);
    let longest = std::cell::Cell::new(0);
    let classes = std::cell::Cell::new(0);
    let look = |text: &str| {
        longest.set(longest.get().max(text.len()));
        classes.set(
            text.chars()
                .fold(classes.get(), |classes, one| classes | class(one)),
        );
        String::new()
    };
    map_texts(context, &look);
    vec![
        magnitude(context.infos.len()),
        u8::from(context.ttl.is_some()),
        u8::from(items.is_some()),
        u8::from(items.is_some_and(|items| items.page.is_some())),
        magnitude(all().count()),
        magnitude(all().map(|item| item.properties.len()).max().unwrap_or(0)),
        magnitude(depth(context)),
        magnitude(longest.get()),
        classes.get(),
    ]
}

fn class(one: char) -> u8 {
    match one {
        '\t' | '\n' | '\r' => 1,
        '\0'..' ' => 2,
        '&' | '<' | '>' | '"' | '\'' | '\\' => 4,
        ' '..='\u{7f}' => 0,
        '\u{fffe}' | '\u{ffff}' => 8,
        '\u{10000}'.. => 16,
        _ => 32,
    }
}
