//! Durable check-outs side by side with others' figures (peers, section 3): one licensee with seats
//! for everybody. Every client is somebody new, keeps its seat a few times, and gives it back.

use std::time::Duration;

use crate::ask::{self, Accept, Credentials, VALID};
use crate::load::{Address, Load, Script};
use crate::report::{Report, Unit};
use crate::seed::{ROOMY, SEATS};
use crate::stats::quantile;

/// How many clients ask at a time.
const CLIENTS: [usize; 2] = [16, 64];

/// How often each session is kept for longer.
const EXTENDED: usize = 3;

/// A script ends with its last request, whenever that is.
const UNLIMITED: Duration = Duration::MAX;

/// All three steps, and where there is a key for that, the first and the last once more with signed
/// replies. Rows are called by `who`, and what they tell.
pub(crate) fn measure(
    who: &str,
    address: &Address,
    api_key: &Credentials,
    signing_key: Option<&Credentials>,
    report: &mut Report,
) -> anyhow::Result<()> {
    for clients in CLIENTS {
        let mut step = |name: &str, key, action, times| {
            let requests = sessions(key, action, times);
            // Whoever gives a seat back is not asked how it stands.
            let must_hold = match action {
                "checkOut" => VALID,
                _ => b"",
            };
            let mut script = Script::new(requests, must_hold);
            let answered = Load::open(address, clients)?.closed(&mut script, UNLIMITED)?;
            let latencies = script.latencies()?;
            let name = format!("{who}{name}, {clients} clients");
            let p99_ms = quantile(&latencies, 0.99);
            report.add(&*name, answered.per_second(), Unit::PerSecond, None);
            report.add(format!("{name}, p99"), p99_ms, Unit::Milliseconds, None);
            Ok::<_, anyhow::Error>(())
        };
        step("check-out", api_key, "checkOut", 1)?;
        step("extension", api_key, "checkOut", EXTENDED)?;
        step("check-in", api_key, "checkIn", 1)?;
        if let Some(signing_key) = signing_key {
            step("check-out, signed", signing_key, "checkOut", 1)?;
            step("check-in, signed", signing_key, "checkIn", 1)?;
        }
    }
    Ok(())
}

/// One request for each session, so many times.
fn sessions(who: &Credentials, action: &str, times: usize) -> Vec<Vec<u8>> {
    let (licensee, seats) = ROOMY;
    let all = std::iter::repeat_n(0..seats, times).flatten();
    let request = |session| {
        let session = format!("S{session:07}");
        ask::seat(who, Accept::Xml, (licensee, SEATS), &session, action)
    };
    all.map(request).collect()
}
