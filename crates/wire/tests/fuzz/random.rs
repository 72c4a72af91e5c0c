//! Random choices that can be had again.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A small generator (SplitMix64), as the testkit has it, which needs this crate and hence cannot
/// lend it.
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// `LEASEHOLD_SEED`, or else always the same one in a short run, and another in each long one.
    pub(crate) fn seed(is_long: bool) -> u64 {
        match std::env::var("LEASEHOLD_SEED") {
            Ok(text) => text.parse().expect("LEASEHOLD_SEED is a decimal number"),
            Err(_) if is_long => RandomState::new().build_hasher().finish(),
            Err(_) => 1,
        }
    }

    /// Below `bound`, which must not be 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap();
        usize::try_from(self.next() % bound).unwrap()
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
