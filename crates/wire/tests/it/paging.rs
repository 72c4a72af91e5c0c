//! Filters and pages.

use leasehold_wire::context::{Item, Items, Page};
use leasehold_wire::filter::Filter;
use leasehold_wire::info::Info;

fn item(pairs: &[(&str, &str)]) -> Item {
    let mut item = Item::new("License");
    for (name, value) in pairs {
        item.put_custom(name, *value);
    }
    item
}

fn some() -> Vec<Item> {
    vec![
        item(&[("number", "L1"), ("active", "true"), ("region", "EU")]),
        item(&[("number", "L2"), ("active", "false"), ("a=b", "c")]),
        item(&[("number", "L3"), ("active", "true"), ("formula", "x=y")]),
    ]
}

const KNOWN: &[&str] = &["number", "active", "name"];

fn numbers(items: &Items) -> Vec<&str> {
    items
        .items
        .iter()
        .filter_map(|item| item.get("number"))
        .collect()
}

fn texts(warnings: &[Info]) -> Vec<&str> {
    assert!(warnings.iter().all(|info| info.id == "filterIgnored"));
    warnings.iter().map(|info| info.text.as_str()).collect()
}

#[test]
fn terms_select_and_what_cannot_be_used_is_told() {
    let table: [(Option<&str>, &[&str], &[&str]); 17] = [
        (None, &["L1", "L2", "L3"], &[]),
        (Some(""), &["L1", "L2", "L3"], &[]),
        (Some(";; ;"), &["L1", "L2", "L3"], &[]),
        (Some("number=L2"), &["L2"], &[]),
        (Some("number=l2"), &[], &[]),
        (Some("active=TRUE"), &["L1", "L3"], &[]),
        (Some("active=true;number=L3"), &["L3"], &[]),
        (Some("active=true;number=L2"), &[], &[]),
        // A custom property, and a value that holds `=`.
        (Some("region=EU"), &["L1"], &[]),
        (Some("formula=x=y"), &["L3"], &[]),
        // Known, and on no item: nothing matches. Unknown: ignored.
        (Some("name=x"), &[], &[]),
        (
            Some("colour=red;active=false"),
            &["L2"],
            &["Filter key 'colour' is not known"],
        ),
        (
            Some("L1"),
            &["L1", "L2", "L3"],
            &["Filter term 'L1' is not key=value"],
        ),
        (
            Some("=L1"),
            &["L1", "L2", "L3"],
            &["Filter term '=L1' is not key=value"],
        ),
        (
            Some("page=x"),
            &["L1", "L2", "L3"],
            &["Filter page 'x' is no number"],
        ),
        (
            Some("items=x"),
            &["L1", "L2", "L3"],
            &["Filter items 'x' is no number"],
        ),
        (
            Some("items=0"),
            &["L1"],
            &["Filter items 0 is outside of 1 to 1000, 1 is used"],
        ),
    ];
    for (text, expected, warned) in table {
        let (items, warnings) = Filter::parse(text).select(some(), KNOWN);
        assert_eq!(numbers(&items), expected, "{text:?}");
        assert_eq!(texts(&warnings), warned, "{text:?}");
    }
}

#[test]
fn pages_are_cut_and_counted() {
    // Text; number, items, total pages, total items, has next; first number of the page.
    let table = [
        ("page=0;items=100", (0, 100, 3, 250, true), Some("L0")),
        ("page=2;items=100", (2, 50, 3, 250, false), Some("L200")),
        ("page=3;items=100", (3, 0, 3, 250, false), None),
        (
            "page=18446744073709551615",
            (usize::MAX, 0, 1, 250, false),
            None,
        ),
        ("page=1", (1, 0, 1, 250, false), None),
        ("items=250", (0, 250, 1, 250, false), Some("L0")),
        ("items=249", (0, 249, 2, 250, true), Some("L0")),
        ("page=5;number=none", (0, 0, 0, 0, false), None),
    ];
    for (text, counts, first) in table {
        let all = (0..250)
            .map(|n| item(&[("number", &format!("L{n}"))]))
            .collect();
        let (items, warnings) = Filter::parse(Some(text)).select(all, KNOWN);
        let expected = Page {
            number: counts.0,
            items: counts.1,
            total_pages: counts.2,
            total_items: counts.3,
            has_next: counts.4,
        };
        assert_eq!(items.page, Some(expected), "{text}");
        assert_eq!(items.items.len(), counts.1, "{text}");
        assert_eq!(numbers(&items).first().copied(), first, "{text}");
        assert_eq!(warnings, [], "{text}");
    }
}

#[test]
fn a_filter_holds_a_hundred_terms_and_short_quotations() {
    let many = Filter::parse(Some(&"number=L1;".repeat(30_000)));
    assert_eq!(many.terms.len(), 100);
    assert_eq!(
        texts(&many.warnings),
        ["Filter terms after the first 100 are ignored"]
    );

    let long = Filter::parse(Some(&"x".repeat(60_000)));
    assert!(long.warnings[0].text.len() < 200);

    let clamped = Filter::parse(Some("items=5000"));
    assert_eq!(clamped.page_size, 1000);
    assert_eq!(
        texts(&clamped.warnings),
        ["Filter items 5000 is outside of 1 to 1000, 1000 is used"]
    );
}
