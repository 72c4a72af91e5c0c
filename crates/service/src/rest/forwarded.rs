//! Who really asks, where a reverse proxy asks on somebody's behalf: `Forwarded` (RFC 7239) and
//! `X-Forwarded-For`, `-Proto`, `-Host`, from proxies that are trusted and nobody else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::header::{FORWARDED, HOST, HeaderName};

pub use hyper::header::HeaderMap;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Hosts longer than this are no names.
const HOST_LIMIT: usize = 255;

/// Which addresses may say on whose behalf they ask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proxies(Vec<Network>);

/// An address, or all that begin like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

/// A caller, as far as can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The address that is held responsible.
    pub source: IpAddr,
    /// True when the caller is on this machine, no proxy says otherwise, and it calls this machine by
    /// a name of its own. A web page may have others: its name can be led here.
    pub is_local: bool,
    /// How the caller reached the proxy (`https`), where a trusted one says so.
    pub scheme: Option<&'static str>,
    /// By which name, with its port, where a trusted proxy says so.
    pub host: Option<String>,
}

impl Seen {
    /// One who asks for himself.
    pub fn directly(peer: IpAddr) -> Self {
        Self {
            source: peer,
            is_local: peer.to_canonical().is_loopback(),
            scheme: None,
            host: None,
        }
    }
}

impl Proxies {
    /// Those on this machine.
    pub fn loopback() -> Self {
        let v4 = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0));
        Self(vec![
            Network {
                address: v4,
                bits: 8,
            },
            Network {
                address: IpAddr::V6(Ipv6Addr::LOCALHOST),
                bits: 128,
            },
        ])
    }

    /// Reads addresses and networks (`10.1.2.0/24`), `loopback`, or `none` for nobody. Fails with
    /// the first that is none of these.
    pub fn parse<'a>(items: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut networks = Vec::new();
        for item in items {
            match item {
                "none" => {}
                "loopback" => networks.extend(Self::loopback().0),
                item => networks.push(Network::parse(item).ok_or_else(|| item.to_owned())?),
            }
        }
        Ok(Self(networks))
    }

    /// Who asks, when `peer` sends these headers.
    pub fn seen(&self, peer: IpAddr, headers: &HeaderMap) -> Seen {
        let is_forwarded = headers.contains_key(FORWARDED) || headers.contains_key(X_FORWARDED_FOR);
        let mut seen = Seen::directly(peer);
        seen.is_local &= calls_this_machine(headers);
        if !is_forwarded {
            return seen;
        }
        // Whoever is asked for, it is not the machine itself that asks.
        seen.is_local = false;
        if !self.trusts(peer) {
            return seen;
        }
        let steps = match headers.contains_key(FORWARDED) {
            true => forwarded(headers),
            false => x_forwarded(headers),
        };
        // From the nearest on: what a trusted one says holds, and further back nobody is trusted.
        for step in steps.iter().rev() {
            seen.scheme = step.scheme.or(seen.scheme);
            seen.host = step.host.clone().or(seen.host);
            let Some(source) = step.source else { break };
            seen.source = source;
            if !self.trusts(source) {
                break;
            }
        }
        let names = steps.iter().all(|step| step.source.is_some());
        let is_here = seen.source.to_canonical().is_loopback();
        seen.is_local = names && is_here && calls_this_machine(headers);
        seen
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits)),
            None => (text.parse().ok()?, None),
        };
        let most = width(address);
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= most)?,
            None => most,
        };
        Some(Self { address, bits })
    }

    fn holds(&self, address: IpAddr) -> bool {
        let (own, other) = (self.address, address.to_canonical());
        let drop = u32::from(width(own) - self.bits);
        match (own, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits())
                    .checked_shr(drop)
                    .unwrap_or(0)
                    == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits())
                    .checked_shr(drop)
                    .unwrap_or(0)
                    == 0
            }
            _ => false,
        }
    }
}

fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// True when the request is for `localhost` or an address of it.
fn calls_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else {
        // Before HTTP/1.1, and no browser.
        return true;
    };
    let Ok(host) = host.to_str() else {
        return false;
    };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default();
    let address = name.parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// What one proxy says of who asked it.
