//! The load generator: one thread, connections that are kept, requests made up beforehand. It shares
//! the processors with the server, so whatever it costs lowers every figure, the reference's too.

mod connection;
mod once;
mod requests;
mod script;
mod tls;

pub(crate) use connection::{Address, Reply};
pub(crate) use once::once;
pub(crate) use requests::{Requests, Template};
pub(crate) use script::Script;
pub(crate) use tls::Certificate;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::Context;
use mio::{Events, Interest, Poll, Token};

use connection::Connection;

/// Connections at a time, where nothing else is said.
pub(crate) const CONNECTIONS: usize = 64;

/// A server that says nothing for so long will not say anything any more.
const PATIENCE: Duration = Duration::from_secs(30);

/// Shorter waits than the poll can measure are slept through in steps of this.
const NAP: Duration = Duration::from_micros(50);

/// Who asks, on all connections.
pub(crate) trait Caller {
    /// What the connection of this place asks next. `None`: nothing any more.
    fn next(&mut self, place: usize) -> Option<&[u8]>;

    /// What it was answered. An error ends the load.
    fn answered(&mut self, place: usize, reply: Reply<'_>) -> anyhow::Result<()>;
}

/// Connections to one server.
pub(crate) struct Load {
    poll: Poll,
    connections: Vec<Connection>,
}

/// How many requests were answered, and in which time.
#[derive(Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) count: u64,
    pub(crate) time: Duration,
}

impl Answered {
    pub(crate) fn per_second(&self) -> f64 {
        self.count as f64 / self.time.as_secs_f64()
    }
}

impl Load {
    pub(crate) fn open(address: &Address, connections: usize) -> anyhow::Result<Self> {
        let poll = Poll::new()?;
        let connections = (0..connections).map(|place| {
            let mut connection = Connection::open(address)?;
            let readable = Interest::READABLE;
            poll.registry()
                .register(connection.socket(), Token(place), readable)?;
            Ok(connection)
        });
        let connections = connections.collect::<anyhow::Result<_>>()?;
        Ok(Self { poll, connections })
    }

    /// Closed loop: every connection asks as soon as it was answered, until `time` is over or the
    /// caller has no more to ask.
    pub(crate) fn closed(
        &mut self,
        caller: &mut impl Caller,
        time: Duration,
    ) -> anyhow::Result<Answered> {
        let began = Instant::now();
        let mut count = 0;
        let mut asking = 0;
        for place in 0..self.connections.len() {
            asking += usize::from(self.ask(caller, place)?);
        }
        let mut events = Events::with_capacity(self.connections.len());
        while asking > 0 {
            self.wait(&mut events, PATIENCE)?;
            anyhow::ensure!(!events.is_empty(), "the server says nothing any more");
            let is_over = began.elapsed() >= time;
            for event in &events {
                let place = event.token().0;
                let Some(reply) = self.connections[place].receive()? else {
                    continue;
                };
                caller.answered(place, reply)?;
                count += 1;
                if is_over || !self.ask(caller, place)? {
                    asking -= 1;
                }
            }
        }
        let time = began.elapsed();
        Ok(Answered { count, time })
    }

    /// Open loop: `rate` requests a second for `time`, each due at its own instant, whether or not
    /// those before it were answered; so a stall counts for everybody who would have been served
    /// during it. The latencies from those instants in milliseconds, sorted.
    pub(crate) fn paced(
        &mut self,
        caller: &mut impl Caller,
        rate: f64,
        time: Duration,
    ) -> anyhow::Result<Vec<f64>> {
        let began = Instant::now();
        let due = |nth: u32| began + Duration::from_secs_f64(f64::from(nth) / rate);
        let end = began + time;
        let mut idle: VecDeque<usize> = (0..self.connections.len()).collect();
        let mut dues = vec![began; self.connections.len()];
        let mut latencies = Vec::with_capacity((rate * time.as_secs_f64()) as usize + 1);
        let mut nth = 0;
        let mut events = Events::with_capacity(self.connections.len());
        loop {
            let next = due(nth);
            let is_over = next >= end;
            if is_over && idle.len() == self.connections.len() {
                break;
            }
            let wait = match (is_over, idle.front()) {
                (false, Some(&place)) => {
                    let wait = next.saturating_duration_since(Instant::now());
                    if wait.is_zero() {
                        idle.pop_front();
                        dues[place] = next;
                        anyhow::ensure!(self.ask(caller, place)?, "there is nothing to ask");
                        nth += 1;
                        continue;
                    }
                    wait
                }
                _ => PATIENCE,
            };
            self.wait(&mut events, wait)?;
            for event in &events {
                let place = event.token().0;
                if let Some(reply) = self.connections[place].receive()? {
                    latencies.push(dues[place].elapsed().as_secs_f64() * 1000.0);
                    caller.answered(place, reply)?;
                    idle.push_back(place);
                }
            }
        }
        latencies.sort_by(f64::total_cmp);
        Ok(latencies)
    }

    fn ask(&mut self, caller: &mut impl Caller, place: usize) -> anyhow::Result<bool> {
        let Some(request) = caller.next(place) else {
            return Ok(false);
        };
        self.connections[place]
            .send(request)
            .context("a request cannot be sent")?;
        Ok(true)
    }

    /// Waits for replies, at most about `time`.
    fn wait(&mut self, events: &mut Events, time: Duration) -> std::io::Result<()> {
        // The system waits in whole milliseconds, and rounds up.
        let whole = Duration::from_millis(1);
        if time > whole {
            return self.poll.poll(events, Some(time - whole));
        }
        self.poll.poll(events, Some(Duration::ZERO))?;
        if events.is_empty() {
            #[expect(
                clippy::disallowed_methods,
                reason = "requests are due at instants, which nothing else tells"
            )]
            std::thread::sleep(time.min(NAP));
            self.poll.poll(events, Some(Duration::ZERO))?;
        }
        Ok(())
    }
}
