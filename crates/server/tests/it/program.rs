//! The program as it is shipped, and plain requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

/// A data directory that does not exist yet, and a place for it.
pub(crate) struct Place {
    folder: TempDir,
    data: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            data: "data".to_owned(),
        }
    }

    /// One whose data directory lies deeper than a socket's address may be long.
    pub(crate) fn deep() -> Self {
        Self {
            data: "a-rather-long-name/".repeat(10),
            ..Self::new()
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.beside(&self.data)
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command on the data directory; a password is at hand.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = leasehold();
        command.args(arguments).arg("--data").arg(self.data());
        command.env("LEASEHOLD_PASSWORD", PASSWORD);
        command
    }

    /// Runs a command that must end well; gives what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        done(&mut self.command(arguments))
    }

    /// Runs a command that must end with `code`; gives what it printed to either side.
    pub(crate) fn fail(&self, arguments: &[&str], code: i32) -> String {
        failed(&mut self.command(arguments), code)
    }

    pub(crate) fn serve(&self, arguments: &[&str]) -> Serving {
        let mut command = self.command(&["serve", "--bind", "127.0.0.1:0"]);
        Serving::start(command.args(arguments))
    }
}

/// The password of every vendor that [`Place::run`] adds.
pub(crate) const PASSWORD: &str = "correct horse";

/// The program, deaf to whatever the caller has set.
pub(crate) fn leasehold() -> Command {
    let mut command = crate::engine::program();
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LEASEHOLD_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

pub(crate) fn done(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", all(&output));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn failed(command: &mut Command, code: i32) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", all(&output));
    all(&output)
}

fn all(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

/// A server that runs; killed when dropped.
pub(crate) struct Serving {
    child: Child,
    /// `http://127.0.0.1:PORT`
    origin: String,
    stderr: PathBuf,
    _log: TempDir,
}

impl Serving {
    pub(crate) fn start(command: &mut Command) -> Self {
        let log = tempfile::tempdir().unwrap();
        let stderr = log.path().join("stderr");
        let file = std::fs::File::create(&stderr).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let origin = line
            .trim_end()
            .strip_prefix("leasehold listens on ")
            .and_then(|rest| rest.strip_suffix("/core/v2/rest"));
        let Some(origin) = origin else {
            panic!("it printed {line:?}, {:?}", std::fs::read_to_string(stderr));
        };
        Self {
            child,
            origin: origin.to_owned(),
            stderr,
            _log: log,
        }
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn address(&self) -> &str {
        let (_, address) = self.origin.split_once("://").unwrap();
        address
    }

    /// What it has told people so far.
    pub(crate) fn told(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap()
    }

    /// The status of a GET below the base path, as somebody.
    pub(crate) fn status(&self, path: &str, user: &str, password: &str) -> u16 {
        get(self.address(), path, Some((user, password))).0
    }

    /// Asks it to end, and gives its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let asked = Command::new("sh")
            .args(["-c", "kill -TERM \"$1\"", "sh", &id])
            .status();
        assert!(asked.unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A GET below the base path: status, and the whole response.
pub(crate) fn get(address: &str, path: &str, who: Option<(&str, &str)>) -> (u16, String) {
    let authorization = who.map(|(user, password)| {
        let both = STANDARD.encode(format!("{user}:{password}"));
        format!("Authorization: Basic {both}\r\n")
    });
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /core/v2/rest{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}\r\n",
        authorization.unwrap_or_default()
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let status = response[9..12].parse().unwrap();
    (status, response)
}

/// The file's permission bits.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
