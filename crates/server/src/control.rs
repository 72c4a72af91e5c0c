//! The control socket: administration commands to a running server.
//!
//! It lies in the data directory, for the owner alone. A caller sends one
//! command as one line of JSON and gets one line back.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::admin::{self, Command, Outcome};
use crate::state::App;

const SOCKET: &str = "control.sock";

/// Bytes of a command, and of an answer.
const COMMAND_LIMIT: u64 = 64 * 1024;
const ANSWER_LIMIT: u64 = 64 * 1024 * 1024;

/// Callers at a time, and how long one may take to say what it wants.
const CALLERS: usize = 16;
const PATIENCE: Duration = Duration::from_secs(10);

/// Longer paths do not fit a socket's address.
const PATH_LIMIT: usize = 100;

#[derive(Serialize, Deserialize)]
enum Answer {
    Done(Outcome),
    Failed(String),
}

/// Why a running server did not carry out a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// Nobody listens.
    #[error("no server answers on the control socket")]
    NotRunning,
    /// The conversation broke off.
    #[error("the conversation with the running server broke off")]
    Broken(#[source] io::Error),
    /// The server refused.
    #[error("{0}")]
    Failed(String),
}

/// The control socket of a running server.
pub(crate) struct Listener {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

/// Makes the control socket in the data directory, whose lock the caller holds: what is left of
/// a former one is nobody's.
pub(crate) fn listen(data: &Path) -> io::Result<Listener> {
    let path = data.join(SOCKET);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = with_short_path(data, |short| UnixListener::bind(short))?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    let owner = fs::metadata(&path)?.uid();
    Ok(Listener {
        listener,
        path,
        owner,
    })
}

/// Carries out callers' commands until `stop` resolves.
pub(crate) async fn serve(app: Arc<App>, socket: Listener, stop: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(CALLERS));
    let mut callers = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let slot = Arc::clone(&slots).acquire_owned();
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = async { (slot.await, socket.listener.accept().await) } => accepted,
            Some(_) = callers.join_next() => continue,
        };
        let (slot, Ok((stream, _))) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // The mode of the file says the same, except for the instant before it was set.
        let is_owner = stream
            .peer_cred()
            .is_ok_and(|peer| peer.uid() == socket.owner || peer.uid() == 0);
        if !is_owner {
            continue;
        }
        let app = Arc::clone(&app);
        callers.spawn(async move {
            if let Err(error) = converse(&app, stream).await {
                tracing::debug!(error = error.to_string(), "a control caller went away");
            }
            drop(slot);
        });
    }
    while callers.join_next().await.is_some() {}
    // Another server may not have it before our lock is free, so this is still ours.
    if let Err(error) = fs::remove_file(&socket.path) {
        tracing::debug!(error = error.to_string(), "the control socket is gone");
    }
}

async fn converse(app: &App, mut stream: UnixStream) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut line = String::new();
    let mut reader = BufReader::new(reader.take(COMMAND_LIMIT));
    tokio::time::timeout(PATIENCE, reader.read_line(&mut line)).await??;
    let answer = match serde_json::from_str::<Command>(&line) {
        Err(error) => Answer::Failed(format!("the command cannot be read: {error}")),
        Ok(command) => match admin::execute(app, command).await {
            Ok(outcome) => Answer::Done(outcome),
            Err(error) => Answer::Failed(crate::cli::chain(&error)),
        },
    };
    let mut text = serde_json::to_string(&answer).map_err(io::Error::other)?;
    text.push('\n');
    writer.write_all(text.as_bytes()).await
}

/// Has the server that runs on `data` carry out `command`.
pub(crate) async fn call(data: &Path, command: &Command) -> Result<Outcome, ControlError> {
    let stream = connect(data).await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ControlError::NotRunning,
        _ => ControlError::Broken(error),
    })?;
    exchange(stream, command)
        .await
        .map_err(ControlError::Broken)?
}

async fn connect(data: &Path) -> io::Result<UnixStream> {
    let stream = with_short_path(data, |short| std::os::unix::net::UnixStream::connect(short))?;
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

async fn exchange(
    mut stream: UnixStream,
    command: &Command,
) -> io::Result<Result<Outcome, ControlError>> {
    let mut text = serde_json::to_string(command).map_err(io::Error::other)?;
    text.push('\n');
    stream.write_all(text.as_bytes()).await?;
    let mut answer = String::new();
    stream
        .take(ANSWER_LIMIT)
        .read_to_string(&mut answer)
        .await?;
    Ok(match serde_json::from_str(&answer)? {
        Answer::Done(outcome) => Ok(outcome),
        Answer::Failed(why) => Err(ControlError::Failed(why)),
    })
}

/// Calls `with` with a path of the socket that fits a socket's address: where the path itself is
/// too long, one by way of the opened directory.
fn with_short_path<T>(data: &Path, with: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    use std::os::fd::AsRawFd;

    let path = data.join(SOCKET);
    if path.as_os_str().len() <= PATH_LIMIT {
        return with(&path);
    }
    let directory = fs::File::open(data)?;
    let short = format!("/proc/self/fd/{}/{SOCKET}", directory.as_raw_fd());
    with(Path::new(&short))
}
