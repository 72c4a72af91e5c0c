//! Time licenses in a row (SUB-1 to SUB-7): one bought before the end of
//! another extends it, a gap opens a new block, and grace days bridge a gap
//! without being given away.

use alloc::vec::Vec;
use jiff::Timestamp;

use super::level;
use crate::change::LicenseeChange;
use crate::license::License;
use crate::licensee::WarningLevel;
use crate::property::Given;
use crate::volume::{Period, TimeVolume};

/// How long a right outlives its block: the longest of the grace licenses. Days and months do not
/// compare, but of each kind only the longest can matter.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Grace {
    by_days: Option<TimeVolume>,
    by_months: Option<TimeVolume>,
}

/// A time without a gap: `begin <= now < end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Where it begins.
    pub(super) begin: Timestamp,
    /// Where it ends.
    pub(super) end: Timestamp,
}

/// How a chain stands at one instant.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Standing<'a> {
    /// The block that is running.
    pub(super) running: Option<Block>,
    /// The license whose segment is running.
    pub(super) in_force: Option<&'a License>,
    /// The end of the latest block that is over.
    pub(super) ended: Option<Timestamp>,
    /// The first begin of a later block.
    pub(super) next_block: Option<Timestamp>,
    /// The first begin of a later segment.
    pub(super) next_segment: Option<Timestamp>,
}

/// What a chain allows at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Within this block.
    Block(Block),
    /// In grace until then.
    Grace(Timestamp),
}

/// Dates the undated among `licenses` and tells how they stand at `now`.
///
/// `licenses` are active, regular and sorted by number; those without a usable volume or with an
/// unusable date are passed over.
pub(super) fn stand<'a>(
    licenses: impl Iterator<Item = &'a License>,
    grace: Grace,
    changes: &mut Vec<LicenseeChange>,
    now: Timestamp,
) -> Standing<'a> {
    let mut dated = Vec::new();
    let mut undated = Vec::new();
    for license in licenses {
        let Some(volume) = license.terms().volume else {
            continue;
        };
        match license.start_date.as_ref().map(Given::value) {
            Some(Some(&start)) => dated.push(Link {
                start,
                volume,
                license,
            }),
            Some(None) => {}
            None => undated.push((license, volume)),
        }
    }
    sort(&mut dated);
    let standing = walk(&dated, grace, now);
    if undated.is_empty() {
        return standing;
    }
    // A renewal in grace continues the block, so that grace days are never free days (SUB-7).
    let start = match (standing.right(grace, now), standing.ended) {
        (Some(Right::Grace(_)), Some(ended)) => ended,
        _ => now,
    };
    for (license, volume) in undated {
        changes.push(LicenseeChange::Start {
            license: license.number.clone(),
            at: start,
        });
        dated.push(Link {
            start,
            volume,
            license,
        });
    }
    sort(&mut dated);
    walk(&dated, grace, now)
}

impl Grace {
    /// The grace that `licenses` give: active grace licenses, of which those without a usable
    /// volume give none.
    pub(super) fn of<'a>(licenses: impl Iterator<Item = &'a License>) -> Self {
        let volumes = licenses.filter_map(|license| license.terms().volume);
        volumes.fold(Self::default(), Self::or)
    }

    /// This grace or that of `volume`, whichever is longer.
    fn or(mut self, volume: TimeVolume) -> Self {
        let (longest, units) = match volume.period {
            Period::Day => (&mut self.by_days, 1),
            Period::Week => (&mut self.by_days, 7),
            Period::Month => (&mut self.by_months, 1),
            Period::Year => (&mut self.by_months, 12),
        };
        let period = if matches!(volume.period, Period::Day | Period::Week) {
            Period::Day
        } else {
            Period::Month
        };
        let count = volume.count.saturating_mul(units);
        if longest.is_none_or(|longest| longest.count < count) {
            *longest = Some(TimeVolume { count, period });
        }
        self
    }

    /// The longer of two graces.
    pub(super) fn max(self, other: Self) -> Self {
        [other.by_days, other.by_months]
            .into_iter()
            .flatten()
            .fold(self, Self::or)
    }

    /// Until when it bridges, for a block that ends at `end`; `end` itself without any grace.
    fn until(self, end: Timestamp) -> Timestamp {
        [self.by_days, self.by_months]
            .into_iter()
            .flatten()
            .map(|volume| volume.end(end))
            .fold(end, Timestamp::max)
    }
}

