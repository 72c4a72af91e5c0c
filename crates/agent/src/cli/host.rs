//! The server's address: scheme, host and port.

use std::net::IpAddr;

use reqwest::Url;

/// Where the server is (AG-3, AG-4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreHost(Url);

impl CoreHost {
    /// Reads `scheme://host[:port]`; a slash at the end is tolerated. Fails with what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = "expected http:// or https://, a host and perhaps a port";
        let url = Url::parse(text).map_err(|_| expected.to_owned())?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(expected.to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold credentials: use --nlic.username".to_owned());
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err("must not have a path or a query".to_owned());
        }
        Ok(Self(url))
    }

    /// True for plain HTTP.
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// True for plain HTTP to another machine, which everybody in between can read.
    pub fn is_readable_underway(&self) -> bool {
        self.is_plain() && !self.is_loopback()
    }

    /// True for this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || address
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// The address of `path`, which begins with a slash.
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }
}

impl std::fmt::Display for CoreHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_host_and_port_and_nothing_else() {
        for good in [
            "https://go.example",
            "http://localhost:8090",
            "http://[::1]:1/",
        ] {
            let host = CoreHost::parse(good).unwrap();
            assert_eq!(host.to_string(), good.trim_end_matches('/'));
        }
        for bad in [
            "",
            "go.example",
            "go.example:8090",
            "ftp://go.example",
            "https://go.example/core",
            "https://go.example/?a=b",
            "https://go.example/#a",
            "https://user:secret@go.example",
        ] {
            assert!(CoreHost::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        let readable = |text| CoreHost::parse(text).unwrap().is_readable_underway();
        for own in ["http://localhost:1", "http://127.0.0.9", "http://[::1]:1"] {
            assert!(!readable(own), "{own}");
        }
        assert!(!readable("https://go.example"));
        assert!(readable("http://go.example"));
        assert!(readable("http://127.0.0.1.example"));
    }
}
