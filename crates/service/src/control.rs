//! The control socket: administration commands to a running program.
//!
//! It lies in a directory of the program's, for the owner alone. A caller
//! sends one command as one line of JSON, and bytes behind it where the
//! command has any, and gets one line back.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Bytes of a command, without what is attached, and of an answer.
const COMMAND_LIMIT: u64 = 64 * 1024;
const ANSWER_LIMIT: u64 = 64 * 1024 * 1024;

/// Callers at a time, and how long one may take to say what it wants.
const CALLERS: usize = 16;
const PATIENCE: Duration = Duration::from_secs(10);

/// Longer paths do not fit a socket's address.
const PATH_LIMIT: usize = 100;

/// A program that carries out commands.
pub trait Controlled: Send + Sync + 'static {
    /// What it can be told.
    type Command: DeserializeOwned + Send;
    /// What comes of it.
    type Outcome: Serialize + Send;
    /// Why nothing came of it.
    type Refusal: Serialize + Send;

    /// Carries out a command. `attached` gives the bytes that the caller sends behind it; how many
    /// those are, and for how long they are waited for, is the command's own affair.
    fn execute(
        &self,
        command: Self::Command,
        attached: &mut (impl AsyncRead + Send + Unpin),
    ) -> impl Future<Output = Result<Self::Outcome, Self::Refusal>> + Send;

    /// The refusal of a command that cannot be read.
    fn unreadable(why: String) -> Self::Refusal;
}

#[derive(Serialize, Deserialize)]
enum Answer<O, R> {
    Done(O),
    Failed(R),
}

/// Why a running program was not told.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nobody listens.
    #[error("nobody answers on the control socket")]
    NotRunning,
    /// The conversation broke off.
    #[error("the conversation with the running program broke off")]
    Broken(#[source] io::Error),
}

/// Where a control socket is.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The directory.
    pub directory: &'a Path,
    /// The socket's name in it.
    pub name: &'a str,
}

/// The control socket of a running program.
#[derive(Debug)]
pub struct Listener {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

/// Makes the control socket. The caller holds the lock of what the commands are about: what is left
/// of a former socket is nobody's.
pub fn listen(place: Place<'_>) -> io::Result<Listener> {
    let path = place.directory.join(place.name);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = with_short_path(place, |short| UnixListener::bind(short))?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    let owner = fs::metadata(&path)?.uid();
    Ok(Listener {
        listener,
        path,
        owner,
    })
}

/// Carries out callers' commands until `stop` resolves.
pub async fn serve(
    program: Arc<impl Controlled>,
    socket: Listener,
    stop: impl Future<Output = ()>,
) {
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
        let program = Arc::clone(&program);
        callers.spawn(async move {
            if let Err(error) = converse(&*program, stream).await {
                tracing::debug!(error = error.to_string(), "a control caller went away");
            }
            drop(slot);
        });
    }
    while callers.join_next().await.is_some() {}
    // Another program may not have it before our lock is free, so this is still ours.
    if let Err(error) = fs::remove_file(&socket.path) {
        tracing::debug!(error = error.to_string(), "the control socket is gone");
    }
}

async fn converse<P: Controlled>(program: &P, mut stream: UnixStream) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    let mut head = (&mut reader).take(COMMAND_LIMIT);
    tokio::time::timeout(PATIENCE, head.read_line(&mut line)).await??;
    let answer = match serde_json::from_str(&line) {
        Err(error) => Answer::Failed(P::unreadable(format!(
            "the command cannot be read: {error}"
        ))),
        Ok(command) => match program.execute(command, &mut reader).await {
            Ok(outcome) => Answer::Done(outcome),
            Err(refusal) => Answer::Failed(refusal),
        },
    };
    let mut text = serde_json::to_string(&answer).map_err(io::Error::other)?;
    text.push('\n');
    writer.write_all(text.as_bytes()).await
}

/// Has the program that listens at `place` carry out `command`, with these bytes attached.
pub async fn call<O: DeserializeOwned, R: DeserializeOwned>(
    place: Place<'_>,
    command: &impl Serialize,
    attached: &[&[u8]],
) -> Result<Result<O, R>, ControlError> {
    let stream = connect(place).await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ControlError::NotRunning,
        _ => ControlError::Broken(error),
    })?;
    exchange(stream, command, attached)
        .await
        .map_err(ControlError::Broken)
}

async fn connect(place: Place<'_>) -> io::Result<UnixStream> {
    let stream = with_short_path(place, |short| {
        std::os::unix::net::UnixStream::connect(short)
    })?;
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

async fn exchange<O: DeserializeOwned, R: DeserializeOwned>(
    mut stream: UnixStream,
    command: &impl Serialize,
    attached: &[&[u8]],
) -> io::Result<Result<O, R>> {
    let mut text = serde_json::to_string(command).map_err(io::Error::other)?;
    text.push('\n');
    let sent = async {
        stream.write_all(text.as_bytes()).await?;
        for bytes in attached {
            stream.write_all(bytes).await?;
        }
        io::Result::Ok(())
    };
    // Whoever refuses a command does not read what is attached, and answers all the same.
    let sent = sent.await;
    let mut answer = String::new();
    let read = stream.take(ANSWER_LIMIT).read_to_string(&mut answer).await;
    if answer.is_empty() {
        sent?;
    }
    read?;
    let answer = serde_json::from_str(&answer).map_err(io::Error::other)?;
    Ok(match answer {
        Answer::Done(outcome) => Ok(outcome),
        Answer::Failed(refusal) => Err(refusal),
    })
}

/// Calls `with` with a path of the socket that fits a socket's address: where the path itself is
/// too long, one by way of the opened directory.
fn with_short_path<T>(
    place: Place<'_>,
    with: impl FnOnce(&Path) -> io::Result<T>,
) -> io::Result<T> {
    use std::os::fd::AsRawFd;

    let path = place.directory.join(place.name);
    if path.as_os_str().len() <= PATH_LIMIT {
        return with(&path);
    }
    let directory = fs::File::open(place.directory)?;
    let short = format!("/proc/self/fd/{}/{}", directory.as_raw_fd(), place.name);
    with(Path::new(&short))
}
