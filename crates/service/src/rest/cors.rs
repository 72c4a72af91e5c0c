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
    told: Told,
}

/// Which headers tell a browser what it may.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Told {
    /// Those of the server.
    #[default]
    Server,
    /// Those that the original's page on reverse proxies tells, without what an agent does not
    /// offer (agent specification, 12.4).
    Agent,
}

impl Cors {
    /// No origin at all.
    pub const NONE: Self = Self {
        origins: Vec::new(),
        told: Told::Server,
    };

    /// The same for an agent, which tells a caller's own origin even where all may call.
    pub fn agent(origins: Vec<String>) -> Result<Self, String> {
        let cors = Self::new(origins)?;
        Ok(Self {
            told: Told::Agent,
            ..cors
        })
    }

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
        Ok(Self {
            origins,
            told: Told::Server,
        })
    }

    /// True unless a web page asks that is not let. A browser asks first only where a page sends more
    /// than a plain form, so that without credentials this is all that keeps other pages away.
    pub fn admits(&self, request: &HeaderMap) -> bool {
        let is_listed = |origin: &HeaderValue| {
            let same = |known: &String| known == "*" || known.as_bytes() == origin.as_bytes();
            self.origins.iter().any(same)
        };
        request.get(ORIGIN).is_none_or(is_listed)
    }

    /// Adds what a browser wants to see, to the reply of a request with these headers.
    pub(crate) fn allow(&self, request: &HeaderMap, is_preflight: bool, reply: &mut HeaderMap) {
        if self.origins.is_empty() {
            return;
        }
        let is_open = self.origins.iter().any(|origin| origin == "*");
        let origin = request.get(ORIGIN);
        let allowed = if is_open && self.told == Told::Server {
            Some(HeaderValue::from_static("*"))
        } else {
            // The reply differs by who asks, which a cache must know.
            reply.append(VARY, HeaderValue::from_static("Origin"));
            let listed = |origin: &&HeaderValue| {
                let known = |known: &String| known.as_bytes() == origin.as_bytes();
                self.origins.iter().any(known)
            };
            origin.filter(|one| is_open || listed(one)).cloned()
        };
        let Some(allowed) = allowed else { return };
        reply.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        if self.told == Told::Server {
            reply.insert(
                ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static("X-Request-Id, Retry-After, WWW-Authenticate"),
            );
        }
        if is_preflight {
            let (methods, headers, max_age_s) = self.told.preflight();
            let values = [
                (ACCESS_CONTROL_ALLOW_METHODS, methods),
                (ACCESS_CONTROL_ALLOW_HEADERS, headers),
                (ACCESS_CONTROL_MAX_AGE, max_age_s),
            ];
            for (name, value) in values {
                reply.insert(name, HeaderValue::from_static(value));
            }
        }
    }
}

impl Told {
    /// Methods, headers, and for how many seconds that holds.
    fn preflight(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Server => (
                "GET, POST, DELETE, OPTIONS",
                "Authorization, Accept, Content-Type, X-Requested-With, NetLicensing-Origin, Idempotency-Key",
                "600",
            ),
            Self::Agent => (
                "GET, POST, OPTIONS",
                "Content-Type, Accept, Authorization",
                "3600",
            ),
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

    /// Agent specification, 12.4: exactly these headers.
    #[test]
    fn an_agent_tells_the_callers_own_origin() {
        for origins in ["https://shop.example", "*"] {
            let cors = Cors::agent(vec![origins.to_owned()]).unwrap();
            let mut request = HeaderMap::new();
            request.insert(ORIGIN, HeaderValue::from_static("https://shop.example"));
            let mut reply = HeaderMap::new();
            cors.allow(&request, true, &mut reply);
            let told: Vec<String> = reply
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                .collect();
            let expected = [
                "vary: Origin",
                "access-control-allow-origin: https://shop.example",
                "access-control-allow-methods: GET, POST, OPTIONS",
                "access-control-allow-headers: Content-Type, Accept, Authorization",
                "access-control-max-age: 3600",
            ];
            assert_eq!(told.len(), expected.len(), "{told:?}");
            for line in expected {
                assert!(told.iter().any(|told| told == line), "{line}: {told:?}");
            }
        }
    }
}