#[derive(Debug, Default)]
struct Step {
    source: Option<IpAddr>,
    scheme: Option<&'static str>,
    host: Option<String>,
}

fn forwarded(headers: &HeaderMap) -> Vec<Step> {
    let values = headers.get_all(FORWARDED).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let elements = values.flat_map(|value| outside_quotes(value, ','));
    elements
        .map(|element| {
            let mut step = Step::default();
            for pair in outside_quotes(element, ';') {
                let Some((name, value)) = pair.split_once('=') else {
                    continue;
                };
                let value = value.trim().trim_matches('"');
                match name.trim().to_ascii_lowercase().as_str() {
                    "for" => step.source = node(value),
                    "proto" => step.scheme = scheme(value),
                    "host" => step.host = host(value),
                    _ => {}
                }
            }
            step
        })
        .collect()
}

/// The three headers are lists of their own; scheme and host are said by the nearest proxy.
fn x_forwarded(headers: &HeaderMap) -> Vec<Step> {
    let list = |name: HeaderName| -> Vec<&str> {
        let values = headers.get_all(name).iter();
        let values = values.filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect()
    };
    let sources = list(X_FORWARDED_FOR).into_iter().map(node);
    let mut steps: Vec<Step> = sources
        .map(|source| Step {
            source,
            ..Step::default()
        })
        .collect();
    if let Some(nearest) = steps.last_mut() {
        nearest.scheme = list(X_FORWARDED_PROTO).last().copied().and_then(scheme);
        nearest.host = list(X_FORWARDED_HOST).last().copied().and_then(host);
    }
    steps
}

/// `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80` or `2001:db8::1`. `unknown` and names that hide
/// somebody are nobody.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split_once(']')?.0.parse().ok();
    }
    let whole = text.parse().ok();
    whole.or_else(|| {
        text.rsplit_once(':')?
            .0
            .parse::<Ipv4Addr>()
            .ok()
            .map(IpAddr::V4)
    })
}

fn scheme(text: &str) -> Option<&'static str> {
    match text {
        _ if text.eq_ignore_ascii_case("https") => Some("https"),
        _ if text.eq_ignore_ascii_case("http") => Some("http"),
        _ => None,
    }
}

fn host(text: &str) -> Option<String> {
    let is_meant = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    let is_host = !text.is_empty() && text.len() <= HOST_LIMIT && text.bytes().all(is_meant);
    is_host.then(|| text.to_owned())
}

