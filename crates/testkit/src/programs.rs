//! The real programs: built once, started on a free loopback port, stopped or killed.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::engine::on_engine;

/// How long a program may take until it serves, or to end. Far beyond what it needs: a test that
/// waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

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
    child: Child,
    address: String,
    written: Arc<Mutex<String>>,
}

impl Serving {
    /// Starts `command` and waits until it tells its address on its standard output.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let written = Arc::new(Mutex::new(String::new()));
        let addresses = watch(child.stdout.take().unwrap(), &written);
        // The address is told on one of the two; the other's channel is merely drained.
        let _log = watch(child.stderr.take().unwrap(), &written);
        let Ok(address) = addresses.recv_timeout(PATIENCE) else {
            let _ = child.kill();
            let written = written.lock().unwrap();
            panic!("{command:?} told no address; it wrote:\n{written}");
        };
        Self {
            child,
            address,
            written,
        }
    }

    /// `leasehold serve` on the data directory `data` and a free port.
    pub fn server(data: &Path) -> Self {
        Self::server_with(data, &[])
    }

    /// The same with further `options`.
    pub fn server_with(data: &Path, options: &[&str]) -> Self {
        let mut command = leasehold();
        command.args(["serve", "--bind", "127.0.0.1:0", "--data"]);
        Self::start(command.arg(data).args(options))
    }

    /// The agent, offline, on the working directory `folder` and a free port.
    pub fn agent(folder: &Path) -> Self {
        let mut command = agent();
        command.args(["--action=run-agent-offline", "--without-card", "--port=0"]);
        Self::start(command.arg("--work-dir").arg(folder))
    }

    /// Where it serves: `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// All that it has written so far.
    pub fn written(&self) -> String {
        self.written.lock().unwrap().clone()
    }

    /// Ends it in the middle of whatever it does (SIGKILL).
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end (SIGTERM), and waits.
    pub fn stop(mut self) -> ExitStatus {
        let process = self.child.id().to_string();
        run_well(Command::new("sh").args(["-c", "kill -TERM \"$1\"", "sh", &process]));
        let (tell, told) = channel();
        std::thread::scope(|scope| {
            scope.spawn(|| tell.send(self.child.wait().unwrap()));
            told.recv_timeout(PATIENCE)
                .expect("the program ends when asked to")
        })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Collects what `stream` says, and sends each address found in it.
fn watch(stream: impl Read + Send + 'static, written: &Arc<Mutex<String>>) -> Receiver<String> {
    let (tell, told) = channel();
    let written = Arc::clone(written);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Some(address) = address_in(&line) {
                // Nobody listens any more once the first address has been heard.
                let _ = tell.send(address.to_owned());
            }
            let mut written = written.lock().unwrap();
            written.push_str(&line);
            written.push('\n');
        }
    });
    told
}

/// The first `http://host:port` of a line, without a path.
fn address_in(line: &str) -> Option<&str> {
    let from = &line[line.find("http://")?..];
    let authority = "http://".len();
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
        assert_eq!(
            found("{\"address\":\"http://127.0.0.1:1\"}"),
            "http://127.0.0.1:1"
        );
        assert_eq!(found("no address"), "none");
    }
}
