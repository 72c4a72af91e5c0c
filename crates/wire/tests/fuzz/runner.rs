//! A small fuzzer for stable Rust. It makes inputs by the rules of a grammar and by damaging others,
//! and keeps those with a new outcome, which stands in for coverage.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::panic::{PanicHookInfo, catch_unwind};
use std::sync::Once;
use std::time::{Duration, Instant};

use crate::mutate::{LONGEST, mutate};
use crate::random::Random;
use crate::targets::Outcome;

/// One reader to try.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[u8]) -> Outcome,
    /// Inputs to begin with.
    pub(crate) samples: &'static [&'static str],
    /// What the grammar is made of.
    pub(crate) words: &'static [&'static str],
    /// Makes an input that the reader mostly takes.
    pub(crate) generate: fn(&mut Random) -> Vec<u8>,
}

/// Inputs of a short run, which is the same every time.
const SHORT: u64 = 200_000;
/// Inputs of a long run, with `LEASEHOLD_LONG`, unless its time is over first.
const LONG: u64 = 10_000_000;
const LONG_TIME: Duration = Duration::from_secs(600);
/// Inputs that are kept at most; then each new one replaces another.
const KEPT: usize = 20_000;
/// What takes longer hangs, as far as a caller is concerned.
const SLOW: Duration = Duration::from_secs(10);
const TOO_LONG: &str = "it takes too long";

/// Runs the target and prints what came of it; panics when an input broke a law.
pub(crate) fn run(target: &Target) {
    let is_long = std::env::var_os("LEASEHOLD_LONG").is_some();
    let seed = Random::seed(is_long);
    println!("{}: LEASEHOLD_SEED={seed}", target.name);
    let mut fuzzer = Fuzzer::new(target, seed);
    for sample in target.samples {
        fuzzer.execute(sample.as_bytes().to_vec());
    }
    let executions = if is_long { LONG } else { SHORT };
    while fuzzer.executions < executions && !(is_long && fuzzer.is_time_over()) {
        let input = fuzzer.next_input();
        fuzzer.execute(input);
    }
    fuzzer.finish();
}

struct Fuzzer<'a> {
    target: &'a Target,
    seed: u64,
    random: Random,
    corpus: Vec<Vec<u8>>,
    outcomes: HashSet<Outcome>,
    started: Instant,
    executions: u64,
    accepted: u64,
    kept: u64,
    slowest: Duration,
    /// By where the panic arose: how often, and one input.
    failures: BTreeMap<String, (u64, Vec<u8>)>,
}

impl<'a> Fuzzer<'a> {
    fn new(target: &'a Target, seed: u64) -> Self {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let usual = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                if IS_GUARDED.get() {
                    note_panic(info);
                } else {
                    usual(info);
                }
            }));
        });
        Self {
            target,
            seed,
            random: Random::new(seed),
            // Nothing at all is the first input, so that there is always one to choose.
            corpus: vec![Vec::new()],
            outcomes: HashSet::new(),
            started: Instant::now(),
            executions: 0,
            accepted: 0,
            kept: 0,
            slowest: Duration::ZERO,
            failures: BTreeMap::new(),
        }
    }

    fn is_time_over(&self) -> bool {
        self.started.elapsed() >= LONG_TIME
    }

    fn next_input(&mut self) -> Vec<u8> {
        let random = &mut self.random;
        let mut input = match random.below(6) {
            0 | 1 => return (self.target.generate)(random),
            2 => (self.target.generate)(random),
            _ => self.corpus[random.below(self.corpus.len())].clone(),
        };
        let other = &self.corpus[random.below(self.corpus.len())];
        mutate(random, &mut input, other, self.target.words);
        input
    }

    fn execute(&mut self, input: Vec<u8>) {
        let begun = Instant::now();
        let outcome = guarded(self.target.run, &input);
        let took = begun.elapsed();
        self.slowest = self.slowest.max(took);
        self.executions += 1;
        match outcome {
            Ok(_) if took > SLOW => self.fail(TOO_LONG.to_owned(), input),
            Ok(outcome) => {
                self.accepted += u64::from(matches!(outcome, Outcome::Accepted(_)));
                if input.len() <= LONGEST && self.outcomes.insert(outcome) {
                    self.keep(input);
                }
            }
            Err(place) => self.fail(place, input),
        }
    }

    fn keep(&mut self, input: Vec<u8>) {
        self.kept += 1;
        if self.corpus.len() < KEPT {
            self.corpus.push(input);
        } else {
            let place = self.random.below(KEPT);
            self.corpus[place] = input;
        }
    }

    /// Notes the failure; the first of its place is made small and printed.
    fn fail(&mut self, place: String, input: Vec<u8>) {
        if let Some((count, _)) = self.failures.get_mut(&place) {
            *count += 1;
            return;
        }
        let small = match place.as_str() {
            TOO_LONG => input.clone(),
            _ => self.shrunk(&place, &input),
        };
        println!(
            "{}: execution {} of LEASEHOLD_SEED={} failed, {place}\n  {}\n  input b\"{}\"\n  made small b\"{}\"",
            self.target.name,
            self.executions,
            self.seed,
            PANIC.with_borrow(String::clone),
            input.escape_ascii(),
            small.escape_ascii(),
        );
        self.failures.insert(place, (1, small));
    }

    /// Without every piece that the failure does not need.
    fn shrunk(&self, place: &str, input: &[u8]) -> Vec<u8> {
        let mut small = input.to_vec();
        let mut piece = small.len().div_ceil(2);
        while piece > 0 && small.len() <= LONGEST {
            let mut at = 0;
            while at < small.len() {
                let mut without = small.clone();
                without.drain(at..(at + piece).min(small.len()));
                match guarded(self.target.run, &without) {
                    Err(same) if same == place => small = without,
                    _ => at += piece,
                }
            }
            piece /= 2;
        }
        // So that the note is about the small one.
        let _ = guarded(self.target.run, &small);
        small
    }

    fn finish(self) {
        let failures: u64 = self.failures.values().map(|(count, _)| count).sum();
        println!(
            "{}: {} executions in {} s, {} kept, accepted {} %, slowest {} ms, {failures} failures",
            self.target.name,
            self.executions,
            self.started.elapsed().as_secs(),
            self.kept,
            self.accepted * 100 / self.executions.max(1),
            self.slowest.as_millis(),
        );
        for (place, (count, input)) in &self.failures {
            println!("  {count} times: {place}, as b\"{}\"", input.escape_ascii());
        }
        assert_eq!(failures, 0);
        assert!(
            self.accepted * 10 >= self.executions,
            "too little is accepted"
        );
    }
}

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What the target says of `input`, or where it panicked.
fn guarded(run: fn(&[u8]) -> Outcome, input: &[u8]) -> Result<Outcome, String> {
    IS_GUARDED.set(true);
    let outcome = catch_unwind(|| run(input));
    IS_GUARDED.set(false);
    outcome.map_err(|_| PLACE.take())
}

fn note_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    PLACE.set(place.unwrap_or_default());
    let said = info.payload_as_str().unwrap_or_default();
    PANIC.set(said.chars().take(2000).collect());
}
