//! Writes answers: bodies in the negotiated form, and the headers of every response.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap,
    HeaderName, HeaderValue, REFERRER_POLICY, RETRY_AFTER, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};
use leasehold_wire::context::Context;
use leasehold_wire::envelope::Envelope;
use leasehold_wire::media::Media;

use crate::numbers;
use crate::rest::call::Reply;
use crate::rest::problem::Problem;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"NetLicensing\"");

/// Names one request, in its response and in the log: 32 hexadecimal digits.
pub(crate) struct RequestId([u8; 32]);

impl RequestId {
    pub(crate) fn draw() -> Self {
        let random = numbers::draw_id();
        let mut text = [0; 32];
        for (at, byte) in random.iter().enumerate() {
            text[2 * at] = DIGITS[usize::from(byte >> 4)];
            text[2 * at + 1] = DIGITS[usize::from(byte & 15)];
        }
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// What the caller wants to see.
pub(crate) struct Wishes {
    /// The form of the reply; `None`: none that there is.
    pub(crate) media: Option<Media>,
    /// A browser would answer a challenge with a dialog; a script in it does not want one.
    challenge: bool,
}

impl Wishes {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get(ACCEPT);
        let media = match accept.map(HeaderValue::to_str) {
            None => Media::negotiate(None),
            Some(Ok(_)) if headers.get_all(ACCEPT).iter().nth(1).is_some() => {
                let all: Vec<_> = headers.get_all(ACCEPT).iter().collect();
                let all: Vec<_> = all.iter().filter_map(|one| one.to_str().ok()).collect();
                Media::negotiate(Some(&all.join(",")))
            }
            Some(Ok(accept)) => Media::negotiate(Some(accept)),
            Some(Err(_)) => None,
        };
        let is_script = headers
            .get(X_REQUESTED_WITH)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"XMLHttpRequest"));
        Self {
            media,
            challenge: !is_script,
        }
    }

    /// Writes a reply.
    pub(crate) fn reply(&self, reply: Reply, id: &RequestId) -> Response<Full<Bytes>> {
        match reply {
            Reply::Context(context) => self.envelope(StatusCode::OK, &context, id),
            Reply::Validation(validation) => self.envelope(StatusCode::OK, &validation, id),
            Reply::Document(kind, bytes) => with_body(StatusCode::OK, kind, bytes, id),
            Reply::NoContent => no_content(id),
        }
    }

    /// Writes a problem.
    pub(crate) fn problem(&self, problem: &Problem, id: &RequestId) -> Response<Full<Bytes>> {
        let told = problem.told();
        let context = Context {
            infos: told.infos,
            items: None,
            ttl: None,
        };
        let mut response = self.envelope(told.status, &context, id);
        let headers = response.headers_mut();
        if told.status == StatusCode::UNAUTHORIZED && self.challenge {
            headers.insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        if let Some(allow) = told.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if let Some(seconds) = told.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    fn envelope(
        &self,
        status: StatusCode,
        envelope: &impl Envelope,
        id: &RequestId,
    ) -> Response<Full<Bytes>> {
        let media = self.media.unwrap_or_default();
        let body = media.write(envelope);
        with_body(status, media.content_type(), body, id)
    }
}

/// What a response has at most, and a few that the library adds.
const HEADERS: usize = 12;

/// A response with a body.
pub(crate) fn with_body(
    status: StatusCode,
    content_type: &'static str,
    body: Vec<u8>,
    id: &RequestId,
) -> Response<Full<Bytes>> {
    let length = body.len();
    let mut response = bare(status, Bytes::from(body), id);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Written out, so that it is there for HEAD and whatever the body's type says of its size.
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}

/// 204.
pub(crate) fn no_content(id: &RequestId) -> Response<Full<Bytes>> {
    bare(StatusCode::NO_CONTENT, Bytes::new(), id)
}

fn bare(status: StatusCode, body: Bytes, id: &RequestId) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    // Hexadecimal digits are a legal value.
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(X_REQUEST_ID, id);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // What a browser must not make of it, should one ever show it.
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let nothing = "default-src 'none'; frame-ancestors 'none'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(nothing));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
