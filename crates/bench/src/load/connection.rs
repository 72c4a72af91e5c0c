//! One connection: a request goes out whole, a reply comes in by its length.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use memchr::memmem;
use mio::net::TcpStream;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::tls;

/// What is read at once; most replies are shorter.
const BUFFER: usize = 16 * 1024;

/// Where a server listens, and what TLS it is spoken to with.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) socket: SocketAddr,
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}

/// A reply, as long as it lies in its connection's buffer.
#[derive(Clone, Copy)]
pub(crate) struct Reply<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Reply<'_> {
    /// Fails with the reply itself, unless it is 200.
    pub(crate) fn expect_ok(&self) -> anyhow::Result<()> {
        let Self { status, body } = self;
        anyhow::ensure!(
            *status == 200,
            "a reply {status}: {}",
            String::from_utf8_lossy(body)
        );
        Ok(())
    }
}

pub(crate) struct Connection {
    stream: Stream,
    buffer: Vec<u8>,
    filled: usize,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Connection {
    /// Connects, shakes hands, and from then on never blocks.
    pub(crate) fn open(address: &Address) -> anyhow::Result<Self> {
        let mut stream = std::net::TcpStream::connect(address.socket)
            .with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        let session = match &address.tls {
            Some(config) => Some(tls::shake_hands(config, &mut stream)?),
            None => None,
        };
        stream.set_nonblocking(true)?;
        let stream = TcpStream::from_std(stream);
        let stream = match session {
            Some(session) => Stream::Tls(Box::new(StreamOwned::new(session, stream))),
            None => Stream::Plain(stream),
        };
        Ok(Self {
            stream,
            buffer: vec![0; BUFFER],
            filled: 0,
        })
    }

    pub(crate) fn socket(&mut self) -> &mut TcpStream {
        match &mut self.stream {
            Stream::Plain(socket) => socket,
            Stream::Tls(stream) => &mut stream.sock,
        }
    }

    /// Sends a request, and forgets the reply before it. Fails where the system cannot take it at
    /// once: it is smaller than the system's buffers, and nothing else is on its way.
    pub(crate) fn send(&mut self, request: &[u8]) -> std::io::Result<()> {
        self.filled = 0;
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(request),
            Stream::Tls(stream) => {
                stream.write_all(request)?;
                stream.flush()
            }
        }
    }

    /// The reply, once all of it is there.
    pub(crate) fn receive(&mut self) -> anyhow::Result<Option<Reply<'_>>> {
        let (status, body) = loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize(2 * self.filled, 0);
            }
            let free = &mut self.buffer[self.filled..];
            let read = match &mut self.stream {
                Stream::Plain(stream) => stream.read(free),
                Stream::Tls(stream) => stream.read(free),
            };
            match read {
                Ok(0) => anyhow::bail!("the server closed the connection"),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error).context("a reply cannot be read"),
            }
            if let Some(found) = whole(&self.buffer[..self.filled])? {
                break found;
            }
        };
        let body = &self.buffer[body..self.filled];
        Ok(Some(Reply { status, body }))
    }
}

/// The status, and where the body begins, once `read` holds a whole reply.
fn whole(read: &[u8]) -> anyhow::Result<Option<(u16, usize)>> {
    let Some(head) = memmem::find(read, b"\r\n\r\n") else {
        return Ok(None);
    };
    let body = head + 4;
    let length = content_length(&read[..head]).context("a reply without Content-Length")?;
    if read.len() < body + length {
        return Ok(None);
    }
    let status = read.get(9..12).and_then(number).context("no HTTP reply")?;
    Ok(Some((u16::try_from(status)?, body)))
}

fn content_length(head: &[u8]) -> Option<usize> {
    // Hyper writes all names in small letters.
    const NAME: &[u8] = b"\r\ncontent-length: ";
    let value = &head[memmem::find(head, NAME)? + NAME.len()..];
    let end = memchr::memchr(b'\r', value).unwrap_or(value.len());
    number(&value[..end])
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn a_reply_is_whole_by_its_length() {
        let reply = b"HTTP/1.1 200 OK\r\ndate: now\r\ncontent-length: 3\r\nx: y\r\n\r\nabc";
        for cut in 0..reply.len() {
            assert_eq!(whole(&reply[..cut]).unwrap(), None, "{cut}");
        }
        assert_eq!(whole(reply).unwrap(), Some((200, reply.len() - 3)));
        let last = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(whole(last).unwrap(), Some((503, last.len())));
    }

    #[test]
    fn a_reply_of_unknown_length_is_refused() {
        assert!(whole(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(whole(b"HTTP/1.1 xxx\r\ncontent-length: 0\r\n\r\n").is_err());
    }
}
