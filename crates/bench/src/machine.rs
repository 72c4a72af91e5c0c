//! What a run was measured on.

use std::fmt;
use std::process::Command;

use serde::Serialize;

/// The machine and the versions. Figures of two runs compare only as far as these are equal.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    /// With `+` behind it when there are changes that are in no commit.
    pub(crate) commit: String,
    /// Seconds since 1970, by the machine's clock.
    pub(crate) measured_at: u64,
}

impl Machine {
    pub(crate) fn look() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "a run is of a day, and no test looks at it"
        )]
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model.map(|rest| rest.trim_start_matches([':', ' ', '\t']));
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease");
        let changes = told("git", &["status", "--porcelain"]);
        let mark = match changes.is_empty() {
            true => "",
            false => "+",
        };
        Self {
            processor: model.unwrap_or("an unknown processor").to_owned(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            kernel: kernel.unwrap_or_default().trim().to_owned(),
            rustc: told("rustc", &["--version"]),
            commit: told("git", &["rev-parse", "--short", "HEAD"]) + mark,
            measured_at: since.map_or(0, |since| since.as_secs()),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            processor,
            cores,
            kernel,
            rustc,
            ..
        } = self;
        write!(f, "{cores} cores of {processor}, Linux {kernel}, {rustc}")
    }
}

/// The average number of programs that wanted to run in the last minute.
pub(crate) fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// What a program says, where it can be asked.
fn told(program: &str, arguments: &[&str]) -> String {
    match Command::new(program).args(arguments).output() {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => String::new(),
    }
}
