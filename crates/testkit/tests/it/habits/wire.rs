//! Requests written byte by byte, as another language's HTTP library writes them, and replies read
//! the same way.

use std::time::Duration;

use leasehold_wire::context::{Context, Item};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a reply may take. Far beyond what it needs: a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client library, as far as it can be told from the wire.
pub(super) struct Library {
    /// `host:port`.
    pub authority: String,
    /// What comes before the paths that the library asks for.
    pub base: String,
    /// In every request.
    pub headers: Vec<String>,
    /// In every request that has no body.
    pub headers_without_body: Vec<String>,
}

impl Library {
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask(&self.request("GET", path, None)).await
    }

    /// POST of a form that is encoded already.
    pub(super) async fn post(&self, path: &str, form: &str) -> Answer {
        self.ask(&self.request("POST", path, Some(form))).await
    }

    pub(super) async fn delete(&self, path: &str) -> Answer {
        self.ask(&self.request("DELETE", path, None)).await
    }

    /// A whole request, on a connection of its own.
    pub(super) async fn ask(&self, request: &str) -> Answer {
        let mut connection = self.connect().await;
        connection.write(request).await;
        let answer = connection.read().await;
        connection.end().await;
        answer
    }

    pub(super) async fn connect(&self) -> Connection {
        let stream = TcpStream::connect(&self.authority).await.unwrap();
        Connection(BufReader::new(stream))
    }

    pub(super) fn request(&self, method: &str, path: &str, form: Option<&str>) -> String {
        let mut head = vec![
            format!("{method} {}{path} HTTP/1.1", self.base),
            format!("Host: {}", self.authority),
        ];
        head.extend(self.headers.iter().cloned());
        match form {
            Some(form) => {
                head.push("Content-Type: application/x-www-form-urlencoded".to_owned());
                head.push(format!("Content-Length: {}", form.len()));
            }
            None => head.extend(self.headers_without_body.iter().cloned()),
        }
        let form = form.unwrap_or_default();
        format!("{}\r\n\r\n{form}", head.join("\r\n"))
    }
}

/// A connection that may carry several requests.
pub(super) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(super) async fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads one reply, which must say how long it is.
    pub(super) async fn read(&mut self) -> Answer {
        timeout(PATIENCE, self.reply())
            .await
            .expect("the server answers")
    }

    async fn reply(&mut self) -> Answer {
        let status = self.line().await;
        let (version, status) = status.split_once(' ').unwrap();
        assert_eq!(version, "HTTP/1.1");
        let mut answer = Answer {
            status: status[..3].parse().unwrap(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        loop {
            let line = self.line().await;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap();
            let header = (name.to_ascii_lowercase(), value.trim().to_owned());
            answer.headers.push(header);
        }
        assert_eq!(answer.header("transfer-encoding"), None, "never chunked");
        match answer.status {
            100 => {}
            204 => {
                assert_eq!(answer.header("content-type"), None, "nothing has no type");
            }
            _ => {
                let length = answer.header("content-length");
                let length = length.expect("a body tells its length").parse().unwrap();
                answer.body = vec![0; length];
                self.0.read_exact(&mut answer.body).await.unwrap();
                let kind = answer.header("content-type").unwrap_or_default();
                leasehold_testkit::replies::keep(kind, &answer.body);
            }
        }
        answer
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        let ended = line.strip_suffix("\r\n");
        ended.expect("the reply goes on").to_owned()
    }

    /// Asks nothing more; nothing more may have come.
    pub(super) async fn end(mut self) {
        self.0.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let read = timeout(PATIENCE, self.0.read_to_end(&mut rest)).await;
        read.expect("the server hangs up").unwrap();
        assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(of, _)| of == name);
        header.map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The envelope, by the content type.
    pub(super) fn context(&self) -> Context {
        match self.header("content-type") {
            Some("application/json;charset=UTF-8") => {
                leasehold_wire::json::read(&self.body).unwrap()
            }
            Some("application/xml;charset=UTF-8") => leasehold_wire::xml::read(&self.body).unwrap(),
            other => panic!("{other:?} is no type of an envelope: {}", self.text()),
        }
    }

    /// The items of a reply that must be one of success.
    pub(super) fn items(&self) -> Vec<Item> {
        assert_eq!(self.status, 200, "{}", self.text());
        self.context().items.unwrap().items
    }

    /// The first of them.
    pub(super) fn item(&self) -> Item {
        self.items().swap_remove(0)
    }

    /// Status and id of a refusal.
    pub(super) fn refusal(&self) -> (u16, String) {
        let context = self.context();
        assert!(context.items.is_none(), "{}", self.text());
        (self.status, context.infos[0].id.clone())
    }
}
