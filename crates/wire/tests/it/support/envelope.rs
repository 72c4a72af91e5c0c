//! Arbitrary envelopes.

use std::borrow::Cow;

use leasehold_wire::context::{Context, Item, Items, List, Page, Property};
use leasehold_wire::info::{Info, InfoKind};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::text;

/// An envelope of any texts, its lists nested up to four deep.
pub(crate) fn context() -> impl Strategy<Value = Context> {
    (vec(info(), 0..3), option::of(items()), option::of(text()))
        .prop_map(|(infos, items, ttl)| Context { infos, items, ttl })
}

fn info() -> impl Strategy<Value = Info> {
    let kind = prop::sample::select(vec![InfoKind::Error, InfoKind::Warning, InfoKind::Info]);
    (text(), kind, text()).prop_map(|(id, kind, text)| Info { id, kind, text })
}

fn items() -> impl Strategy<Value = Items> {
    (vec(item(), 0..4), option::of(page())).prop_map(|(items, page)| Items { items, page })
}

fn page() -> impl Strategy<Value = Page> {
    let counts = (
        any::<usize>(),
        any::<usize>(),
        any::<usize>(),
        any::<usize>(),
    );
    (counts, any::<bool>()).prop_map(|(counts, has_next)| Page {
        number: counts.0,
        items: counts.1,
        total_pages: counts.2,
        total_items: counts.3,
        has_next,
    })
}

fn item() -> impl Strategy<Value = Item> {
    (text(), vec(property(), 0..5), vec(list(), 0..3)).prop_map(|(kind, properties, lists)| Item {
        kind: Cow::Owned(kind),
        properties,
        lists,
    })
}

fn property() -> impl Strategy<Value = Property> {
    (text(), text()).prop_map(|(name, value)| Property {
        name: Cow::Owned(name),
        value,
    })
}

fn list() -> impl Strategy<Value = List> {
    let make = |(name, properties, lists)| List {
        name,
        properties,
        lists,
    };
    let leaf = (text(), vec(property(), 0..3)).prop_map(|(name, properties)| List {
        name,
        properties,
        lists: Vec::new(),
    });
    leaf.prop_recursive(3, 12, 3, move |inner| {
        (text(), vec(property(), 0..3), vec(inner, 0..3)).prop_map(make)
    })
}

/// The same envelope with every text replaced by what `change` makes of it.
pub(crate) fn map_texts(context: &Context, change: &impl Fn(&str) -> String) -> Context {
    Context {
        infos: context
            .infos
            .iter()
            .map(|info| Info {
                id: change(&info.id),
                kind: info.kind,
                text: change(&info.text),
            })
            .collect(),
        items: context.items.as_ref().map(|items| Items {
            items: items
                .items
                .iter()
                .map(|item| Item {
                    kind: Cow::Owned(change(&item.kind)),
                    properties: properties(&item.properties, change),
                    lists: lists(&item.lists, change),
                })
                .collect(),
            page: items.page,
        }),
        ttl: context.ttl.as_deref().map(change),
    }
}

fn properties(of: &[Property], change: &impl Fn(&str) -> String) -> Vec<Property> {
    of.iter()
        .map(|property| Property {
            name: Cow::Owned(change(&property.name)),
            value: change(&property.value),
        })
        .collect()
}

fn lists(of: &[List], change: &impl Fn(&str) -> String) -> Vec<List> {
    of.iter()
        .map(|list| List {
            name: change(&list.name),
            properties: properties(&list.properties, change),
            lists: lists(&list.lists, change),
        })
        .collect()
}
