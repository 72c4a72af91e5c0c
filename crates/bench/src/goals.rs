//! What is promised, from `spec/performance.md` section 6: a floor that must hold, a goal, and what
//! the machine's physics would allow.

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    More,
    Less,
}

/// The marks of one figure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    better: Better,
    pub(crate) floor: Option<f64>,
    pub(crate) goal: f64,
    pub(crate) moonshot: Option<f64>,
}

impl Marks {
    const fn more(floor: f64, goal: f64, moonshot: f64) -> Self {
        Self {
            better: Better::More,
            floor: Some(floor),
            goal,
            moonshot: Some(moonshot),
        }
    }

    const fn less(goal: f64, moonshot: f64) -> Self {
        Self {
            moonshot: Some(moonshot),
            ..Self::at_most(goal)
        }
    }

    const fn at_most(goal: f64) -> Self {
        Self {
            better: Better::Less,
            floor: None,
            goal,
            moonshot: None,
        }
    }

    /// True when `figure` is as good as `mark`.
    pub(crate) fn reaches(&self, figure: f64, mark: f64) -> bool {
        match self.better {
            Better::More => figure >= mark,
            Better::Less => figure <= mark,
        }
    }
}

// Throughput, in shares of the bare server's.
pub(crate) const V0: Marks = Marks::more(0.60, 0.75, 0.90);
pub(crate) const V20: Marks = Marks::more(0.45, 0.70, 0.80);
pub(crate) const TLS: Marks = Marks::more(0.45, 0.60, 0.70);
pub(crate) const SIGNED_COLD: Marks = Marks::more(0.25, 0.33, 0.40);
pub(crate) const SIGNED_WARM: Marks = Marks::more(0.50, 0.65, 0.80);
/// In shares of what callers with an API key get.
pub(crate) const PASSWORD: Marks = Marks::more(0.95, 0.98, 1.0);
pub(crate) const V0_CPU: Marks = Marks::less(1.5, 1.2);

// Durable writes, in multiples of the plainest way.
pub(crate) const GROUPED: Marks = Marks::more(20.0, 100.0, 200.0);
pub(crate) const HOT_POSTGRES: Marks = Marks::more(15.0, 20.0, 25.0);
pub(crate) const STORE_POSTGRES: Marks = Marks::more(3.0, 5.0, 7.0);
pub(crate) const TWO_NODES: Marks = Marks {
    floor: None,
    ..Marks::more(0.0, 1.8, 1.95)
};

// Latency: of the bare server's p99, and in milliseconds.
pub(crate) const P99: Marks = Marks::at_most(3.0);
pub(crate) const STALL_MS: Marks = Marks::at_most(50.0);

// Resources: megabytes, seconds, kilobytes.
pub(crate) const RSS_EMPTY: Marks = Marks::less(20.0, 12.0);
pub(crate) const RSS_10K: Marks = Marks::less(40.0, 25.0);
pub(crate) const RSS_1M: Marks = Marks::less(450.0, 256.0);
pub(crate) const START_10K: Marks = Marks::less(0.3, 0.1);
pub(crate) const START_1M: Marks = Marks::less(4.0, 1.5);
pub(crate) const START_1M_COLD: Marks = Marks::less(6.0, 2.5);
pub(crate) const RECOVERY: Marks = Marks::less(1.0, 0.3);
pub(crate) const GROWTH_LOSS_PERCENT: Marks = Marks::less(10.0, 3.0);
pub(crate) const GROWTH_CPU: Marks = Marks::at_most(1.15);
pub(crate) const FILE_KB: Marks = Marks::less(0.6, 0.4);
pub(crate) const FAILOVER: Marks = Marks::less(30.0, 10.0);

// The agent: shares of the server, seconds, megabytes.
pub(crate) const AGENT_V0: Marks = Marks::more(0.90, 0.95, 1.0);
pub(crate) const AGENT_TOGETHER: Marks = Marks::at_most(20.0);
pub(crate) const AGENT_PEAK: Marks = Marks::at_most(512.0);
pub(crate) const AGENT_RSS: Marks = Marks::at_most(40.0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_reached_from_its_own_side() {
        assert!(V0.reaches(0.60, 0.60));
        assert!(!V0.reaches(0.59, 0.60));
        assert!(RSS_10K.reaches(40.0, 40.0));
        assert!(!RSS_10K.reaches(40.1, 40.0));
    }
}
