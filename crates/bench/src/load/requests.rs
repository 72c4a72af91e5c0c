//! The plainest caller: the same request for one licensee after the other, each answered with 200.

use std::ops::Range;

use anyhow::Context;
use memchr::memmem;

use super::{Caller, Reply};

/// Neighbours in time are no neighbours in the data: each licensee is so far from the last. A
/// prime, so that every licensee has its turn.
const STEP: usize = 7919;

/// A request in which the digits of a name are filled in each time.
#[derive(Clone)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    digits: Range<usize>,
}

impl Template {
    /// `bytes` holds `name` once: a letter, and digits that stand for others.
    pub(crate) fn new(bytes: Vec<u8>, name: &str) -> anyhow::Result<Self> {
        let at = memmem::find(&bytes, name.as_bytes()).context("a request lacks its name")?;
        let digits = at + 1..at + name.len();
        Ok(Self { bytes, digits })
    }

    /// The request of this number.
    pub(crate) fn of(&mut self, number: usize) -> &[u8] {
        let mut rest = number;
        for digit in self.bytes[self.digits.clone()].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        &self.bytes
    }
}

/// A template on its way through the data.
struct Walk {
    template: Template,
    at: usize,
}

impl Walk {
    fn next(&mut self, licensees: usize) -> &[u8] {
        self.at = self.at.wrapping_add(STEP);
        self.template.of(self.at % licensees)
    }
}

/// Requests for licensees all over the data.
pub(crate) struct Requests {
    reading: Walk,
    /// In turns.
    writing: Vec<Walk>,
    /// Of a hundred requests, so many write.
    writes: usize,
    licensees: usize,
    nth: usize,
}

impl Requests {
    pub(crate) fn new(
        reading: Template,
        writing: Vec<Template>,
        writes: usize,
        licensees: usize,
    ) -> Self {
        let walk = |template| Walk { template, at: 0 };
        Self {
            reading: walk(reading),
            writing: writing.into_iter().map(walk).collect(),
            writes,
            licensees,
            nth: 0,
        }
    }
}

impl Caller for Requests {
    fn next(&mut self, _place: usize) -> Option<&[u8]> {
        self.nth += 1;
        // Writes are spread evenly: the share's sum passes a whole number so often in a hundred.
        let writes = self.nth * self.writes;
        let kinds = self.writing.len();
        let walk = match writes % 100 < self.writes {
            true => &mut self.writing[writes / 100 % kinds],
            false => &mut self.reading,
        };
        Some(walk.next(self.licensees))
    }

    fn answered(&mut self, _place: usize, reply: Reply<'_>) -> anyhow::Result<()> {
        reply.expect_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_licensee_has_its_turn_and_the_share_of_writes_holds() {
        let template = |text: &str| Template::new(text.as_bytes().to_vec(), "I0000000").unwrap();
        let writing = ["W I0000000.", "X I0000000."].map(template).to_vec();
        let mut requests = Requests::new(template("R I0000000."), writing, 20, 100);
        let asked: Vec<Vec<u8>> = (0..1000)
            .map(|_| requests.next(0).unwrap().to_vec())
            .collect();
        for (kind, share) in [(b'R', 800), (b'W', 100), (b'X', 100)] {
            let asked: Vec<_> = asked.iter().filter(|request| request[0] == kind).collect();
            assert_eq!(asked.len(), share);
            let licensees: HashSet<&[u8]> = asked.iter().map(|request| &request[2..]).collect();
            assert_eq!(licensees.len(), 100);
            assert!(licensees.contains(&b"I0000042."[..]));
        }
    }

    #[test]
    fn a_request_for_nobody_is_refused() {
        assert!(Template::new(b"GET /".to_vec(), "I0000000").is_err());
    }
}
