//! Pages beside the API, in no envelope, for whoever looks after the process.

use std::net::IpAddr;
use std::pin::Pin;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};

use crate::rest::forwarded::Seen;
use crate::rest::problem::Problem;
use crate::rest::reply::{RequestId, with_body};
use crate::rest::serve::Answer;

/// A page below no base path, for callers on this machine and for whoever signs in.
pub struct Page<A> {
    /// Where it is: `/agent/status`.
    pub path: &'static str,
    /// Its media type.
    pub kind: &'static str,
    /// What writes it.
    pub text: for<'a> fn(&'a A, &'a Seen) -> PageText<'a>,
}

/// A page's text, underway.
pub type PageText<'a> = Pin<Box<dyn Future<Output = Result<String, Problem>> + Send + 'a>>;

/// A page that has a listener of its own, and is for everybody who reaches it.
pub struct Alone<F> {
    /// Where it is: `/metrics`.
    pub path: &'static str,
    /// Its media type.
    pub kind: &'static str,
    /// What writes it; `None`: it cannot be written at the moment.
    pub text: F,
}

impl<F, T> Answer for Alone<F>
where
    F: Fn() -> T + Send + Sync + 'static,
    T: Future<Output = Option<String>> + Send,
{
    async fn answer(&self, request: Request<Incoming>, _peer: IpAddr) -> Response<Full<Bytes>> {
        const PLAIN: &str = "text/plain;charset=UTF-8";
        let (status, kind, text) = match *request.method() {
            _ if request.uri().path() != self.path => {
                let text = format!("There is {} here.\n", self.path);
                (StatusCode::NOT_FOUND, PLAIN, text)
            }
            Method::GET | Method::HEAD => match (self.text)().await {
                Some(text) => (StatusCode::OK, self.kind, text),
                None => (StatusCode::SERVICE_UNAVAILABLE, PLAIN, String::new()),
            },
            _ => (StatusCode::METHOD_NOT_ALLOWED, PLAIN, String::new()),
        };
        with_body(status, kind, text.into_bytes(), &RequestId::draw())
    }
}
