//! The real programs: built once, started on a free loopback port, stopped or killed.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;

use crate::daemon::{Daemon, Ended};
use crate::engine::on_engine;

/// The server's program.
pub fn leasehold() -> Command {
    on_its_own(on_engine(&built("leasehold")))
}

/// The agent's program.
pub fn agent() -> Command {
    on_its_own(Command::new(built("leasehold-agent")))
}

/// Both programs are built by the first caller, in the profile of the test itself.
fn built(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--workspace", "--bins"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let status = build
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(status.success(), "the programs do not build");
        // The test runs from target/<profile>/deps.
        let test = std::env::current_exe().unwrap();
        test.ancestors().nth(2).unwrap().to_owned()
    });
    folder.join(name)
}

/// The caller's own settings must not decide a test.
fn on_its_own(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LEASEHOLD_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// Runs a command that must end well; returns what it wrote to its standard output.
pub fn run_well(command: &mut Command) -> String {
    let output = run(command);
    assert!(
        output.status.success(),
        "{command:?} ended with {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A program that serves. Killed when dropped.
pub struct Serving {
    daemon: Daemon,
    address: String,
}

impl Serving {
    /// Starts `command` and waits until it tells its address.
    pub fn start(command: &mut Command) -> Self {
        Self::try_start(command).unwrap_or_else(|ended| {
            panic!("{command:?} ended with {}:\n{}", ended.status, ended.text)
        })
    }

    /// The same for a program that may end instead.
    pub fn try_start(command: &mut Command) -> Result<Self, Ended> {
        let address = |line: &str| address_in(line).map(str::to_owned);
        let (daemon, address) = Daemon::try_start(command, address)?;
        Ok(Self { daemon, address })
    }

    /// `leasehold serve` on the data directory `data` and a free port.
    pub fn server(data: &Path) -> Self {
        Self::server_with(data, &[])
    }

    /// The same with further `options`.
    pub fn server_with(data: &Path, options: &[&str]) -> Self {
        Self::start(serve(data).args(options))
    }

    /// The agent, offline, on the working directory `folder` and a free port.
    pub fn agent(folder: &Path) -> Self {
        Self::agent_with(folder, &[])
    }

    /// The same with further `options`.
    pub fn agent_with(folder: &Path, options: &[&str]) -> Self {
        let mut command = agent();
        command.args(["--action=run-agent-offline", "--without-card", "--port=0"]);
        command.args(options);
        Self::start(command.arg("--work-dir").arg(folder))
    }

    /// Where it serves: `http://127.0.0.1:PORT`, or `https`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// All that it has written so far.
    pub fn written(&self) -> String {
        self.daemon.written()
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.daemon.id()
    }

    /// Ends it in the middle of whatever it does (SIGKILL).
    pub fn kill(self) {
        self.daemon.kill();
    }

    /// Asks it to end (SIGTERM), and waits.
    pub fn stop(self) -> ExitStatus {
        self.daemon.stop("TERM")
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self) -> ExitStatus {
        self.daemon.wait()
    }
}

/// The command that serves on the data directory `data` and a free port.
pub fn serve(data: &Path) -> Command {
    let mut command = leasehold();
    command.args(["serve", "--bind", "127.0.0.1:0", "--data"]);
    command.arg(data);
    command
}

/// The first `http://host:port` or `https://host:port` of a line, without a path.
fn address_in(line: &str) -> Option<&str> {
    let scheme = ["http://", "https://"];
    let found = scheme
        .iter()
        .filter_map(|scheme| Some((line.find(scheme)?, scheme.len())));
    let (at, authority) = found.min()?;
    let from = &line[at..];
    let end = from[authority..]
        .find(|c: char| !(c.is_ascii_alphanumeric() || ".:-[]".contains(c)))
        .map_or(from.len(), |end| authority + end);
    // A sentence may go on, or end, behind the port.
    Some(from[..end].trim_end_matches(|c: char| !c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn an_address_is_found_without_its_path() {
        let found = |line| address_in(line).unwrap_or("none");
        assert_eq!(
            found("Serving on http://127.0.0.1:8090/core/v2/rest"),
            "http://127.0.0.1:8090"
        );
        assert_eq!(found("It is http://[::1]:80."), "http://[::1]:80");
        assert_eq!(found("at https://a.b:1/x"), "https://a.b:1");
        assert_eq!(
            found("{\"address\":\"http://127.0.0.1:1\"}"),
            "http://127.0.0.1:1"
        );
        assert_eq!(found("no address"), "none");
    }
}
