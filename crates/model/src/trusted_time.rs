//! Trusted time: what time it is on a machine whose clock its owner can set (agent specification, 11).
//!
//! Time has come at least as far as anybody has seen it: the high-water mark, and the moment when the
//! newest package was made. While a program runs, a clock that nobody can set tells how much has passed
//! since its start, so that setting the system's clock changes nothing until the next one.

use jiff::{SignedDuration, Timestamp};

/// A system's clock may be off by so much, and nothing is said.
pub const MAX_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A clock that is behind by more has been tampered with, or its battery is empty (AG-54).
pub const MAX_BEHIND: SignedDuration = SignedDuration::from_hours(24);

/// What was known at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// How far time had been seen to come.
    pub mark: Timestamp,
    /// What the system's clock said.
    pub system: Timestamp,
}

/// The time, and what is to be thought of the system's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedTime {
    /// Never before the mark.
    pub now: Timestamp,
    /// How the system's clock stands to it.
    pub clock: ClockState,
}

/// How the system's clock stands to trusted time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockState {
    /// As it should.
    Good,
    /// Behind by more than [`MAX_SKEW`]: time goes on from the mark.
    Behind,
    /// Behind by more than [`MAX_BEHIND`], and so at the start already: nothing is granted until it is
    /// set right.
    Tampered,
    /// Set ahead while the program ran: it does not count (AG-55).
    Ahead,
}

impl Start {
    /// The time once `elapsed` has passed since the start, when the system's clock says `system`.
    /// Source: AG-54, AG-55. A clock that is set back after the start, however far, is merely behind: what
    /// has passed is known without it. The next start sees how far it is from the mark. One that was set ahead while nothing ran cannot be told from time that
    /// has passed.
    pub fn judge(&self, elapsed: SignedDuration, system: Timestamp) -> TrustedTime {
        let begun = self.mark.max(self.system);
        let due = begun.saturating_add(elapsed).unwrap_or(Timestamp::MAX);
        let behind = due.duration_since(system);
        let has_begun_behind = self.mark.duration_since(self.system) > MAX_BEHIND;
        let clock = if behind > MAX_BEHIND && has_begun_behind {
            ClockState::Tampered
        } else if behind > MAX_SKEW {
            ClockState::Behind
        } else if behind < -MAX_SKEW {
            ClockState::Ahead
        } else {
            ClockState::Good
        };
        let now = match clock {
            ClockState::Good => due.max(system),
            _ => due,
        };
        TrustedTime { now, clock }
    }
}

/// How far time has come, as it is kept over restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The latest instant seen.
    pub seen: Timestamp,
    /// When the newest package was made.
    pub anchor: Timestamp,
}