impl Standing<'_> {
    /// What is allowed at the instant `now` that this standing was made for (SUB-4, SUB-7).
    pub(super) fn right(&self, grace: Grace, now: Timestamp) -> Option<Right> {
        if let Some(block) = self.running {
            return Some(Right::Block(block));
        }
        let until = grace.until(self.ended?);
        (now < until).then_some(Right::Grace(until))
    }
}

impl Block {
    /// How much of it is over (SUB-6).
    pub(super) fn level(self, now: Timestamp) -> WarningLevel {
        let elapsed = |at: Timestamp| at.as_millisecond() - self.begin.as_millisecond();
        level::of_time(elapsed(now), elapsed(self.end))
    }
}

impl Right {
    /// When it ends.
    pub(super) fn expires(self) -> Timestamp {
        match self {
            Self::Block(block) => block.end,
            Self::Grace(until) => until,
        }
    }

    /// It is grace only.
    pub(super) fn is_grace(self) -> bool {
        matches!(self, Self::Grace(_))
    }
}

struct Link<'a> {
    start: Timestamp,
    volume: TimeVolume,
    license: &'a License,
}

fn sort(links: &mut [Link<'_>]) {
    links.sort_unstable_by_key(|link| (link.start, &link.license.number));
}

fn walk<'a>(links: &[Link<'a>], grace: Grace, now: Timestamp) -> Standing<'a> {
    let mut standing = Standing::default();
    let mut current: Option<Block> = None;
    for link in links {
        let begin = match current {
            // Without grace `until` is the block's end itself, which continues the block too.
            Some(block) if link.start <= block.end || link.start < grace.until(block.end) => {
                block.end
            }
            _ => link.start,
        };
        let end = link.volume.end(begin);
        if begin > now {
            standing.next_segment.get_or_insert(begin);
        } else if now < end {
            standing.in_force = Some(link.license);
        }
        current = Some(match current {
            Some(block) if block.end == begin => Block { end, ..block },
            over => {
                standing.close(over, now);
                Block { begin, end }
            }
        });
    }
    standing.close(current, now);
    standing
}

