//! Which addresses messages go to: none in private networks, unless that is allowed.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// What is told of an endpoint that must not be reached.
pub(super) const REFUSED: &str = "the endpoint's address lies in a private network, which needs the server's option --webhook-allow-private";

/// Looks names up, and passes over addresses that are not public. A name is looked up for each
/// connection, and the connection goes to what was looked at: no second look-up can say otherwise.
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|at| is_public(at.ip())).collect();
            if public.is_empty() {
                return Err(Box::<dyn Error + Send + Sync>::from(REFUSED));
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

/// True for a URL that names a private address itself, for which nothing is looked up.
pub(super) fn is_private_literal(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return true;
    };
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    literal.parse().is_ok_and(|address| !is_public(address))
}

fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        // This network, carriers' networks, protocol assignments, relays to IPv6, benchmarks, and
        // what is reserved.
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240;
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let words = address.segments();
    // Global unicast is 2000::/3; of it, documentation is nobody's, what is assigned to protocols
    // no host's, and what tunnels IPv4 would lead wherever the address within it does.
    let is_global = words[0] & 0xe000 == 0x2000;
    let is_documentation =
        (words[0] == 0x2001 && words[1] == 0x0db8) || words[0] & 0xfff0 == 0x3ff0;
    let is_protocol = words[0] == 0x2001 && words[1] < 0x0200;
    let is_tunnel = words[0] == 0x2002;
    is_global && !is_documentation && !is_protocol && !is_tunnel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fd00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "93.184.215.14",
            "172.15.0.1",
            "2606:4700::1111",
            "2001:4860::8888",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn a_private_literal_is_seen_in_whatever_spelling() {
        for url in [
            "http://127.0.0.1/",
            "http://[::1]:80/x",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::ffff:10.0.0.1]/",
        ] {
            assert!(is_private_literal(&Url::parse(url).unwrap()), "{url}");
        }
        for url in ["http://example.org/", "https://93.184.215.14/"] {
            assert!(!is_private_literal(&Url::parse(url).unwrap()), "{url}");
        }
    }
}
