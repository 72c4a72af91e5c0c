//! Random choices that can be had again: a failing run prints its seed, and `LEASEHOLD_SEED`
//! repeats it.

/// A small generator (SplitMix64). Good for choosing moments, for nothing else.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    /// Begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The seed of this run: `LEASEHOLD_SEED`, or else drawn.
    pub fn seed() -> u64 {
        match std::env::var("LEASEHOLD_SEED") {
            Ok(text) => text.parse().expect("LEASEHOLD_SEED is a decimal number"),
            Err(_) => {
                let mut bytes = [0; 8];
                leasehold_service::numbers::fill(&mut bytes);
                u64::from_le_bytes(bytes)
            }
        }
    }

    /// The next number below `bound`, which must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
