//! A program as a process of its own: started, looked at from outside, and stopped.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::load::Address;

/// How long a server may take until it serves: a million licensees are read first.
const PATIENCE: Duration = Duration::from_secs(120);

/// Ticks of the kernel's accounting in a second, which Linux has fixed for programs.
const TICKS: f64 = 100.0;

/// A server that runs. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: Address,
    /// From the start of the program to its telling where it serves.
    pub(crate) start: Duration,
}

/// What a process has in memory, in megabytes.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// What it has taken.
    pub(crate) anonymous: f64,
    /// Files that are mapped, its program among them; the system takes these back when it must.
    pub(crate) mapped: f64,
}

impl Server {
    /// Starts `program` and waits until it tells its address on its standard output.
    pub(crate) fn start(program: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        let began = Instant::now();
        let mut child = Command::new(program)
            .args(arguments)
            .env("LEASEHOLD_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start '{}'", program.display()))?;
        let out = child.stdout.take().context("the program has no output")?;
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(out).lines().map_while(Result::ok);
            for address in lines.filter_map(|line| address_in(&line).map(str::to_owned)) {
                // Nobody hears it once the patience is over.
                let _heard = tell.send((address, Instant::now()));
            }
        });
        let Ok((address, since)) = told.recv_timeout(PATIENCE) else {
            child.kill()?;
            child.wait()?;
            anyhow::bail!("'{}' never told its address", program.display());
        };
        let socket = address.parse().context("a server told no address")?;
        Ok(Self {
            child,
            address: Address { socket, tls: None },
            start: since - began,
        })
    }

    /// Seconds of processor time that it has used so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<f64> {
        cpu_of(&self.child.id().to_string())
    }

    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        let of = |name| megabytes(self.child.id(), name);
        let both = of("RssAnon:").zip(of("RssFile:"));
        let (anonymous, mapped) = both.context("the kernel tells no memory")?;
        Ok(Memory { anonymous, mapped })
    }

    /// The most that it ever had in memory, in megabytes.
    pub(crate) fn peak(&self) -> anyhow::Result<f64> {
        megabytes(self.child.id(), PEAK).context("the kernel tells no memory")
    }

    /// Lets it end in its own way.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status()?;
        anyhow::ensure!(asked.success(), "the server cannot be stopped");
        self.child.wait()?;
        Ok(())
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(&mut self) -> std::io::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        let _killed = self.kill();
    }
}

/// What the kernel calls the most that a process ever had in memory.
const PEAK: &str = "VmHWM:";

/// How often a program that runs is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// Runs a program to its end; returns the seconds that it took, and the megabytes that it had in memory
/// at most. Fails when the program does, with what it complained of.
pub(crate) fn run_watched(command: &mut Command) -> anyhow::Result<(f64, f64)> {
    let name = command.get_program().to_owned();
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start '{}'", name.display()))?;
    let mut peak = 0.0_f64;
    let status = loop {
        // Gone together with the process, whose last glance is near enough.
        peak = peak.max(megabytes(child.id(), PEAK).unwrap_or(0.0));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "nothing else tells how a process fares until it ends"
        )]
        std::thread::sleep(GLANCE);
    };
    let seconds = began.elapsed().as_secs_f64();
    if !status.success() {
        let mut complaint = String::new();
        if let Some(mut errors) = child.stderr.take() {
            errors.read_to_string(&mut complaint)?;
        }
        anyhow::bail!("'{}' failed: {}", name.display(), complaint.trim());
    }
    Ok((seconds, peak))
}

/// What the kernel tells of a process's memory under this name.
fn megabytes(process: u32, name: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kilobytes = line.split_ascii_whitespace().nth(1)?;
    Some(kilobytes.parse::<f64>().ok()? / 1024.0)
}

/// Seconds of processor time that this process has used so far.
pub(crate) fn own_cpu() -> anyhow::Result<f64> {
    cpu_of("self")
}

fn cpu_of(process: &str) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    ticks(&stat)
        .map(|ticks| ticks / TICKS)
        .context("the kernel tells no processor time")
}

/// The program's name may hold blanks and stands in brackets; utime and stime are the twelfth and
/// thirteenth field behind it.
fn ticks(stat: &str) -> Option<f64> {
    let (_, behind) = stat.rsplit_once(')')?;
    let mut fields = behind.split_ascii_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn address_in(line: &str) -> Option<&str> {
    let (_, from) = line.split_once("://")?;
    let end = from.find('/').unwrap_or(from.len());
    Some(from[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found() {
        let line = "leasehold listens on http://127.0.0.1:8090/core/v2/rest";
        assert_eq!(address_in(line), Some("127.0.0.1:8090"));
        let line = "bare hyper listens on https://127.0.0.1:1";
        assert_eq!(address_in(line), Some("127.0.0.1:1"));
        assert_eq!(address_in("nothing"), None);
    }

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0";
        assert_eq!(ticks(stat), Some(300.0));
        assert_eq!(ticks("7 (a"), None);
    }
}
