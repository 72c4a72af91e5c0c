//! Filters.

use leasehold_wire::context::Item;
use leasehold_wire::filter::Filter;
use leasehold_wire::info::{Info, InfoKind};

use super::{Outcome, magnitude};

const KNOWN: &[&str] = &["number", "active", "name"];

/// The filter is within its limits and comes back from its text; its pages are those of the list
/// that it selects, none longer than it asks for.
///
/// An input that is not UTF-8 never reaches a filter, so its broken bytes are replaced.
pub(crate) fn filter(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let filter = Filter::parse(Some(&text));
    within_limits(&filter);
    comes_back(&filter);

    let all = items(&filter);
    let terms: Vec<_> = filter.terms.iter().collect();
    let used = used_terms(&filter, &all);
    let matching: Vec<&Item> = all.iter().filter(|item| naive_match(&used, item)).collect();
    for item in &all {
        assert_eq!(filter.matches(item), naive_match(&terms, item));
    }

    let (page, warnings) = select(&filter, &all, &matching);
    let pages = matching.len().div_ceil(filter.page_size);
    // Page by page, it is everything that matches, once. Some inputs do for that.
    if data.len().is_multiple_of(4) {
        let mut walked = Vec::new();
        for page in 0..=pages {
            let at = Filter {
                page,
                ..filter.clone()
            };
            walked.extend(select(&at, &all, &matching).0);
        }
        assert!(walked.iter().eq(matching.iter().copied()));
    }

    let shape = vec![
        magnitude(filter.terms.len()).min(4),
        magnitude(used.len()).min(3),
        magnitude(filter.page).min(3),
        magnitude(filter.page_size) / 3,
        magnitude(matching.len()).min(2),
        magnitude(page.len()).min(2),
        warning_kinds(&warnings),
    ];
    // Everything is read; what was ignored is told.
    match filter.warnings.is_empty() {
        true => Outcome::Accepted(shape),
        false => Outcome::Refused(format!("{shape:?}")),
    }
}

fn within_limits(filter: &Filter) {
    assert!((1..=1000).contains(&filter.page_size));
    assert!(filter.terms.len() <= 100);
    assert!(filter.warnings.len() <= 101);
    for (name, value) in &filter.terms {
        assert!(!name.is_empty() && name != "page" && name != "items");
        assert!(!name.contains(['=', ';']) && !value.contains(';'));
    }
}

/// Written and read again, it is the same filter, and nothing is left to warn of.
fn comes_back(filter: &Filter) {
    let mut text = format!("items={}; page={}", filter.page_size, filter.page);
    for (name, value) in filter.terms.iter().take(98) {
        text += &format!(" ;{name}={value}");
    }
    let mut expected = filter.clone();
    expected.terms.truncate(98);
    expected.warnings.clear();
    assert_eq!(Filter::parse(Some(&text)), expected);
}

/// A few items, one of which holds what the filter asks for.
fn items(filter: &Filter) -> Vec<Item> {
    let mut all: Vec<Item> = (0..7)
        .map(|at| {
            let mut item = Item::new("License");
            item.put("number", format!("L{at}"));
            item.put("active", (at % 2 == 0).to_string());
            match at {
                0 => drop(item.put("region", "EU").put("formula", "x=y")),
                1 => drop(item.put_custom("a=b", "c").put("active", "other")),
                2 => drop(item.put("region", "TRUE").put("page", "1")),
                _ => {}
            }
            item
        })
        .collect();
    let mut asked = Item::new("License");
    for (name, value) in &filter.terms {
        if asked.get(name).is_none() && name.len() % 3 != 0 {
            asked.put_custom(name, value.as_str());
        }
    }
    all.push(asked);
    all
}

/// The terms that some item knows or could know.
fn used_terms<'a>(filter: &'a Filter, all: &[Item]) -> Vec<&'a (String, String)> {
    let is_known =
        |name: &str| KNOWN.contains(&name) || all.iter().any(|item| item.get(name).is_some());
    filter
        .terms
        .iter()
        .filter(|(name, _)| is_known(name))
        .collect()
}

fn naive_match(terms: &[&(String, String)], item: &Item) -> bool {
    terms.iter().all(|(name, wanted)| match item.get(name) {
        None => false,
        Some(truth @ ("true" | "false")) => wanted.to_ascii_lowercase() == truth,
        Some(value) => value == wanted,
    })
}

/// The page that the filter asks for, cut out of `matching`. Returns it and the warnings.
fn select(filter: &Filter, all: &[Item], matching: &[&Item]) -> (Vec<Item>, Vec<Info>) {
    let (items, warnings) = filter.clone().select(all.to_vec(), KNOWN);
    let page = items.page.expect("a list has a page");
    assert_eq!(page.items, items.items.len());
    assert!(page.items <= filter.page_size);
    assert_eq!(page.total_items, matching.len());
    assert_eq!(page.total_pages, matching.len().div_ceil(filter.page_size));
    assert_eq!(
        page.number,
        if matching.is_empty() { 0 } else { filter.page }
    );
    let before = page.number.saturating_mul(filter.page_size);
    assert!(
        items
            .items
            .iter()
            .eq(matching.iter().skip(before).take(filter.page_size).copied())
    );
    assert_eq!(
        page.has_next,
        matching.len().saturating_sub(before) > filter.page_size
    );

    let unknown = filter.terms.len() - used_terms(filter, all).len();
    assert_eq!(warnings.len(), filter.warnings.len() + unknown);
    for warning in &warnings {
        assert_eq!(
            (warning.id.as_str(), warning.kind),
            ("filterIgnored", InfoKind::Warning)
        );
        assert!(warning.text.chars().count() < 200);
    }
    (items.items, warnings)
}

/// Which kinds of warning there are.
fn warning_kinds(warnings: &[Info]) -> u8 {
    const KINDS: [&str; 6] = [
        "Filter terms after",
        "is not key=value",
        "Filter key",
        "Filter page",
        "Filter items '",
        "is outside of",
    ];
    let is_there = |kind: &&str| warnings.iter().any(|warning| warning.text.contains(kind));
    KINDS
        .iter()
        .fold(0, |kinds, kind| kinds * 2 + u8::from(is_there(kind)))
}
