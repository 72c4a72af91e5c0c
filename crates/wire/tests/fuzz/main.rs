//! Hostile bytes by the million for the four readers. Not part of `cargo test`: run by
//! `script/test fuzz`, which builds it optimised.
#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]
#![expect(clippy::print_stdout, reason = "the counts are part of the result")]

mod grammar;
mod mutate;
mod random;
mod runner;
mod targets;

use runner::{Target, run};

#[test]
fn form() {
    run(&Target {
        name: "form",
        run: targets::form,
        samples: grammar::form::SAMPLES,
        words: grammar::form::WORDS,
        generate: grammar::form::generate,
    });
}

#[test]
fn filter() {
    run(&Target {
        name: "filter",
        run: targets::filter,
        samples: grammar::filter::SAMPLES,
        words: grammar::filter::WORDS,
        generate: grammar::filter::generate,
    });
}

#[test]
fn xml() {
    run(&Target {
        name: "xml",
        run: targets::xml,
        samples: grammar::xml::SAMPLES,
        words: grammar::xml::WORDS,
        generate: grammar::xml::generate,
    });
}

#[test]
fn json() {
    run(&Target {
        name: "json",
        run: targets::json,
        samples: grammar::json::SAMPLES,
        words: grammar::json::WORDS,
        generate: grammar::json::generate,
    });
}
