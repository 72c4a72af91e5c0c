//! `Idempotency-Key`: a call that is sent again is answered as it was, and done once (decision D19).

use hyper::header::{HeaderMap, HeaderName};
use leasehold_seal::digest::sha256;
use leasehold_store::CallKey;

use crate::rest::call::Principal;
use crate::rest::problem::Problem;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest key, in characters.
const LIMIT: usize = 255;

/// What makes a call the same one: the key, and who asks for what. `parts` are the method, the
/// path, the query and the body. `None`: the caller chose no key.
pub(crate) fn call_key(
    headers: &HeaderMap,
    principal: &Principal,
    parts: [&[u8]; 4],
) -> Result<Option<CallKey>, Problem> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    let key = key.as_bytes();
    let is_printable = key.iter().all(|byte| (0x20..0x7f).contains(byte));
    if key.is_empty() || key.len() > LIMIT || !is_printable || keys.next().is_some() {
        return Err(Problem::MalformedKey);
    }
    // Another right, another answer: what one was told is not for the other.
    let asker = format!("{:?} {}", principal.access, principal.actor);
    let [method, path, query, body] = parts;
    let mut digested = Vec::new();
    for part in [asker.as_bytes(), method, path, query, body] {
        digested.extend_from_slice(&sha256(&[part]));
    }
    Ok(Some(CallKey {
        key: sha256(&[key]),
        request: sha256(&[&digested]),
    }))
}
