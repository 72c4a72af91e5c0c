//! The options of whoever answers: where, over what, to whom.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use leasehold_service::rest::cors::Cors;
use leasehold_service::rest::forwarded::Proxies;
use leasehold_service::rest::tls::{TlsFiles, TlsOptions, TlsVersion};

use super::config::refused;
use super::options::Id;
use super::settings::Settings;
use crate::error::AgentError;

/// Answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOffline {
    /// On which address.
    pub bind: IpAddr,
    /// On which port; 0 for any that is free.
    pub port: u16,
    /// What callers must show.
    pub auth: Auth,
    /// Over TLS; `None`: plain HTTP.
    pub tls: Option<TlsOptions>,
    /// What stands around it.
    pub edge: Edge,
    /// Where `/metrics` is; `None`: nowhere.
    pub metrics: Option<SocketAddr>,
}

/// What stands around an agent: proxies, and web pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Whose word on callers counts.
    pub proxies: Proxies,
    /// What stands before `/rest` in every path: `/license`, or nothing.
    pub base_path: String,
    /// Which web pages may call.
    pub cors: Cors,
}

impl Default for Edge {
    /// Proxies on this machine, and no web pages.
    fn default() -> Self {
        Self {
            proxies: Proxies::loopback(),
            base_path: String::new(),
            cors: Cors::NONE,
        }
    }
}

/// What callers must show (8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Auth {
    /// An API key.
    #[default]
    ApiKey,
    /// Nothing that would be judged.
    None,
}

pub(super) fn run_offline(
    settings: &Settings<'_>,
    work_dir: &Path,
) -> Result<RunOffline, AgentError> {
    let port = match settings.text(Id::Port) {
        None => DEFAULT_PORT,
        Some(text) => text
            .parse()
            .map_err(|_| refused(Id::Port, "expected a number from 0 to 65535"))?,
    };
    let bind = match settings.text(Id::Bind).as_deref() {
        None | Some("localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(text) => text
            .parse()
            .map_err(|_| refused(Id::Bind, "expected an IP address"))?,
    };
    let auth = match settings.text(Id::Auth).as_deref() {
        None | Some("apikey") => Auth::ApiKey,
        Some("none") => Auth::None,
        Some(_) => return Err(refused(Id::Auth, "expected apikey or none")),
    };
    let tls = tls(settings, work_dir)?;
    if !bind.is_loopback() && tls.is_none() {
        if auth == Auth::None {
            return Err(refused(
                Id::Auth,
                "'none' is allowed on a loopback address, or over TLS",
            ));
        }
        if !settings.switch(Id::InsecureHttp)? {
            return Err(refused(
                Id::Bind,
                "plain HTTP beyond this machine would show API keys to everybody in between: give --tls.cert and --tls.key, or add --insecure-http",
            ));
        }
    }
    Ok(RunOffline {
        bind,
        port,
        auth,
        tls,
        edge: edge(settings)?,
        metrics: match settings.text(Id::MetricsBind) {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| {
                refused(
                    Id::MetricsBind,
                    "expected an address with its port, as 127.0.0.1:9090",
                )
            })?),
        },
    })
}

fn tls(settings: &Settings<'_>, work_dir: &Path) -> Result<Option<TlsOptions>, AgentError> {
    let file = |id| {
        let text = settings.text(id).filter(|text| !text.is_empty());
        text.map(|text| work_dir.join(text))
    };
    let min_version = match settings.text(Id::TlsMinVersion).as_deref() {
        None | Some("1.2") => TlsVersion::V1_2,
        Some("1.3") => TlsVersion::V1_3,
        Some(_) => return Err(refused(Id::TlsMinVersion, "expected 1.2 or 1.3")),
    };
    let client_ca = file(Id::TlsClientCa);
    let files = match (file(Id::TlsCert), file(Id::TlsKey)) {
        (Some(certificate), Some(key)) => TlsFiles { certificate, key },
        (None, None) if client_ca.is_none() => return Ok(None),
        (None, None) => {
            let text = "needs --tls.cert and --tls.key: without TLS nobody shows a certificate";
            return Err(refused(Id::TlsClientCa, text));
        }
        (Some(_), None) => return Err(refused(Id::TlsKey, "missing, and --tls.cert needs it")),
        (None, Some(_)) => return Err(refused(Id::TlsCert, "missing, and --tls.key needs it")),
    };
    Ok(Some(TlsOptions {
        files,
        client_ca,
        min_version,
        allow_loose_key: settings.switch(Id::TlsAllowLooseKey)?,
    }))
}

fn edge(settings: &Settings<'_>) -> Result<Edge, AgentError> {
    let proxies = match settings.items(Id::TrustedProxies) {
        None => Proxies::loopback(),
        Some(items) => Proxies::parse(items.iter().map(String::as_str)).map_err(|item| {
            let text = format!(
                "'{item}' is neither an address, nor a network as 10.1.2.0/24, nor 'loopback' or 'none'"
            );
            refused(Id::TrustedProxies, text)
        })?,
    };
    let cors = match settings.items(Id::CorsOrigins) {
        None => Cors::NONE,
        Some(origins) => Cors::agent(origins).map_err(|origin| {
            let text = format!("'{origin}' is no origin as https://shop.example, nor '*'");
            refused(Id::CorsOrigins, text)
        })?,
    };
    Ok(Edge {
        proxies,
        base_path: base_path(&settings.text(Id::BasePath).unwrap_or_default())?,
        cors,
    })
}

/// Nothing that an address could say in two ways.
fn base_path(text: &str) -> Result<String, AgentError> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let is_word = |word: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        !matches!(word, "" | "." | "..") && word.bytes().all(is_plain)
    };
    let is_path = match text.strip_prefix('/') {
        Some(words) => words.split('/').all(is_word),
        None => text.is_empty(),
    };
    if is_path {
        return Ok(text.to_owned());
    }
    let what = "expected a path as /license, of letters, digits and '-._~'";
    Err(refused(Id::BasePath, what))
}

const DEFAULT_PORT: u16 = 8080;
