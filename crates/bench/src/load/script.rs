//! A caller who asks each of its requests once, and keeps how long every answer took.

use std::time::Instant;

use super::{CONNECTIONS, Caller, Reply};

pub(crate) struct Script {
    left: std::vec::IntoIter<Vec<u8>>,
    /// What each connection asked last, and when.
    asked: Vec<Option<(Vec<u8>, Instant)>>,
    must_hold: &'static [u8],
    latencies: Vec<f64>,
    lacking: u64,
}

impl Script {
    /// Asks `requests` in their order. An answer is right when it holds `must_hold`.
    pub(crate) fn new(requests: Vec<Vec<u8>>, must_hold: &'static [u8]) -> Self {
        Self {
            latencies: Vec::with_capacity(requests.len()),
            left: requests.into_iter(),
            asked: (0..CONNECTIONS).map(|_| None).collect(),
            must_hold,
            lacking: 0,
        }
    }

    /// The latencies in milliseconds, sorted. Fails when an answer was not the right one.
    pub(crate) fn latencies(mut self) -> anyhow::Result<Vec<f64>> {
        anyhow::ensure!(
            self.lacking == 0,
            "{} answers lack '{}'",
            self.lacking,
            String::from_utf8_lossy(self.must_hold)
        );
        self.latencies.sort_by(f64::total_cmp);
        Ok(self.latencies)
    }
}

impl Caller for Script {
    fn next(&mut self, place: usize) -> Option<&[u8]> {
        let request = self.left.next()?;
        let (request, _) = self.asked[place].insert((request, Instant::now()));
        Some(request)
    }

    fn answered(&mut self, place: usize, reply: Reply<'_>) -> anyhow::Result<()> {
        reply.expect_ok()?;
        if let Some((_, since)) = &self.asked[place] {
            self.latencies.push(since.elapsed().as_secs_f64() * 1000.0);
        }
        let is_right = memchr::memmem::find(reply.body, self.must_hold).is_some();
        self.lacking += u64::from(!is_right);
        Ok(())
    }
}
