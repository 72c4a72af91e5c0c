//! Tells the supervisor how the program is (sd_notify(3)): a datagram to the socket that it names in
//! `NOTIFY_SOCKET`. systemd starts what depends on the program when it is ready, and not before.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// What the supervisor names its socket in.
const VARIABLE: &str = "NOTIFY_SOCKET";

/// How the program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It answers.
    Ready,
    /// It reads again what it was started with; [`Condition::Ready`] follows.
    Reloading,
    /// It answers what it has begun, and ends.
    Stopping,
}

impl Condition {
    fn message(self) -> &'static str {
        match self {
            Self::Ready => "READY=1",
            Self::Reloading => "RELOADING=1",
            Self::Stopping => "STOPPING=1",
        }
    }
}

/// Tells the supervisor, where there is one. One that cannot be told does not end the program: it
/// will draw its own conclusions, and the log says why.
pub fn notify(condition: Condition) {
    let Some(socket) = std::env::var_os(VARIABLE) else {
        return;
    };
    if let Err(error) = send(&socket, condition) {
        let (message, error) = (condition.message(), error.to_string());
        tracing::warn!(message, error, "the supervisor was not told");
    }
}

/// A socket's name that begins with `@` is abstract: it is no file.
fn send(socket: &OsStr, condition: Condition) -> io::Result<()> {
    let address = match socket.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    let sender = UnixDatagram::unbound()?;
    // A supervisor that does not read must not hold up the program.
    sender.set_nonblocking(true)?;
    sender.send_to_addr(condition.message().as_bytes(), &address)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(socket: &UnixDatagram) -> String {
        let mut bytes = [0; 64];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[test]
    fn a_socket_that_is_a_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let supervisor = UnixDatagram::bind(&path).unwrap();
        for (condition, message) in [
            (Condition::Ready, "READY=1"),
            (Condition::Reloading, "RELOADING=1"),
            (Condition::Stopping, "STOPPING=1"),
        ] {
            send(path.as_os_str(), condition).unwrap();
            assert_eq!(heard(&supervisor), message);
        }
    }

    #[test]
    fn an_abstract_socket_is_told() {
        let name = format!("leasehold-notify-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let supervisor = UnixDatagram::bind_addr(&address).unwrap();
        send(OsStr::new(&format!("@{name}")), Condition::Ready).unwrap();
        assert_eq!(heard(&supervisor), "READY=1");
    }

    #[test]
    fn nobody_behind_the_socket_is_an_error_and_no_more() {
        assert!(send(OsStr::new("/nowhere/notify"), Condition::Ready).is_err());
        let long = "x".repeat(200);
        assert!(send(OsStr::new(&long), Condition::Ready).is_err());
    }
}
