//! The form that is signed is the form that `leasehold-wire` writes.

use leasehold_seal::xmldsig::{sign, verify, verify_exact};
use leasehold_wire::context::{Context, Item, Items, List, Page, Property};
use leasehold_wire::info::{Info, InfoKind};
use leasehold_wire::xml;
use proptest::collection::vec;
use proptest::prelude::*;

use super::KEY;

/// Any characters, more often those that XML treats on their own.
fn text() -> impl Strategy<Value = String> {
    "([ -~]|[<>&\"'\t\n\r \\]]|[\u{0}-\u{a0}]|[\u{fffd}-\u{ffff}]|.){0,12}"
}

fn properties() -> impl Strategy<Value = Vec<Property>> {
    let property = (text(), text()).prop_map(|(name, value)| Property {
        name: name.into(),
        value,
    });
    vec(property, 0..4)
}

fn lists() -> impl Strategy<Value = Vec<List>> {
    let list = |lists: BoxedStrategy<Vec<List>>| {
        (text(), properties(), lists).prop_map(|(name, properties, lists)| List {
            name,
            properties,
            lists,
        })
    };
    let leaf = list(Just(Vec::new()).boxed());
    let nested = leaf.prop_recursive(3, 8, 2, move |inner| list(vec(inner, 0..3).boxed()));
    vec(nested, 0..3)
}

fn item() -> impl Strategy<Value = Item> {
    (text(), properties(), lists()).prop_map(|(kind, properties, lists)| Item {
        kind: kind.into(),
        properties,
        lists,
    })
}

fn page() -> impl Strategy<Value = Page> {
    any::<(usize, usize, usize, usize, bool)>().prop_map(
        |(number, items, total_pages, total_items, has_next)| Page {
            number,
            items,
            total_pages,
            total_items,
            has_next,
        },
    )
}

fn items() -> impl Strategy<Value = Items> {
    let parts = (vec(item(), 0..3), proptest::option::of(page()));
    parts.prop_map(|(items, page)| Items { items, page })
}

fn info() -> impl Strategy<Value = Info> {
    let kinds = &[InfoKind::Error, InfoKind::Warning, InfoKind::Info][..];
    let parts = (text(), proptest::sample::select(kinds), text());
    parts.prop_map(|(id, kind, text)| Info { id, kind, text })
}

pub(super) fn context() -> impl Strategy<Value = Context> {
    let option = proptest::option::of::<BoxedStrategy<String>>;
    let parts = (
        vec(info(), 0..3),
        proptest::option::of(items()),
        option(text().boxed()),
    );
    parts.prop_map(|(infos, items, ttl)| Context { infos, items, ttl })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_reply_can_be_signed_and_says_what_it_said(context in context()) {
        let document = xml::write(&context);
        let signed = sign(&document, &KEY).unwrap();
        prop_assert_eq!(verify(&signed, &KEY.verifier()), Ok(()));
        prop_assert_eq!(verify_exact(&signed, &KEY.verifier()), Ok(()));
        prop_assert_eq!(xml::write(&xml::read(&signed).unwrap()), document);
    }
}
