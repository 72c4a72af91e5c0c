//! Row ids: 64 bits, ordered by time, made here. They never leave the crate.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) i64);
    )*};
}

ids! {
    /// A vendor's row.
    VendorId;
    /// A product's row.
    ProductId;
    /// A module's row.
    ModuleId;
    /// A template's row.
    TemplateId;
    /// A licensee's row.
    LicenseeId;
    /// A license's row.
    LicenseId;
    /// A token's row.
    TokenId;
    /// An import's row.
    ImportId;
    /// A bundle's row.
    BundleId;
    /// A notification's row.
    NotificationId;
    /// A transaction's row.
    TransactionId;
    /// An event's row; of one licensee they rise in the order of what happened.
    EventId;
}

/// How far the audit log reaches: the position of its newest row. Several nodes that share a database
/// follow each other by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Position(pub(crate) i64);

/// Which of several nodes that share a database; 0 where there is but one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct NodeNumber(pub(crate) u8);

/// Makes ids: the milliseconds of `now` above, a counter of 20 bits below. They only ever rise,
/// even when the clock is set back, so that the order of ids is the order of creation.
///
/// Nodes that share a database make no id twice: the lowest byte is the node's number.
#[derive(Debug)]
pub(crate) struct Ids {
    last: AtomicI64,
    node: Option<NodeNumber>,
}

impl Ids {
    /// Continues after `last`, the largest id in use. `node`: which of several makes them.
    pub(crate) fn after(last: i64, node: Option<NodeNumber>) -> Self {
        Self {
            last: AtomicI64::new(last),
            node,
        }
    }

    /// Another node has made `id`: what follows is larger, so that the order of ids is the order of
    /// what happened to one licensee, whichever nodes it happened on.
    pub(crate) fn raise(&self, id: i64) {
        self.last.fetch_max(id, Ordering::Relaxed);
    }

    /// The largest id made or seen.
    pub(crate) fn newest(&self) -> i64 {
        self.last.load(Ordering::Relaxed)
    }

    /// An id larger than all before.
    pub(crate) fn next(&self, now: Timestamp) -> i64 {
        const COUNTER_BITS: u32 = 20;
        // 2^42 ms reach to the year 2109; a clock beyond it counts on from there.
        let floor = now.as_millisecond().clamp(0, (1 << 42) - 1) << COUNTER_BITS;
        let following = |last: i64| self.own(floor.max(last.saturating_add(1)));
        let before = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(following(last))
            });
        following(before.unwrap_or_else(|last| last))
    }

    /// The least id of this node from `id` on.
    fn own(&self, id: i64) -> i64 {
        const NODES: i64 = 1 << 8;
        match self.node {
            None => id,
            Some(NodeNumber(node)) => {
                let own = (id & !(NODES - 1)) | i64::from(node);
                if own < id { own + NODES } else { own }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_when_the_clock_is_set_back() {
        let ids = Ids::after(0, None);
        let late = ids.next(Timestamp::from_second(2_000_000_000).unwrap());
        let early = ids.next(Timestamp::from_second(1_000_000_000).unwrap());
        assert_eq!(early, late + 1);
        assert!(ids.next(Timestamp::MAX) > early);
        assert!(ids.next(Timestamp::MIN) > early);
    }

    #[test]
    fn nodes_make_no_id_twice_and_follow_each_other() {
        let [one, two] = [1, 2].map(|node| Ids::after(0, Some(NodeNumber(node))));
        let now = Timestamp::from_second(1_000_000_000).unwrap();
        let mut made = Vec::new();
        for _ in 0..1000 {
            made.push(one.next(now));
            made.push(two.next(now));
        }
        let distinct: std::collections::BTreeSet<_> = made.iter().collect();
        assert_eq!(distinct.len(), made.len());
        let newest = one.next(now);
        two.raise(newest);
        assert!(two.next(Timestamp::MIN) > newest);
    }
}
