//! An endpoint for notifications: it can be down, answer anything, keep callers waiting, and
//! remembers who came.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

/// How long a test waits for what must come. Far beyond what it needs: a test that waits this long
/// has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A message that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Where it went.
    pub path: String,
    /// By names in lower case.
    pub headers: BTreeMap<String, String>,
    /// As it came.
    pub body: String,
    /// What it is answered.
    pub status: u16,
}

impl Arrival {
    /// A header that must be there.
    pub fn header(&self, name: &str) -> &str {
        let header = self.headers.get(name);
        header.unwrap_or_else(|| panic!("the message has no {name}: {:?}", self.headers))
    }

    /// The event's id.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The body, which must be JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// True when it was taken.
    pub fn is_taken(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// How a message is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// With this status.
    Status(u16),
    /// With a redirection to this URL.
    Redirect(String),
    /// With 204, but not before [`Receiver::release`].
    Held,
}

type Rule = Box<dyn Fn(&str, &str) -> Answer + Send>;

/// An endpoint on a free loopback port. Down when dropped.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Mutex<Option<Acceptor>>,
}

struct Shared {
    rule: Mutex<Rule>,
    arrivals: watch::Sender<Vec<Arrival>>,
    /// How often those who are held were let go.
    released: Mutex<u64>,
    release: Condvar,
}

struct Acceptor {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Receiver {
    /// One that is up, and takes everything.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            shared: Arc::new(Shared {
                rule: Mutex::new(Box::new(|_, _| Answer::Status(204))),
                arrivals: watch::Sender::new(Vec::new()),
                released: Mutex::new(0),
                release: Condvar::new(),
            }),
            acceptor: Mutex::new(None),
        };
        receiver.accept(listener);
        receiver
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The URL of `path`, which begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Decides by path and body how messages are answered from now on.
    pub fn answer(&self, rule: impl Fn(&str, &str) -> Answer + Send + 'static) {
        *self.shared.rule.lock().unwrap() = Box::new(rule);
    }

    /// Refuses connections from now on. What has arrived is still answered.
    pub fn down(&self) {
        if let Some(acceptor) = self.acceptor.lock().unwrap().take() {
            acceptor.is_over.store(true, Ordering::SeqCst);
            // Wakes the thread; when it does not get through, the thread is awake already.
            let _ = TcpStream::connect(self.address);
            acceptor.thread.join().unwrap();
        }
    }

    /// Listens again, at the same address.
    pub fn up(&self) {
        if self.acceptor.lock().unwrap().is_none() {
            self.accept(TcpListener::bind(self.address).unwrap());
        }
    }

    /// Lets go those who are held now.
    pub fn release(&self) {
        *self.shared.released.lock().unwrap() += 1;
        self.shared.release.notify_all();
    }

    /// All that has arrived, in the order in which it did.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.shared.arrivals.borrow().clone()
    }

    /// Waits until what has arrived is as it should be, and returns it.
    pub async fn wait(&self, what: &str, is_met: impl Fn(&[Arrival]) -> bool) -> Vec<Arrival> {
        self.wait_for(PATIENCE, what, is_met).await
    }

    /// Waits likewise, with another patience.
    pub async fn wait_for(
        &self,
        patience: Duration,
        what: &str,
        is_met: impl Fn(&[Arrival]) -> bool,
    ) -> Vec<Arrival> {
        let mut arrivals = self.shared.arrivals.subscribe();
        let met = tokio::time::timeout(patience, arrivals.wait_for(|all| is_met(all)));
        if let Ok(found) = met.await {
            return found.unwrap().clone();
        }
        let seen = self.arrivals();
        let last: Vec<_> = seen.iter().rev().take(10).collect();
        panic!(
            "waited in vain for {what}; {} messages came, the last: {last:#?}",
            seen.len()
        );
    }

    fn accept(&self, listener: TcpListener) {
        let is_over = Arc::new(AtomicBool::new(false));
        let (shared, over) = (Arc::clone(&self.shared), Arc::clone(&is_over));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&shared)) else {
                    continue;
                };
                // Whoever is cut off in the middle has sent no message.
                std::thread::spawn(move || shared.take(stream).is_ok());
            }
        });
        *self.acceptor.lock().unwrap() = Some(Acceptor { is_over, thread });
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.release();
        self.down();
    }
}

impl Shared {
    /// One request and its answer; then the connection ends, so that who is down is down for all.
    fn take(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut reader = BufReader::new(&stream);
        let mut line = String::new();
        let mut next = |line: &mut String| {
            line.clear();
            match reader.read_line(line)? {
                0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
                _ => Ok::<_, std::io::Error>(()),
            }
        };
        next(&mut line)?;
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = BTreeMap::new();
        loop {
            next(&mut line)?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length");
        let length = length.map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8(body).unwrap();

        let answer = self.rule.lock().unwrap()(&path, &body);
        let (status, location) = match &answer {
            Answer::Status(status) => (*status, String::new()),
            Answer::Redirect(to) => (307, format!("Location: {to}\r\n")),
            Answer::Held => (204, String::new()),
        };
        let released = *self.released.lock().unwrap();
        self.arrivals.send_modify(|all| {
            all.push(Arrival {
                path,
                headers,
                body,
                status,
            });
        });
        if answer == Answer::Held {
            let guard = self.released.lock().unwrap();
            let is_held = |now: &mut u64| *now == released;
            drop(self.release.wait_while(guard, is_held).unwrap());
        }
        let length = if status == 204 {
            ""
        } else {
            "Content-Length: 0\r\n"
        };
        let head =
            format!("HTTP/1.1 {status} Status\r\n{location}{length}Connection: close\r\n\r\n");
        (&stream).write_all(head.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(receiver: &Receiver, body: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", receiver.port()))?;
        let head = "POST /x HTTP/1.1\r\nWebhook-Id: one";
        write!(
            stream,
            "{head}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    #[tokio::test]
    async fn it_takes_and_refuses_and_is_down_and_up() {
        let receiver = Receiver::start();
        assert!(send(&receiver, "{}").unwrap().starts_with("HTTP/1.1 204 "));
        receiver.answer(|_, body| match body {
            "away" => Answer::Redirect("http://[::1]/".to_owned()),
            _ => Answer::Status(500),
        });
        assert!(send(&receiver, "{}").unwrap().starts_with("HTTP/1.1 500 "));
        let away = send(&receiver, "away").unwrap();
        assert!(away.contains("\r\nLocation: http://[::1]/\r\n"), "{away}");
        receiver.down();
        let refused = send(&receiver, "{}").unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        receiver.up();
        send(&receiver, "last").unwrap();
        let all = receiver.wait("the last", |all| all.len() == 4).await;
        assert_eq!((all[3].id(), &*all[3].body), ("one", "last"));
        assert!(all[0].is_taken() && !all[3].is_taken());
    }
}
