//! The `filter` parameter and paging (wire contract, section 3).

use std::collections::HashSet;

use leasehold_model::property::boolean;

use crate::context::{Item, Items, Page};
use crate::info::Info;

/// Items of a page at most, and when the filter does not say.
const MAX_PAGE_SIZE: usize = 1000;
/// Terms of a filter at most; a filter of many thousands would be compared with every item.
const MAX_TERMS: usize = 100;

/// A parsed filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Pages count from 0.
    pub page: usize,
    /// 1 to 1000.
    pub page_size: usize,
    /// All must match.
    pub terms: Vec<(String, String)>,
    /// What was ignored or clamped, to be told in the reply.
    pub warnings: Vec<Info>,
}

impl Filter {
    /// Reads the parameter; `None` when it is absent.
    ///
    /// Terms are separated by `;`, name and value by the first `=`. What cannot be read is
    /// ignored and told in a warning, as is everything after the hundredth term.
    pub fn parse(text: Option<&str>) -> Self {
        let mut filter = Self {
            page: 0,
            page_size: MAX_PAGE_SIZE,
            terms: Vec::new(),
            warnings: Vec::new(),
        };
        let terms = text.unwrap_or_default().split(';');
        let terms = terms.map(str::trim).filter(|term| !term.is_empty());
        for (place, term) in terms.enumerate() {
            if place == MAX_TERMS {
                filter.warn(format!(
                    "Filter terms after the first {MAX_TERMS} are ignored"
                ));
                break;
            }
            filter.read(term);
        }
        filter
    }

    fn read(&mut self, term: &str) {
        match term.split_once('=') {
            Some(("page", value)) => match value.parse() {
                Ok(page) => self.page = page,
                Err(_) => self.warn(format!("Filter page '{}' is no number", cut(value))),
            },
            Some(("items", value)) => match value.parse::<i64>() {
                Ok(items) => self.clamp(items),
                Err(_) => self.warn(format!("Filter items '{}' is no number", cut(value))),
            },
            Some((name, value)) if !name.is_empty() => {
                self.terms.push((name.to_owned(), value.to_owned()));
            }
            _ => self.warn(format!("Filter term '{}' is not key=value", cut(term))),
        }
    }

    fn clamp(&mut self, items: i64) {
        let clamped = items.clamp(1, 1000);
        self.page_size = usize::try_from(clamped).unwrap_or(MAX_PAGE_SIZE);
        if clamped != items {
            self.warn(format!(
                "Filter items {items} is outside of 1 to {MAX_PAGE_SIZE}, {clamped} is used"
            ));
        }
    }

    fn warn(&mut self, text: String) {
        self.warnings.push(Info::warning("filterIgnored", text));
    }

    /// True when `item` matches every term. A term whose name no item of the list knows is the
    /// caller's to report: see [`Filter::select`].
    pub fn matches(&self, item: &Item) -> bool {
        self.terms.iter().all(|(name, wanted)| {
            item.get(name).is_some_and(|value| {
                // Booleans are written in lower case and may be asked for in any.
                value == wanted
                    || (matches!(value, "true" | "false") && value.eq_ignore_ascii_case(wanted))
            })
        })
    }

    /// Takes the term `name`, a Boolean that stands for another term: true means `meaning`, false
    /// means nothing at all.
    pub fn with_shorthand(mut self, name: &str, meaning: (&str, &str)) -> Self {
        self.terms = std::mem::take(&mut self.terms)
            .into_iter()
            .filter_map(|(term, value)| {
                if term != name {
                    return Some((term, value));
                }
                match boolean(&value) {
                    Some(true) => Some((meaning.0.to_owned(), meaning.1.to_owned())),
                    Some(false) => None,
                    // Warned of like every other term that nobody knows.
                    None => Some((term, value)),
                }
            })
            .collect();
        self
    }

    /// Filters `all` (in creation order), cuts the page out of it and counts. `known` are the
    /// standard names of the entity: a term that is neither among them nor a property of any item
    /// is ignored, and a warning says so.
    pub fn select(mut self, all: Vec<Item>, known: &[&str]) -> (Items, Vec<Info>) {
        self.drop_unknown(&all, known);
        let mut matching = all;
        if !self.terms.is_empty() {
            matching.retain(|item| self.matches(item));
        }
        let total_items = matching.len();
        let total_pages = total_items.div_ceil(self.page_size);
        // The first page of nothing is what clients know as the empty result.
        let number = if total_items == 0 { 0 } else { self.page };
        let start = number.saturating_mul(self.page_size).min(total_items);
        let items: Vec<Item> = matching
            .into_iter()
            .skip(start)
            .take(self.page_size)
            .collect();
        let page = Page {
            number,
            items: items.len(),
            total_pages,
            total_items,
            has_next: start + items.len() < total_items,
        };
        let items = Items {
            items,
            page: Some(page),
        };
        (items, self.warnings)
    }

    fn drop_unknown(&mut self, all: &[Item], known: &[&str]) {
        let mut unknown: HashSet<&str> = self.terms.iter().map(|(name, _)| name.as_str()).collect();
        unknown.retain(|name| !known.contains(name));
        if unknown.is_empty() {
            return;
        }
        for property in all.iter().flat_map(|item| &item.properties) {
            unknown.remove(&*property.name);
        }
        let unknown: HashSet<String> = unknown.into_iter().map(str::to_owned).collect();
        let (ignored, terms) = std::mem::take(&mut self.terms)
            .into_iter()
            .partition(|(name, _)| unknown.contains(name));
        self.terms = terms;
        let ignored: Vec<(String, String)> = ignored;
        for (name, _) in ignored {
            self.warn(format!("Filter key '{}' is not known", cut(&name)));
        }
    }
}

/// A quotation for a text that somebody reads.
fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}