impl Standing<'_> {
    /// Takes note of a complete block; they come in the order of time.
    fn close(&mut self, block: Option<Block>, now: Timestamp) {
        let Some(block) = block else { return };
        if block.begin > now {
            self.next_block.get_or_insert(block.begin);
        } else if now < block.end {
            self.running = Some(block);
        } else {
            self.ended = Some(block.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{LicenseNumber, LicenseTemplateNumber};
    use crate::timestamp::{format_timestamp, parse_timestamp};
    use alloc::format;
    use alloc::string::String;

    fn at(text: &str) -> Timestamp {
        parse_timestamp(text).unwrap()
    }

    /// Licenses A, B, … of so many days each; an empty start is none.
    fn licenses(terms: &[(&str, &str)]) -> Vec<License> {
        let letters = ["A", "B", "C", "D"];
        let licenses = letters.iter().zip(terms).map(|(number, (start, days))| {
            let properties = [("startDate", *start), ("timeVolume", *days)];
            License::new(
                LicenseNumber::parse(number).unwrap(),
                LicenseTemplateNumber::parse("T").unwrap(),
                properties.into_iter().collect(),
            )
        });
        licenses.collect()
    }

    fn grace(volumes: &[(i64, Period)]) -> Grace {
        let volumes = volumes.iter().map(|(count, period)| TimeVolume {
            count: *count,
            period: *period,
        });
        volumes.fold(Grace::default(), Grace::or)
    }

    /// "2026-01-05 G" for grace until then, "2026-01-05" for a block's end, "-" for no right; then
    /// the starts that were written.
    fn shown(terms: &[(&str, &str)], grace: Grace, now: &str) -> String {
        let licenses = licenses(terms);
        let mut changes = Vec::new();
        let standing = stand(licenses.iter(), grace, &mut changes, at(now));
        let day = |at: Timestamp| String::from(&format_timestamp(at)[..10]);
        let mut shown = match standing.right(grace, at(now)) {
            None => String::from("-"),
            Some(Right::Block(block)) => day(block.end),
            Some(Right::Grace(until)) => format!("{} G", day(until)),
        };
        for change in changes {
            let LicenseeChange::Start { license, at } = change else {
                panic!("a chain only starts licenses");
            };
            shown.push_str(&format!(" {license}:{}", day(at)));
        }
        shown
    }

    #[test]
    fn blocks_continue_and_gaps_open_new_ones() {
        let none = Grace::default();
        for (terms, now, right) in [
            (&[("2026-01-01", "10")][..], "2026-01-10", "2026-01-11"),
            (&[("2026-01-01", "10")], "2026-01-11", "-"),
            (&[("2026-01-02", "10")], "2026-01-01", "-"),
            // Bought before the end, exactly at it, and after it.
            (
                &[("2026-01-01", "10"), ("2026-01-05", "10")],
                "2026-01-10",
                "2026-01-21",
            ),
            (
                &[("2026-01-01", "10"), ("2026-01-11", "10")],
                "2026-01-10",
                "2026-01-21",
            ),
            (
                &[("2026-01-01", "10"), ("2026-01-12", "10")],
                "2026-01-10",
                "2026-01-11",
            ),
            (
                &[("2026-01-01", "10"), ("2026-01-12", "10")],
                "2026-01-11",
                "-",
            ),
            (
                &[("2026-01-01", "10"), ("2026-01-12", "10")],
                "2026-01-12",
                "2026-01-22",
            ),
            // Undated ones extend what runs, each behind the other, or start now.
            (
                &[("2026-01-01", "10"), ("", "5"), ("", "5")],
                "2026-01-03",
                "2026-01-21 B:2026-01-03 C:2026-01-03",
            ),
            (
                &[("2026-01-01", "10"), ("", "5")],
                "2026-01-11",
                "2026-01-16 B:2026-01-11",
            ),
            (
                &[("2026-01-01", "10"), ("", "5")],
                "2026-01-15",
                "2026-01-20 B:2026-01-15",
            ),
            // What cannot be used is neither counted nor started.
            (
                &[("2026-01-01", "0"), ("soon", "10"), ("", "x")],
                "2026-01-01",
                "-",
            ),
        ] {
            assert_eq!(shown(terms, none, now), right, "{terms:?} at {now}");
        }
    }

    #[test]
    fn grace_bridges_and_is_never_a_free_day() {
        let five_days = grace(&[(5, Period::Day)]);
        let renewed = |start| [("2026-01-01", "30"), (start, "30")];
        for (terms, now, right) in [
            (&[("2026-01-01", "30")][..], "2026-01-30", "2026-01-31"),
            (&[("2026-01-01", "30")], "2026-01-31", "2026-02-05 G"),
            (
                &[("2026-01-01", "30")],
                "2026-02-04T23:59:59.999Z",
                "2026-02-05 G",
            ),
            (&[("2026-01-01", "30")], "2026-02-05", "-"),
            // The documented example: undated, first validated in grace, and at its end.
            (&renewed(""), "2026-02-03", "2026-03-02 B:2026-01-31"),
            (&renewed(""), "2026-02-05", "2026-03-07 B:2026-02-05"),
            // Dated in grace: from the block's end, even before the date is reached.
            (&renewed("2026-02-04"), "2026-02-01", "2026-03-02"),
            (&renewed("2026-02-04"), "2026-01-10", "2026-03-02"),
            (&renewed("2026-02-05"), "2026-02-01", "2026-02-05 G"),
            (&renewed("2026-02-05"), "2026-02-05", "2026-03-07"),
            // Without a block that is over there is nothing to bridge.
            (&[("2026-03-01", "30")], "2026-02-27", "-"),
        ] {
            assert_eq!(shown(terms, five_days, now), right, "{terms:?} at {now}");
        }
    }

    #[test]
    fn the_longest_grace_counts_in_any_unit() {
        let ended = [("2026-01-01", "31")];
        for (volumes, until) in [
            (&[(27, Period::Day), (1, Period::Month)][..], "2026-03-01 G"),
            (&[(29, Period::Day), (1, Period::Month)], "2026-03-02 G"),
            (&[(4, Period::Week), (27, Period::Day)], "2026-03-01 G"),
            (&[(1, Period::Year), (11, Period::Month)], "2027-02-01 G"),
            (&[(i64::MAX, Period::Week)], "9999-12-30 G"),
        ] {
            assert_eq!(
                shown(&ended, grace(volumes), "2026-02-02"),
                until,
                "{volumes:?}"
            );
        }
    }
}
