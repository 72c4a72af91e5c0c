//! The bytes of requests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::seed;

/// What a reply should be written in.
#[derive(Clone, Copy)]
pub(crate) enum Accept {
    Xml,
    Json,
}

impl Accept {
    fn as_str(self) -> &'static str {
        match self {
            Self::Xml => "application/xml",
            Self::Json => "application/json",
        }
    }
}

/// Who asks: the value of the header `Authorization`.
#[derive(Clone)]
pub(crate) struct Credentials(String);

impl Credentials {
    pub(crate) fn api_key(number: &str) -> Self {
        Self::password("apiKey", number)
    }

    pub(crate) fn password(login: &str, password: &str) -> Self {
        let pair = STANDARD.encode(format!("{login}:{password}"));
        Self(format!("Basic {pair}"))
    }
}

/// `path` is below the base of the API.
pub(crate) fn post(who: &Credentials, accept: Accept, path: &str, form: &str) -> Vec<u8> {
    let (who, accept, length) = (&who.0, accept.as_str(), form.len());
    format!(
        "POST {BASE}{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {who}\r\n\
         Accept: {accept}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\n\r\n{form}"
    )
    .into_bytes()
}

/// `path` is below the base of the API, and has its query.
pub(crate) fn get(who: &Credentials, path: &str) -> Vec<u8> {
    let (who, accept) = (&who.0, Accept::Xml.as_str());
    format!(
        "GET {BASE}{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {who}\r\n\
         Accept: {accept}\r\n\r\n"
    )
    .into_bytes()
}

/// May the licensee run?
pub(crate) fn validate(who: &Credentials, accept: Accept, licensee: &str, form: &str) -> Vec<u8> {
    post(who, accept, &format!("/licensee/{licensee}/validate"), form)
}

/// One credit is written off.
pub(crate) fn use_one(who: &Credentials, accept: Accept, licensee: &str) -> Vec<u8> {
    let module = seed::COUNTED;
    let form = format!("productModuleNumber0={module}&usedQuantity0=1");
    validate(who, accept, licensee, &form)
}

/// A seat of a licensee's module is taken (`checkOut`) or given back (`checkIn`).
pub(crate) fn seat(
    who: &Credentials,
    accept: Accept,
    (licensee, module): (&str, &str),
    session: &str,
    action: &str,
) -> Vec<u8> {
    let form = format!("productModuleNumber0={module}&sessionId0={session}&action0={action}");
    validate(who, accept, licensee, &form)
}

/// A value as forms carry it.
pub(crate) fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// What an answer holds when it says yes.
pub(crate) const VALID: &[u8] = b"name=\"valid\">true<";

const BASE: &str = "/core/v2/rest";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_carries_any_text() {
        assert_eq!(encoded("a b+c/d=\n"), "a%20b%2Bc%2Fd%3D%0A");
    }

    #[test]
    fn a_request_tells_its_length() {
        let who = Credentials::password("a", "b");
        let request = post(&who, Accept::Json, "/product", "name=N");
        let text = String::from_utf8(request).unwrap();
        assert!(text.starts_with("POST /core/v2/rest/product HTTP/1.1\r\n"));
        assert!(text.contains("Authorization: Basic YTpi\r\nAccept: application/json\r\n"));
        assert!(text.ends_with("Content-Length: 6\r\n\r\nname=N"));
    }
}
