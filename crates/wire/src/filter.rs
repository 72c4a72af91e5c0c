//! The `filter` parameter and paging (wire contract, section 3).

use crate::context::{Item, Items};
use crate::info::Info;

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
    pub fn parse(_text: Option<&str>) -> Self {
        todo!()
    }

    /// True when `item` matches every term. A term whose name no item of the list knows is the
    /// caller's to report: see [`Filter::select`].
    pub fn matches(&self, _item: &Item) -> bool {
        todo!()
    }

    /// Filters `all` (in creation order), cuts the page out of it and counts. `known` are the
    /// standard names of the entity: a term that is neither among them nor a property of any item
    /// is ignored, and a warning says so.
    pub fn select(self, _all: Vec<Item>, _known: &[&str]) -> (Items, Vec<Info>) {
        todo!()
    }
}
