//! What a monitoring system reads of an agent, as text for Prometheus (exposition format 0.0.4).
//!
//! Counting costs a few atomic additions a validation; the rest is looked up when somebody asks.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How a validation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Every module that was asked about is valid.
    Valid,
    /// Some module is not.
    Invalid,
    /// The request was wrong: nobody of this number, an unreadable parameter.
    Refused,
    /// The agent could not answer.
    Failed,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Valid, Self::Invalid, Self::Refused, Self::Failed];

    fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Upper bounds of the classes that durations are counted in, in microseconds.
const BOUNDS_US: [u64; 9] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000,
];

/// What is counted while an agent answers.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    outcomes: [AtomicU64; Outcome::ALL.len()],
    /// How many took at most so long; the last ones took longer than any bound.
    durations: [AtomicU64; BOUNDS_US.len() + 1],
    duration_sum_us: AtomicU64,
    refused_sign_ins: AtomicU64,
}

impl Counters {
    /// A validation ended.
    pub(crate) fn validated(&self, outcome: Outcome, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let class = BOUNDS_US.partition_point(|bound| *bound < us);
        self.outcomes[outcome as usize].fetch_add(1, Ordering::Relaxed);
        self.durations[class].fetch_add(1, Ordering::Relaxed);
        self.duration_sum_us.fetch_add(us, Ordering::Relaxed);
    }

    /// Somebody showed wrong credentials.
    pub(crate) fn sign_in_refused(&self) {
        self.refused_sign_ins.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn write(&self, text: &mut Exposition) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let name = "leasehold_agent_validations_total";
        text.family(name, "counter", "Validations by how they ended.");
        for outcome in Outcome::ALL {
            let count = read(&self.outcomes[outcome as usize]);
            text.sample(name, &[("result", outcome.as_str())], count);
        }
        let name = "leasehold_agent_validation_seconds";
        text.family(name, "histogram", "How long deciding and storing took.");
        let mut sum = 0;
        let bucket = format!("{name}_bucket");
        for (class, counter) in self.durations.iter().enumerate() {
            sum += read(counter);
            let bound = match BOUNDS_US.get(class) {
                Some(us) => seconds(*us),
                None => "+Inf".to_owned(),
            };
            text.sample(&bucket, &[("le", &bound)], sum);
        }
        let total = seconds(read(&self.duration_sum_us));
        text.sample(&format!("{name}_sum"), &[], total);
        text.sample(&format!("{name}_count"), &[], sum);
        let name = "leasehold_agent_sign_ins_refused_total";
        text.family(name, "counter", "Requests with wrong credentials.");
        text.sample(name, &[], read(&self.refused_sign_ins));
    }
}

fn seconds(us: u64) -> String {
    let text = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
    let text = text.trim_end_matches('0');
    text.strip_suffix('.').unwrap_or(text).to_owned()
}

/// Text as Prometheus reads it.
#[derive(Debug, Default)]
pub(crate) struct Exposition(String);

impl Exposition {
    /// Begins the samples of one name.
    pub(crate) fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// One number, told apart from others of its name by labels.
    pub(crate) fn sample(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        value: impl std::fmt::Display,
    ) {
        self.0.push_str(name);
        for (at, (label, text)) in labels.iter().enumerate() {
            let text = escaped(text);
            let before = if at == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{before}{label}=\"{text}\"");
        }
        let end = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{end} {value}");
    }

    /// A family of one sample.
    pub(crate) fn single(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        value: impl std::fmt::Display,
    ) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told() {
        let counters = Counters::default();
        counters.validated(Outcome::Valid, Duration::from_micros(250));
        counters.validated(Outcome::Valid, Duration::from_micros(251));
        counters.validated(Outcome::Refused, Duration::from_secs(7));
        counters.sign_in_refused();
        let mut text = Exposition::default();
        counters.write(&mut text);
        let text = text.into_text();
        for line in [
            "leasehold_agent_validations_total{result=\"valid\"} 2",
            "leasehold_agent_validations_total{result=\"invalid\"} 0",
            "leasehold_agent_validations_total{result=\"refused\"} 1",
            "leasehold_agent_validation_seconds_bucket{le=\"0.00025\"} 1",
            "leasehold_agent_validation_seconds_bucket{le=\"0.0005\"} 2",
            "leasehold_agent_validation_seconds_bucket{le=\"1\"} 2",
            "leasehold_agent_validation_seconds_bucket{le=\"+Inf\"} 3",
            "leasehold_agent_validation_seconds_sum 7.000501",
            "leasehold_agent_validation_seconds_count 3",
            "leasehold_agent_sign_ins_refused_total 1",
        ] {
            assert!(text.lines().any(|told| told == line), "{line}\n{text}");
        }
    }

    #[test]
    fn labels_cannot_break_out() {
        let mut text = Exposition::default();
        text.sample("a", &[("b", "x\"} 1\n\\")], 2);
        assert_eq!(text.into_text(), "a{b=\"x\\\"} 1\\n\\\\\"} 2\n");
    }
}
