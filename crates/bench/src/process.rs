//! A server as a process of its own: started, looked at from outside, and stopped.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How long a server may take until it serves: a million licensees are read first.
const PATIENCE: Duration = Duration::from_secs(120);

/// Ticks of the kernel's accounting in a second, which Linux has fixed for programs.
const TICKS: f64 = 100.0;

/// A server that runs. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// `host:port`
    pub(crate) address: String,
    /// From the start of the program to its telling where it serves.
    pub(crate) start: Duration,
}

impl Server {
    /// Starts `program` and waits until it tells its address on its standard output.
    pub(crate) async fn start(program: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        let began = Instant::now();
        let mut child = Command::new(program)
            .args(arguments)
            .env("LEASEHOLD_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start '{}'", program.display()))?;
        let out = child.stdout.take().context("the program has no output")?;
        let mut lines = BufReader::new(out).lines();
        let told = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = address_in(&line) {
                    return Ok(address.to_owned());
                }
            }
            anyhow::bail!("'{}' ended without telling an address", program.display())
        };
        let address = tokio::time::timeout(PATIENCE, told)
            .await
            .context("the server does not start")??;
        Ok(Self {
            child,
            address,
            start: began.elapsed(),
        })
    }

    /// Seconds of processor time that it has used so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(self.proc("stat")?)?;
        // The program's name may hold blanks and stands in brackets; utime and stime are the
        // twelfth and thirteenth field behind it.
        let behind = stat.rsplit(')').next().unwrap_or_default();
        let fields: Vec<&str> = behind.split_ascii_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok());
        let used = ticks(11).zip(ticks(12)).map(|(user, system)| user + system);
        Ok(used.context("the kernel tells no processor time")? / TICKS)
    }

    /// Anonymous memory in megabytes: what it has taken, without mapped files.
    pub(crate) fn anonymous_mb(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(self.proc("status")?)?;
        let line = status.lines().find(|line| line.starts_with("RssAnon:"));
        let kilobytes = line
            .and_then(|line| line.split_ascii_whitespace().nth(1))
            .and_then(|text| text.parse::<f64>().ok());
        Ok(kilobytes.context("the kernel tells no memory")? / 1024.0)
    }

    fn proc(&self, file: &str) -> anyhow::Result<String> {
        let id = self.child.id().context("the server has ended")?;
        Ok(format!("/proc/{id}/{file}"))
    }

    /// Ends it.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}

fn address_in(line: &str) -> Option<&str> {
    let from = &line[line.find("http://")? + "http://".len()..];
    let end = from.find('/').unwrap_or(from.len());
    Some(from[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn an_address_is_found() {
        let line = "leasehold listens on http://127.0.0.1:8090/core/v2/rest";
        assert_eq!(address_in(line), Some("127.0.0.1:8090"));
        assert_eq!(address_in("nothing"), None);
    }
}
