//! How long a run measures, and on how much.

use std::time::Duration;

/// A run.
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    /// Licensees in the contest with the bare server.
    pub(crate) size: usize,
    pub(crate) rounds: usize,
    pub(crate) round: Duration,
    /// Of each turn in the open loop.
    pub(crate) latency: Duration,
    /// Of each measurement of durable writes, and of contention for seats.
    pub(crate) durable: Duration,
    /// Licensees that an agent has, and of how many: sizes of data there are.
    pub(crate) agents: &'static [(usize, usize)],
    /// What only a run before a release measures.
    pub(crate) release: Option<Release>,
}

/// What takes too long for each change.
pub(crate) struct Release {
    /// Licensees, from few to many; the contest's size is among them.
    pub(crate) sizes: &'static [usize],
    /// Changes before the kill.
    pub(crate) recovered: u64,
    pub(crate) soak: Duration,
}

/// For each change.
pub(crate) const QUICK: Plan = Plan {
    name: "quick",
    size: 10_000,
    rounds: 5,
    round: Duration::from_secs(1),
    latency: Duration::from_millis(1500),
    durable: Duration::from_secs(2),
    agents: &[(10_000, 10_000)],
    release: None,
};

/// Before a release.
pub(crate) const FULL: Plan = Plan {
    name: "full",
    size: 1_000_000,
    rounds: 7,
    round: Duration::from_secs(3),
    latency: Duration::from_secs(5),
    durable: Duration::from_secs(5),
    agents: &[(10_000, 10_000), (100_000, 100_000), (1000, 1_000_000)],
    release: Some(Release {
        sizes: &[10_000, 100_000, 1_000_000],
        recovered: 100_000,
        soak: Duration::from_secs(300),
    }),
};

/// A size as rows are called by it.
pub(crate) fn sized(licensees: usize) -> String {
    match licensees {
        _ if licensees >= 1_000_000 && licensees.is_multiple_of(1_000_000) => {
            format!("{}M", licensees / 1_000_000)
        }
        _ if licensees >= 1000 && licensees.is_multiple_of(1000) => {
            format!("{}k", licensees / 1000)
        }
        _ => licensees.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_short() {
        let sizes = [0, 10, 1500, 10_000, 1_000_000, 1_000_001].map(sized);
        assert_eq!(sizes, ["0", "10", "1500", "10k", "1M", "1000001"]);
    }

    #[test]
    fn a_release_is_measured_on_the_size_of_its_contest_too() {
        let release = FULL.release.unwrap();
        assert!(release.sizes.contains(&FULL.size));
        let agents = FULL.agents.iter();
        assert!(
            agents
                .map(|(_, of)| of)
                .all(|of| release.sizes.contains(of))
        );
    }
}
