//! Rounds in which the reference and the others take turns, so that a noisy neighbour troubles all
//! of them alike. Ratios are taken within a round, and of those the median.

use std::time::Duration;

use crate::load::{CONNECTIONS, Load, Requests};
use crate::process::{Server, own_cpu};
use crate::stats::{median, spread};

/// Beyond this spread of the reference, only ratios of processor time decide.
const NOISY: f64 = 1.5;

/// Who takes part.
pub(crate) struct Entrant<'a> {
    pub(crate) server: &'a Server,
    pub(crate) requests: Requests,
}

/// One round of one entrant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    pub(crate) per_second: f64,
    /// The server's processor time for a request.
    pub(crate) cpu_us: f64,
    /// The load generator's.
    pub(crate) own_cpu_us: f64,
}

/// All rounds of one entrant.
pub(crate) struct Rounds(Vec<Round>);

/// Lets all warm up, then take turns: in their order, in the next round reversed, and so on.
pub(crate) fn take_turns(
    entrants: &mut [Entrant<'_>],
    rounds: usize,
    time: Duration,
) -> anyhow::Result<Vec<Rounds>> {
    for entrant in &mut *entrants {
        entrant.run(time / 2)?;
    }
    let mut taken: Vec<Rounds> = entrants.iter().map(|_| Rounds(Vec::new())).collect();
    for round in 0..rounds {
        for at in turns(entrants.len(), round) {
            taken[at].0.push(entrants[at].run(time)?);
        }
    }
    Ok(taken)
}

/// Whose turn it is, in this round.
pub(crate) fn turns(entrants: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..entrants).collect();
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

impl Entrant<'_> {
    fn run(&mut self, time: Duration) -> anyhow::Result<Round> {
        // A server may close connections that rest for long, so every turn has its own.
        let mut load = Load::open(&self.server.address, CONNECTIONS)?;
        let (before, own_before) = (self.server.cpu()?, own_cpu()?);
        let answered = load.closed(&mut self.requests, time)?;
        let each_us = |since: f64, until: f64| (until - since) * 1e6 / answered.count as f64;
        Ok(Round {
            per_second: answered.per_second(),
            cpu_us: each_us(before, self.server.cpu()?),
            own_cpu_us: each_us(own_before, own_cpu()?),
        })
    }
}

impl Rounds {
    /// The middle one of a figure.
    pub(crate) fn median(&self, figure: impl Fn(&Round) -> f64) -> f64 {
        median(self.0.iter().map(figure))
    }

    /// The middle one of a figure's ratios to the reference's in the same round.
    pub(crate) fn ratio(&self, reference: &Rounds, figure: impl Fn(&Round) -> f64) -> f64 {
        let pairs = self.0.iter().zip(&reference.0);
        median(pairs.map(|(own, reference)| figure(own) / figure(reference)))
    }

    /// True when ratios to these rounds say more about the machine than about anybody in it.
    pub(crate) fn are_noisy(&self) -> bool {
        self.spread() > NOISY
    }

    pub(crate) fn spread(&self) -> f64 {
        spread(self.0.iter().map(|round| round.per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(per_second: &[f64]) -> Rounds {
        let round = |per_second: &f64| Round {
            per_second: *per_second,
            cpu_us: 10.0,
            own_cpu_us: 5.0,
        };
        Rounds(per_second.iter().map(round).collect())
    }

    #[test]
    fn every_second_round_is_reversed() {
        assert_eq!(turns(3, 0), [0, 1, 2]);
        assert_eq!(turns(3, 1), [2, 1, 0]);
        assert_eq!(turns(3, 2), [0, 1, 2]);
    }

    #[test]
    fn a_ratio_is_of_one_round() {
        // The machine was half as fast in the second round, for both.
        let (reference, own) = (rounds(&[100.0, 50.0, 80.0]), rounds(&[50.0, 25.0, 60.0]));
        assert_eq!(own.ratio(&reference, |round| round.per_second), 0.5);
        assert_eq!(own.median(|round| round.per_second), 50.0);
    }

    #[test]
    fn a_reference_that_varies_is_noisy() {
        assert!(!rounds(&[100.0, 150.0]).are_noisy());
        assert!(rounds(&[100.0, 151.0]).are_noisy());
    }
}