/// The parts of a text between separators that do not stand in quotes.
fn outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split(move |character| {
        if character == '"' {
            is_quoted = !is_quoted;
        }
        character == separator && !is_quoted
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "127.0.0.1";

    fn seen(proxies: &[&str], peer: &str, headers: &[(&'static str, &'static str)]) -> Seen {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let proxies = Proxies::parse(proxies.iter().copied()).unwrap();
        proxies.seen(peer.parse().unwrap(), &map)
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let headers = [
            ("x-forwarded-for", "198.51.100.7"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "license.example:8443"),
        ];
        let believed = seen(&["loopback"], PROXY, &headers);
        assert_eq!(believed.source.to_string(), "198.51.100.7");
        assert_eq!(believed.scheme, Some("https"));
        assert_eq!(believed.host.as_deref(), Some("license.example:8443"));
        assert!(!believed.is_local);
        for (trusted, peer) in [(&["loopback"][..], "192.0.2.9"), (&["none"], PROXY)] {
            let refused = seen(trusted, peer, &headers);
            assert_eq!(refused.source.to_string(), peer);
            assert_eq!((refused.scheme, refused.host), (None, None));
            assert!(!refused.is_local);
        }
    }

    #[test]
    fn what_is_said_before_the_first_stranger_is_not_believed() {
        for (value, source) in [
            ("6.6.6.6, 198.51.100.7", "198.51.100.7"),
            ("6.6.6.6, 198.51.100.7, 10.1.2.3", "198.51.100.7"),
            ("127.0.0.1, 198.51.100.7", "198.51.100.7"),
            ("10.1.2.3, 10.1.2.4", "10.1.2.3"),
            ("6.6.6.6, unknown", PROXY),
            ("6.6.6.6, unknown, 10.1.2.3", "10.1.2.3"),
            ("", PROXY),
            ("198.51.100.7:4711", "198.51.100.7"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
        ] {
            let seen = seen(
                &["loopback", "10.1.2.0/24"],
                PROXY,
                &[("x-forwarded-for", value)],
            );
            assert_eq!(seen.source.to_string(), source, "{value}");
            assert!(!seen.is_local, "{value}");
        }
    }

    #[test]
    fn the_standard_header_wins_and_is_read_with_its_quotes() {
        let headers = [
            (
                "forwarded",
                "for=\"[2001:db8::17]:4711\";proto=https;host=\"a.example\"",
            ),
            ("forwarded", "for=10.1.2.3"),
            ("x-forwarded-for", "6.6.6.6"),
        ];
        let seen = seen(&["loopback", "10.1.2.3"], PROXY, &headers);
        assert_eq!(seen.source.to_string(), "2001:db8::17");
        assert_eq!(
            (seen.scheme, seen.host.as_deref()),
            (Some("https"), Some("a.example"))
        );
    }

    #[test]
    fn this_machine_is_local_only_when_nobody_else_is_named() {
        assert!(seen(&["loopback"], PROXY, &[]).is_local);
        assert!(seen(&["loopback"], "::1", &[("x-forwarded-for", "127.0.0.1")]).is_local);
        assert!(!seen(&["none"], PROXY, &[("x-forwarded-for", "127.0.0.1")]).is_local);
        assert!(!seen(&["loopback"], "192.0.2.1", &[]).is_local);
        for (host, is_local) in [
            ("localhost:8080", true),
            ("127.0.0.1", true),
            ("[::1]:8080", true),
            // A name that somebody leads here, for his web page to read what it may not.
            ("attacker.example:8080", false),
            ("localhost.attacker.example", false),
            ("192.0.2.1:8080", false),
        ] {
            assert_eq!(
                seen(&["loopback"], PROXY, &[("host", host)]).is_local,
                is_local,
                "{host}"
            );
        }
    }

    #[test]
    fn networks_are_read_or_named() {
        for bad in ["10.0.0.0/33", "::/129", "proxy.example", "", "10.0.0.0/"] {
            assert_eq!(Proxies::parse([bad]), Err(bad.to_owned()));
        }
        let all = Proxies::parse(["0.0.0.0/0", "2001:db8::/32"]).unwrap();
        for (address, is_held) in [
            ("8.8.8.8", true),
            ("::ffff:8.8.8.8", true),
            ("2001:db8:ffff::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(all.trusts(address.parse().unwrap()), is_held, "{address}");
        }
    }

    proptest! {
        /// Whatever stands in the headers: a peer that is not trusted gains nothing, and a trusted
        /// one names an address or stays responsible itself.
        #[test]
        fn no_header_gives_what_is_not_due(
            forwarded in "[ -~]{0,60}",
            list in "([0-9.:a-f\\[\\]]{0,12}, ?){0,4}[ -~]{0,20}",
        ) {
            let mut headers = HeaderMap::new();
            headers.insert(FORWARDED, forwarded.parse().unwrap());
            headers.insert(X_FORWARDED_FOR, list.parse().unwrap());
            let stranger: IpAddr = "192.0.2.9".parse().unwrap();
            let seen = Proxies::loopback().seen(stranger, &headers);
            prop_assert_eq!((seen.source, seen.is_local), (stranger, false));
            prop_assert_eq!((seen.scheme, seen.host), (None, None));

            let proxy: IpAddr = PROXY.parse().unwrap();
            let _may_be_anybody_whom_it_names = Proxies::loopback().seen(proxy, &headers);
            headers.remove(FORWARDED);
            let seen = Proxies::loopback().seen(proxy, &headers);
            let mut named = list.split(',').filter_map(node);
            prop_assert!(seen.source == proxy || named.any(|named| named == seen.source));
        }
    }
}
