//! A small client of the REST API: forms in, envelopes out.

use std::time::Duration;

use leasehold_wire::context::{Context, Item};
use leasehold_wire::media::Media;

use crate::replies;

/// Speaks to one server or agent with one set of credentials. Clones share connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    credentials: Option<(String, String)>,
    media: Media,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The `Content-Type`, or nothing.
    pub content_type: String,
    /// `Retry-After`, in seconds.
    pub retry_after_s: Option<u64>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl Client {
    /// A client of the API below `address` (`http://host:port`), asking for JSON.
    pub fn new(address: &str, user: &str, password: &str) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .expect("a client without a proxy can be made");
        Self {
            http,
            base: format!("{address}/core/v2/rest"),
            credentials: Some((user.to_owned(), password.to_owned())),
            media: Media::Json,
        }
    }

    /// The same client, asking for `media`.
    pub fn asking_for(&self, media: Media) -> Self {
        Self {
            media,
            ..self.clone()
        }
    }

    /// The same client, showing no credentials.
    pub fn anonymous(&self) -> Self {
        Self {
            credentials: None,
            ..self.clone()
        }
    }

    /// GET; `path` begins with `/` and is encoded already.
    pub async fn get(&self, path: &str) -> Result<Reply, reqwest::Error> {
        self.send(self.http.get(format!("{}{path}", self.base)))
            .await
    }

    /// POST of a form.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Reply, reqwest::Error> {
        let request = self.http.post(format!("{}{path}", self.base));
        self.send(request.form(form)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Result<Reply, reqwest::Error> {
        self.send(self.http.delete(format!("{}{path}", self.base)))
            .await
    }

    /// A request that shows the client's credentials and nothing else, to be sent as the caller
    /// likes.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes());
        let method = method.expect("the method is a word");
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.credentials {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        }
    }

    /// POST that must be answered by 200; returns the first item.
    pub async fn make(&self, path: &str, form: &[(&str, &str)]) -> Item {
        let reply = self.post(path, form).await.unwrap();
        let items = reply.expect_items(path);
        items.into_iter().next().expect("the reply has an item")
    }

    async fn send(&self, mut request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
        if let Some((user, password)) = &self.credentials {
            request = request.basic_auth(user, Some(password));
        }
        let accept = match self.media {
            Media::Xml => "application/xml",
            Media::Json => "application/json",
        };
        let response = request.header("Accept", accept).send().await?;
        let status = response.status().as_u16();
        let header = |name: &str| response.headers().get(name)?.to_str().ok();
        let content_type = header("content-type").unwrap_or_default().to_owned();
        let retry_after_s = header("retry-after").map(|text| text.parse().unwrap());
        let body = response.bytes().await?.to_vec();
        replies::keep(&content_type, &body);
        Ok(Reply {
            status,
            content_type,
            retry_after_s,
            body,
        })
    }
}

impl Reply {
    /// The envelope, by the content type.
    pub fn context(&self) -> Context {
        if self.content_type.starts_with("application/json") {
            leasehold_wire::json::read(&self.body).unwrap()
        } else {
            leasehold_wire::xml::read(&self.body).unwrap()
        }
    }

    /// The body as text, for a report.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The items of a reply that must have the status 200; `asked` is named when it has not.
    pub fn expect_items(&self, asked: &str) -> Vec<Item> {
        assert_eq!(self.status, 200, "{asked}: {}", self.text());
        self.context().items.unwrap_or_default().items
    }
}

/// Percent-encodes one segment of a path.
pub fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
