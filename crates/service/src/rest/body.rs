//! Request bodies: read within limits, and cleared away when nobody reads them.

use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use leasehold_wire::form::Limits;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::rest::problem::Problem;

/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);

/// The same for one of [`Limits::BULK`], of which not many are in memory at a time.
const BULK_ARRIVAL: Duration = Duration::from_secs(120);
static BULK: Semaphore = Semaphore::const_new(2);

/// What is read and thrown away at most, and for how long, so that a caller who is still
/// sending sees the answer and no broken connection.
const CLEARED: usize = 8 * Limits::FORM.body;
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

/// Waits until a body that may be larger than most can be read; as long as the turn is kept, it counts
/// as one of those in memory. A body that announces that it is small needs none.
pub(crate) async fn turn(
    headers: &HeaderMap,
    limits: Limits,
) -> Result<Option<SemaphorePermit<'static>>, Problem> {
    let is_small = announced(headers).is_some_and(|length| length <= Limits::FORM.body as u64);
    if limits == Limits::FORM || is_small {
        return Ok(None);
    }
    let turn = tokio::time::timeout(BULK_ARRIVAL, BULK.acquire()).await;
    let turn = turn.map_err(|_| Problem::BodyTimeout)?;
    turn.map(Some)
        .map_err(|closed| Problem::Internal(Box::new(closed)))
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    let length = headers.get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// Reads a form's bytes; they are copied at most once. A body that is not empty must be a form.
pub(crate) async fn form_bytes(
    headers: &HeaderMap,
    body: &mut impl RequestBody,
    limits: Limits,
) -> Result<Bytes, Problem> {
    let announced = announced(headers);
    let too_large = || Problem::PayloadTooLarge { limit: limits.body };
    if announced.is_some_and(|length| length > 0) && !is_form(headers) {
        return Err(Problem::UnsupportedMediaType);
    }
    if announced.is_some_and(|length| length > limits.body as u64) {
        return Err(too_large());
    }
    let arrival = match limits == Limits::FORM {
        true => ARRIVAL,
        false => BULK_ARRIVAL,
    };
    let read = tokio::time::timeout(arrival, Limited::new(body, limits.body).collect())
        .await
        .map_err(|_| Problem::BodyTimeout)?;
    let bytes = match read {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_large()),
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
