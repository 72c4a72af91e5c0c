//! Request bodies: read within limits, and cleared away when nobody reads them.

use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use leasehold_wire::form::Limits;

use crate::rest::problem::Problem;

/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);

/// What is read and thrown away at most, and for how long, so that a caller who is still
/// sending sees the answer and no broken connection.
const CLEARED: usize = 8 * Limits::BODY;
const CLEARING: Duration = Duration::from_secs(5);

/// What requests bring along.
pub trait RequestBody:
    Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin
{
}

impl<B> RequestBody for B where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin
{
}

/// Reads a form's bytes; they are copied at most once. A body that is not empty must be a form.
pub(crate) async fn form_bytes(
    headers: &HeaderMap,
    body: &mut impl RequestBody,
) -> Result<Bytes, Problem> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > 0) && !is_form(headers) {
        return Err(Problem::UnsupportedMediaType);
    }
    if announced.is_some_and(|length| length > Limits::BODY as u64) {
        return Err(Problem::PayloadTooLarge);
    }
    let read = tokio::time::timeout(ARRIVAL, Limited::new(body, Limits::BODY).collect())
        .await
        .map_err(|_| Problem::BodyTimeout)?;
    let bytes = match read {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(Problem::PayloadTooLarge),
        Err(_) => {
            return Err(Problem::Malformed(
                "The request's body is broken".to_owned(),
            ));
        }
    };
    if !bytes.is_empty() && !is_form(headers) {
        return Err(Problem::UnsupportedMediaType);
    }
    Ok(bytes)
}

/// True for `application/x-www-form-urlencoded` in UTF-8, neither compressed nor otherwise encoded.
fn is_form(headers: &HeaderMap) -> bool {
    if headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return false;
    }
    let Some(text) = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
    else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let is_form = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    is_form
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, charset)) if name.trim().eq_ignore_ascii_case("charset") => {
                let charset = charset.trim().trim_matches('"');
                ["utf-8", "utf8", "us-ascii"]
                    .iter()
                    .any(|known| charset.eq_ignore_ascii_case(known))
            }
            _ => true,
        })
}

/// Throws away what is left of a body.
pub(crate) async fn clear(body: &mut impl RequestBody) {
    if body.is_end_stream() {
        return;
    }
    let clearing = async {
        let mut body = pin!(body);
        let mut left = CLEARED;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(length) {
                Some(still) => left = still,
                None => return,
            }
        }
    };
    // Too slow or too much: the connection is closed instead.
    let _too_slow = tokio::time::timeout(CLEARING, clearing).await;
}