impl Mark {
    /// The mark once a package has come that was made at `made_at`, when the system's clock is judged to
    /// be `clock`. A later package than all before moves time on. It takes it back only where the clock
    /// was found tampered with, which is the way out when a wrong clock had carried the mark away
    /// (AG-54); an earlier package tells nothing.
    pub fn anchored(before: Option<Self>, made_at: Timestamp, clock: ClockState) -> Self {
        match before {
            Some(before) if made_at <= before.anchor => before,
            Some(before) if clock != ClockState::Tampered => Self {
                seen: before.seen.max(made_at),
                anchor: made_at,
            },
            _ => Self {
                seen: made_at,
                anchor: made_at,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn clocks_are_judged_by_the_mark_and_by_what_has_passed() {
        let mark = at("2026-06-10T12:00:00Z");
        for (start, passed_min, system, now, clock) in [
            // As it should be, after a night's rest too.
            (
                "2026-06-10T12:00:00Z",
                60,
                "2026-06-10T13:00:00Z",
                "2026-06-10T13:00:00Z",
                ClockState::Good,
            ),
            (
                "2026-08-01T00:00:00Z",
                1,
                "2026-08-01T00:01:00Z",
                "2026-08-01T00:01:00Z",
                ClockState::Good,
            ),
            // A clock may be set right by a little, forth and back.
            (
                "2026-06-10T12:00:00Z",
                60,
                "2026-06-10T13:04:00Z",
                "2026-06-10T13:04:00Z",
                ClockState::Good,
            ),
            (
                "2026-06-10T12:00:00Z",
                60,
                "2026-06-10T12:56:00Z",
                "2026-06-10T13:00:00Z",
                ClockState::Good,
            ),
            // Set back while nothing ran, by hours and by days (AG-54).
            (
                "2026-06-10T08:00:00Z",
                60,
                "2026-06-10T09:00:00Z",
                "2026-06-10T13:00:00Z",
                ClockState::Behind,
            ),
            (
                "2026-06-01T12:00:00Z",
                60,
                "2026-06-01T13:00:00Z",
                "2026-06-10T13:00:00Z",
                ClockState::Tampered,
            ),
            // And set right again.
            (
                "2026-06-01T12:00:00Z",
                60,
                "2026-06-10T13:00:00Z",
                "2026-06-10T13:00:00Z",
                ClockState::Good,
            ),
            // Set back while it ran.
            (
                "2026-06-10T12:00:00Z",
                60,
                "2026-06-10T03:00:00Z",
                "2026-06-10T13:00:00Z",
                ClockState::Behind,
            ),
            // Set ahead while it ran (AG-55).
            (
                "2026-06-10T12:00:00Z",
                60,
                "2027-01-01T00:00:00Z",
                "2026-06-10T13:00:00Z",
                ClockState::Ahead,
            ),
        ] {
            let start = Start {
                mark,
                system: at(start),
            };
            let judged = start.judge(SignedDuration::from_mins(passed_min), at(system));
            let expected = TrustedTime {
                now: at(now),
                clock,
            };
            assert_eq!(judged, expected, "{start:?}, {system}");
        }
    }

    #[test]
    fn time_runs_on_whatever_the_clock_says() {
        let mark = at("2026-06-10T12:00:00Z");
        for hours in [-100_000, -30, -1, 0, 1, 30, 100_000] {
            let system = mark + SignedDuration::from_hours(hours);
            let start = Start { mark, system };
            let mut before = mark;
            for passed in 0..200 {
                // The clock jumps about while it runs.
                let jump = SignedDuration::from_hours(passed * 37 % 100 - 50);
                let now = start
                    .judge(SignedDuration::from_mins(passed), system + jump)
                    .now;
                assert!(now >= before - MAX_SKEW, "{now} before {before}");
                assert!(now >= mark);
                before = now;
            }
        }
    }

    #[test]
    fn what_was_set_back_while_it_ran_counts_at_the_next_start() {
        let mark = at("2026-06-10T12:00:00Z");
        let begun = Start { mark, system: mark };
        let back = mark - SignedDuration::from_hours(100 * 24);
        let judged = begun.judge(SignedDuration::from_hours(1), back);
        assert_eq!(judged.now, mark + SignedDuration::from_hours(1));
        assert_eq!(judged.clock, ClockState::Behind);
        let again = Start { mark, system: back };
        let judged = again.judge(SignedDuration::ZERO, back);
        assert_eq!(judged.clock, ClockState::Tampered);
    }

    #[test]
    fn a_later_package_takes_time_back_only_from_a_clock_that_was_tampered_with() {
        let mark = Mark {
            seen: at("2030-01-01T00:00:00Z"),
            anchor: at("2026-01-01T00:00:00Z"),
        };
        let earlier = at("2025-12-31T00:00:00Z");
        let later = at("2026-02-01T00:00:00Z");
        let latest = at("2031-01-01T00:00:00Z");
        let told = |seen, anchor| Mark { seen, anchor };
        let clocks = [ClockState::Good, ClockState::Behind, ClockState::Ahead];
        for clock in clocks.into_iter().chain([ClockState::Tampered]) {
            let anchored = |made_at| Mark::anchored(Some(mark), made_at, clock);
            assert_eq!(anchored(earlier), mark);
            let seen = match clock {
                ClockState::Tampered => later,
                _ => mark.seen,
            };
            assert_eq!(anchored(later), told(seen, later), "{clock:?}");
            assert_eq!(anchored(latest), told(latest, latest));
            assert_eq!(Mark::anchored(None, later, clock), told(later, later));
        }
    }
}
