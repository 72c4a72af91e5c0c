//! A program that runs beside the test: started and waited for until it says that it is ready,
//! asked to end, or killed with all that it has started.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::programs::run_well;

/// How long a program may take until it serves, or to end. Far beyond what it needs: a test that
/// waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How a program ended before it was ready.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// All that it has written.
    pub text: String,
}

/// What a program has written, as it arrives.
#[derive(Default)]
struct Written {
    text: Mutex<String>,
    news: Condvar,
}

/// A running program. Killed when dropped.
pub struct Daemon {
    child: Child,
    written: Arc<Written>,
    /// Closed once all that it wrote has been collected.
    silence: Mutex<Receiver<()>>,
}

impl Daemon {
    /// Starts `command`, and waits until `ready` finds what it looks for in a line of its output
    /// or its log; that is returned too.
    pub fn start<T: Send + 'static>(
        command: &mut Command,
        ready: impl Fn(&str) -> Option<T> + Clone + Send + 'static,
    ) -> (Self, T) {
        Self::try_start(command, ready).unwrap_or_else(|ended| {
            panic!("{command:?} ended with {}:\n{}", ended.status, ended.text)
        })
    }

    /// The same for a program that may end before it is ready.
    pub fn try_start<T: Send + 'static>(
        command: &mut Command,
        ready: impl Fn(&str) -> Option<T> + Clone + Send + 'static,
    ) -> Result<(Self, T), Ended> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        let written = Arc::<Written>::default();
        let (tell, told) = channel();
        let out = child.stdout.take().unwrap();
        let log = child.stderr.take().unwrap();
        let (speaking, silence) = channel();
        watch(
            out,
            &written,
            ready.clone(),
            (tell.clone(), speaking.clone()),
        );
        watch(log, &written, ready, (tell, speaking));
        let mut daemon = Self {
            child,
            written,
            silence: Mutex::new(silence),
        };
        match told.recv_timeout(PATIENCE) {
            Ok(found) => Ok((daemon, found)),
            // Both streams have been read to their end.
            Err(RecvTimeoutError::Disconnected) => Err(Ended {
                status: daemon.wait(),
                text: daemon.written(),
            }),
            Err(RecvTimeoutError::Timeout) => panic!(
                "{command:?} did not become ready; it wrote:\n{}",
                daemon.written()
            ),
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// All that it has written so far.
    pub fn written(&self) -> String {
        self.written.text.lock().unwrap().clone()
    }

    /// Waits until it has written `phrase`, now or before.
    pub fn wait_for(&self, phrase: &str) {
        let text = self.written.text.lock().unwrap();
        let lacks = |text: &mut String| !text.contains(phrase);
        let waited = self.written.news.wait_timeout_while(text, PATIENCE, lacks);
        let (text, timeout) = waited.unwrap();
        assert!(
            !timeout.timed_out(),
            "it never said '{phrase}', but:\n{text}"
        );
    }

    /// Ends it in the middle of whatever it does (SIGKILL), with all that it has started.
    pub fn kill(mut self) {
        self.end();
    }

    /// Asks it to end by `signal` (`TERM`), and waits.
    pub fn stop(mut self, signal: &str) -> ExitStatus {
        send(signal, &[self.id()]);
        self.wait()
    }

    /// Waits until it ends by itself, and until all that it wrote has arrived.
    pub fn wait(&mut self) -> ExitStatus {
        let (tell, told) = channel();
        let process = self.id();
        let ended = std::thread::scope(|scope| {
            scope.spawn(|| tell.send(self.child.wait().unwrap()));
            let ended = told.recv_timeout(PATIENCE);
            if ended.is_err() {
                // Or else the thread that waits for it would never end.
                send("KILL", &[process]);
            }
            ended
        });
        // Its last words; somebody whom it has started may keep the streams open.
        let silence = self.silence.lock().unwrap();
        let _closed = silence.recv_timeout(LAST_WORDS);
        drop(silence);
        ended.unwrap_or_else(|_| panic!("the program does not end; it wrote:\n{}", self.written()))
    }

    fn end(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            kill_tree(self.child.id());
        }
        // Fails only when it has ended already.
        let _ = self.child.wait();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end();
    }
}

/// Kills a process and all that it has started (SIGKILL). One that is gone already is no failure.
pub fn kill_tree(root: u32) {
    let mut family = vec![root];
    let parents = parents();
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        family.extend(
            parents
                .iter()
                .filter(|(_, of)| **of == parent)
                .map(|(child, _)| *child),
        );
        at += 1;
    }
    send("KILL", &family);
}

/// Sends a signal by its name. A process that is gone already is no failure.
pub fn send(signal: &str, processes: &[u32]) {
    let mut command = Command::new("sh");
    command.args(["-c", "kill -s \"$0\" -- \"$@\" 2>&1 || true", signal]);
    run_well(command.args(processes.iter().map(u32::to_string)));
}

/// The command that runs `program` as the user `postgres` when we are root, whom databases
/// refuse, and as ourselves otherwise.
pub fn unprivileged(program: impl AsRef<std::ffi::OsStr>) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=postgres",
        "--regid=postgres",
        "--clear-groups",
        "--",
    ]);
    command.arg(program);
    command
}

/// The command that runs `inner` by way of `outer`, a program that takes a command at the end of its
/// arguments.
pub fn through(mut outer: Command, inner: &Command) -> Command {
    outer.arg(inner.get_program()).args(inner.get_args());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer
}

/// `command`, with files no larger than this: for it, the disk is full. A signal would kill it otherwise, as no disk does.
pub fn with_files_up_to(kilobytes: u64, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    let limit = "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"";
    // In blocks of 512 bytes.
    shell.args(["-c", limit, &(kilobytes * 2).to_string()]);
    through(shell, command)
}

/// True when we may do everything.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Every process and the one that started it.
fn parents() -> HashMap<u32, u32> {
    let processes = std::fs::read_dir("/proc").unwrap();
    processes
        .filter_map(|entry| {
            let process = entry.ok()?.file_name().to_str()?.parse().ok()?;
            // It may end just now.
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            // Behind the program's name, which may hold anything: its state and its parent.
            let parent = stat.rsplit(')').next()?.split_ascii_whitespace().nth(1)?;
            Some((process, parent.parse().ok()?))
        })
        .collect()
}

/// Collects what `stream` says, and sends what is found in it.
fn watch<T: Send + 'static>(
    stream: impl Read + Send + 'static,
    written: &Arc<Written>,
    ready: impl Fn(&str) -> Option<T> + Send + 'static,
    (tell, speaking): (Sender<T>, Sender<()>),
) {
    let written = Arc::clone(written);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let found = ready(&line);
            let mut text = written.text.lock().unwrap();
            text.push_str(&line);
            text.push('\n');
            drop(text);
            written.news.notify_all();
            if let Some(found) = found {
                // Nobody listens any more once the first has been heard.
                let _ = tell.send(found);
            }
        }
        drop(speaking);
    });
}
