//! One licensee, few seats, many clients. Live sessions are counted from the answers alone: one
//! counts from the moment its check-out is acknowledged until its check-in is about to be sent, so
//! that the count never exceeds the truth. A service that lets it exceed the seats over-issues.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use memchr::memmem;

use crate::ask::{self, Accept, Credentials, VALID};
use crate::load::{Address, Caller, Load, Reply, Template};
use crate::plan::Plan;
use crate::programs::Programs;
use crate::report::{Report, Unit};
use crate::seed::{HOT, SEATS};
use crate::stats::quantile;

/// Clients at a time.
pub(crate) const CLIENTS: usize = 100;

/// The session whose digits are filled in.
const SESSION: &str = "S0000000";

/// All clients together: each takes a seat whenever there is one, and when there is none, gives the
/// oldest back, whoever took it. So all seats are taken nearly all the time, which is when mistakes
/// are made.
struct Clients {
    check_out: Template,
    check_in: Template,
    /// Sessions ever asked for.
    asked: usize,
    live: VecDeque<usize>,
    most_live: usize,
    each: Vec<Client>,
    latencies: Vec<f64>,
}

/// What a client does.
#[derive(Clone, Copy)]
struct Client {
    doing: Doing,
    since: Instant,
}

#[derive(Clone, Copy)]
enum Doing {
    CheckingOut(usize),
    CheckingIn,
    /// It was refused a seat.
    Refused,
}

/// What the clients saw.
pub(crate) struct Seen {
    /// Answers, refusals among them.
    pub(crate) per_second: f64,
    pub(crate) p99_ms: f64,
    pub(crate) most_live: usize,
}

/// Lets many clients contend for the seats of one licensee.
pub(crate) fn contend(
    address: &Address,
    who: &Credentials,
    time: Duration,
) -> anyhow::Result<Seen> {
    let template = |action| {
        Template::new(
            ask::seat(who, Accept::Xml, (HOT.0, SEATS), SESSION, action),
            SESSION,
        )
    };
    let idle = Client {
        doing: Doing::CheckingIn,
        since: Instant::now(),
    };
    let mut clients = Clients {
        check_out: template("checkOut")?,
        check_in: template("checkIn")?,
        asked: 0,
        live: VecDeque::new(),
        most_live: 0,
        each: vec![idle; CLIENTS],
        latencies: Vec::new(),
    };
    let answered = Load::open(address, CLIENTS)?.closed(&mut clients, time)?;
    let mut latencies = clients.latencies;
    latencies.sort_by(f64::total_cmp);
    Ok(Seen {
        per_second: answered.per_second(),
        p99_ms: quantile(&latencies, 0.99),
        most_live: clients.most_live,
    })
}

impl Caller for Clients {
    fn next(&mut self, place: usize) -> Option<&[u8]> {
        let client = &mut self.each[place];
        client.since = Instant::now();
        let oldest = match client.doing {
            Doing::Refused => self.live.pop_front(),
            _ => None,
        };
        if let Some(session) = oldest {
            client.doing = Doing::CheckingIn;
            return Some(self.check_in.of(session));
        }
        self.asked += 1;
        client.doing = Doing::CheckingOut(self.asked);
        Some(self.check_out.of(self.asked))
    }

    fn answered(&mut self, place: usize, reply: Reply<'_>) -> anyhow::Result<()> {
        reply.expect_ok()?;
        let client = &mut self.each[place];
        self.latencies
            .push(client.since.elapsed().as_secs_f64() * 1000.0);
        if let Doing::CheckingOut(session) = client.doing {
            if memmem::find(reply.body, VALID).is_some() {
                self.live.push_back(session);
                self.most_live = self.most_live.max(self.live.len());
            } else {
                client.doing = Doing::Refused;
            }
        }
        Ok(())
    }
}

/// The server over SQLite, and the naive service, which must be caught.
pub(crate) fn measure(
    plan: &Plan,
    programs: &Programs,
    address: &Address,
    who: &Credentials,
    report: &mut Report,
) -> anyhow::Result<()> {
    let seen = contend(address, who, plan.durable)?;
    add("SQLite", &seen, report);
    let naive = programs.naive(HOT.1)?;
    let seen = contend(&naive.address, who, plan.durable / 2)?;
    report.invariant(
        "hot licensee: the naive service is caught",
        format!("{} live", seen.most_live),
        seen.most_live > HOT.1,
    );
    Ok(())
}

/// The rows of one engine.
pub(crate) fn add(engine: &str, seen: &Seen, report: &mut Report) {
    let (clients, (_, seats)) = (CLIENTS, HOT);
    let name = |what: &str| format!("hot licensee, {engine}, {clients} clients{what}");
    report.add(name(""), seen.per_second, Unit::PerSecond, None);
    report.add(name(", p99"), seen.p99_ms, Unit::Milliseconds, None);
    report.invariant(
        format!("hot licensee, {engine}: at most {seats} live"),
        format!("{} live", seen.most_live),
        seen.most_live <= seats,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(each: usize) -> Clients {
        let template = || Template::new(SESSION.as_bytes().to_vec(), SESSION).unwrap();
        let idle = Client {
            doing: Doing::CheckingIn,
            since: Instant::now(),
        };
        Clients {
            check_out: template(),
            check_in: template(),
            asked: 0,
            live: VecDeque::new(),
            most_live: 0,
            each: vec![idle; each],
            latencies: Vec::new(),
        }
    }

    fn answer(clients: &mut Clients, place: usize, body: &[u8]) {
        let reply = Reply { status: 200, body };
        clients.answered(place, reply).unwrap();
    }

    #[test]
    fn a_session_counts_from_its_acknowledgement_until_its_check_in_is_sent() {
        let mut clients = clients(2);
        assert_eq!(clients.next(0), Some(&b"S0000001"[..]));
        assert_eq!(clients.next(1), Some(&b"S0000002"[..]));
        assert_eq!(clients.live.len(), 0);
        answer(&mut clients, 0, VALID);
        assert_eq!((clients.live.len(), clients.most_live), (1, 1));
        answer(&mut clients, 1, b"valid=false");
        // Whoever was refused gives the oldest back.
        assert_eq!(clients.next(1), Some(&b"S0000001"[..]));
        assert_eq!((clients.live.len(), clients.most_live), (0, 1));
        answer(&mut clients, 1, VALID);
        assert_eq!(clients.live.len(), 0);
        assert_eq!(clients.next(1), Some(&b"S0000003"[..]));
    }
}
