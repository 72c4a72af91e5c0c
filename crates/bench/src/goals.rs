//! What is promised, from `spec/performance.md` section 6: a floor that must hold, a goal, and what
//! the machine's physics would allow.

/// Which way is better.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    More,
    Less,
}

/// The marks of one figure.
#[derive(Clone, Copy)]
pub(crate) struct Marks {
    pub(crate) better: Better,
    pub(crate) floor: Option<f64>,
    pub(crate) goal: f64,
    pub(crate) moonshot: f64,
}

impl Marks {
    const fn more(floor: f64, goal: f64, moonshot: f64) -> Self {
        Self {
            better: Better::More,
            floor: Some(floor),
            goal,
            moonshot,
        }
    }

    const fn less(goal: f64, moonshot: f64) -> Self {
        Self {
            better: Better::Less,
            floor: None,
            goal,
            moonshot,
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

pub(crate) const V0: Marks = Marks::more(0.60, 0.75, 0.90);
pub(crate) const V0_CPU: Marks = Marks::less(1.5, 1.2);
pub(crate) const V20: Marks = Marks::more(0.45, 0.70, 0.80);
pub(crate) const W100: Marks = Marks::more(20.0, 100.0, 200.0);
pub(crate) const P99: Marks = Marks::less(3.0, 2.0);
pub(crate) const RSS_10K: Marks = Marks::less(40.0, 25.0);
pub(crate) const RSS_1M: Marks = Marks::less(450.0, 256.0);
pub(crate) const START_10K: Marks = Marks::less(0.3, 0.1);
pub(crate) const START_1M: Marks = Marks::less(4.0, 1.5);
