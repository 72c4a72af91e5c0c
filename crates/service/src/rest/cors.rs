//! Which web pages a browser lets call the API (wire contract, section 1).

use hyper::HeaderMap;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, ORIGIN, VARY,
};

/// The origins that may; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cors {
    origins: Vec<String>,
}

impl Cors {
    /// No origin at all.
    pub const NONE: Self = Self {
        origins: Vec::new(),
    };

    /// Lets these origins (`https://shop.example`), or all by `*`. Fails with the first that is
    /// neither.
    pub fn new(origins: Vec<String>) -> Result<Self, String> {
        for origin in &origins {
            let is_origin = origin == "*"
                || origin.split_once("://").is_some_and(|(scheme, host)| {
                    matches!(scheme, "http" | "https")
                        && !host.is_empty()
                        && !host.contains(['/', '?', '#', '@', ' '])
                });
            if !is_origin || HeaderValue::from_str(origin).is_err() {
                return Err(origin.clone());
            }
        }
        Ok(Self { origins })
    }

    /// Adds what a browser wants to see, to the reply of a request with these headers.
    pub(crate) fn allow(&self, request: &HeaderMap, is_preflight: bool, reply: &mut HeaderMap) {
        if self.origins.is_empty() {
            return;
        }
        let is_open = self.origins.iter().any(|origin| origin == "*");
        let origin = request.get(ORIGIN);
        let allowed = if is_open {
            Some(HeaderValue::from_static("*"))
        } else {
            // The reply differs by who asks, which a cache must know.
            reply.append(VARY, HeaderValue::from_static("Origin"));
            let listed = |origin: &&HeaderValue| {
                let known = |known: &String| known.as_bytes() == origin.as_bytes();
                self.origins.iter().any(known)
            };
            origin.filter(listed).cloned()
        };
        let Some(allowed) = allowed else { return };
        reply.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        reply.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("X-Request-Id, Retry-After, WWW-Authenticate"),
        );
        if is_preflight {
            reply.insert(
                ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static("GET, POST, DELETE, OPTIONS"),
            );
            reply.insert(
                ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static(
                    "Authorization, Accept, Content-Type, X-Requested-With, NetLicensing-Origin, Idempotency-Key",
                ),
            );
            reply.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(origins: &[&str], origin: &str) -> Option<String> {
        let cors = Cors::new(origins.iter().map(ToString::to_string).collect()).unwrap();
        let mut request = HeaderMap::new();
        request.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
        let mut reply = HeaderMap::new();
        cors.allow(&request, true, &mut reply);
        let allowed = reply.get(ACCESS_CONTROL_ALLOW_ORIGIN)?;
        Some(allowed.to_str().unwrap().to_owned())
    }

    #[test]
    fn only_listed_origins_are_allowed() {
        let shop = "https://shop.example";
        assert_eq!(allowed(&[], shop), None);
        assert_eq!(allowed(&[shop], shop).as_deref(), Some(shop));
        assert_eq!(allowed(&[shop], "https://other.example"), None);
        assert_eq!(allowed(&["*"], shop).as_deref(), Some("*"));
        for bad in ["shop.example", "ftp://x", "https://x/y", "https://"] {
            assert_eq!(Cors::new(vec![bad.to_owned()]), Err(bad.to_owned()));
        }
    }
}
