//! The load generator: connections that are kept, requests made up beforehand, replies read by their
//! length. Closed loop for throughput; open loop, by intended times of sending, for latency, so that
//! a stall counts for everybody who would have been served during it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Connections at a time.
pub(crate) const CONNECTIONS: usize = 64;

/// Requests to choose from, whole with head and body.
#[derive(Clone)]
pub(crate) struct Requests(Arc<Vec<Vec<u8>>>);

impl Requests {
    pub(crate) fn new(requests: Vec<Vec<u8>>) -> Self {
        Self(Arc::new(requests))
    }

    fn nth(&self, nth: u64) -> &[u8] {
        // Steps of a large odd number: neighbours in time are no neighbours in the data.
        let at = nth.wrapping_mul(0x9e37_79b9_7f4a_7c15) % self.0.len() as u64;
        &self.0[usize::try_from(at).unwrap_or(0)]
    }
}

/// As fast as it goes for `time`; how many were answered.
pub(crate) async fn closed(
    address: &str,
    requests: &Requests,
    time: Duration,
) -> anyhow::Result<u64> {
    let counter = Arc::new(AtomicU64::new(0));
    let end = Instant::now() + time;
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let mut connection = Connection::open(address).await?;
        let (requests, counter) = (requests.clone(), Arc::clone(&counter));
        connections.spawn(async move {
            let mut answered = 0_u64;
            while Instant::now() < end {
                let nth = counter.fetch_add(1, Ordering::Relaxed);
                connection.ask(requests.nth(nth)).await?;
                answered += 1;
            }
            Ok::<_, anyhow::Error>(answered)
        });
    }
    let mut answered = 0;
    while let Some(ended) = connections.join_next().await {
        answered += ended??;
    }
    Ok(answered)
}

/// `rate` a second for `time`; the latencies in milliseconds, sorted.
pub(crate) async fn open(
    address: &str,
    requests: &Requests,
    rate: f64,
    time: Duration,
) -> anyhow::Result<Vec<f64>> {
    let began = Instant::now();
    let every = Duration::from_secs_f64(CONNECTIONS as f64 / rate);
    let mut connections = JoinSet::new();
    for place in 0..CONNECTIONS {
        let mut connection = Connection::open(address).await?;
        let requests = requests.clone();
        let offset = every.mul_f64(place as f64 / CONNECTIONS as f64);
        connections.spawn(async move {
            let mut latencies = Vec::new();
            let mut due = began + offset;
            let mut nth = place as u64;
            while due < began + time {
                tokio::time::sleep_until(due.into()).await;
                connection.ask(requests.nth(nth)).await?;
                latencies.push(due.elapsed().as_secs_f64() * 1000.0);
                due += every;
                nth += CONNECTIONS as u64;
            }
            Ok::<_, anyhow::Error>(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(ended) = connections.join_next().await {
        latencies.append(&mut ended??);
    }
    latencies.sort_by(f64::total_cmp);
    Ok(latencies)
}

/// The latency that `share` of all stayed below; `sorted` as [`open`] returns it.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share) as usize;
    sorted
        .get(at.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(8192),
        })
    }

    /// Sends one request and reads its reply, which must be 200.
    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (head, length) = loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            anyhow::ensure!(read > 0, "the server closed the connection");
            if let Some(head) = find(&self.buffer, b"\r\n\r\n") {
                let length = content_length(&self.buffer[..head])
                    .context("a reply without Content-Length")?;
                break (head + 4, length);
            }
        };
        while self.buffer.len() < head + length {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            anyhow::ensure!(read > 0, "the server closed the connection in a reply");
        }
        if !self.buffer.starts_with(b"HTTP/1.1 200") {
            anyhow::bail!("a reply: {}", String::from_utf8_lossy(&self.buffer));
        }
        Ok(())
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn content_length(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_found() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(quantile(&sorted, 0.99), 100.0);
        assert_eq!(quantile(&sorted, 0.5), 51.0);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn a_length_is_read() {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\nX: y";
        assert_eq!(content_length(head), Some(12));
        assert_eq!(content_length(b"HTTP/1.1 204 No Content"), None);
    }
}
