//! Options: from a flag, else the environment, else the configuration file, else a default
//! (decision D20).

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use leasehold_service::rest::tls::TlsFiles;
use leasehold_store::{DatabaseUrl, Options};
use serde::Deserialize;

use crate::logging::LogFormat;

const DATA: &str = "./leasehold-data";
const BIND: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8090);
const LOG: &str = "info";

/// How old an answer may be, written as `2s` or `500ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Staleness(Duration);

impl FromStr for Staleness {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = text.parse::<SignedDuration>().ok();
        let time = time.and_then(|time| Duration::try_from(time).ok());
        time.map(Self)
            .ok_or_else(|| format!("'{text}' is no time: give it as 2s or 500ms, 0s for none"))
    }
}

impl TryFrom<String> for Staleness {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The configuration file. A key it does not know is an error: it would be a wish unheard.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct File {
    data: Option<PathBuf>,
    database: Option<String>,
    database_staleness: Option<Staleness>,
    bind: Option<SocketAddr>,
    insecure_http: Option<bool>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    demo: Option<bool>,
    public_url: Option<String>,
    cors_origin: Option<Vec<String>>,
    webhook_allow_private: Option<bool>,
    log_format: Option<LogFormat>,
    log: Option<String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file '{}' cannot be read", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// The file is not what it should be.
    #[error("the configuration file '{}' is not understood", .0.display())]
    Parse(PathBuf, #[source] Box<toml::de::Error>),
    /// A certificate without its key, or a key without its certificate.
    #[error("TLS needs both a certificate and its key: give {0} too")]
    HalfTls(&'static str),
}

impl File {
    /// Reads the file, if one is named.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Read(path.to_owned(), error))?;
        toml::from_str(&text).map_err(|error| ConfigError::Parse(path.to_owned(), Box::new(error)))
    }

    /// The data directory, where neither flag nor environment names one.
    pub(crate) fn data(&self, given: Option<PathBuf>) -> PathBuf {
        given
            .or_else(|| self.data.clone())
            .unwrap_or_else(|| PathBuf::from(DATA))
    }

    /// The database that nodes share, where there is one.
    pub(crate) fn database(&self, given: Option<String>) -> Option<DatabaseUrl> {
        let url = given.or_else(|| self.database.clone())?;
        Some(DatabaseUrl(url.into()))
    }

    /// The options of `serve`; `given` are flags and environment.
    pub(crate) fn serve(self, given: ServeOptions) -> Result<Serve, ConfigError> {
        let certificate = given.tls_cert.or(self.tls_cert);
        let tls = match (certificate, given.tls_key.or(self.tls_key)) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            (Some(_), None) => return Err(ConfigError::HalfTls("--tls-key")),
            (None, Some(_)) => return Err(ConfigError::HalfTls("--tls-cert")),
        };
        Ok(Serve {
            bind: given.bind.or(self.bind).unwrap_or(BIND),
            staleness: given
                .database_staleness
                .or(self.database_staleness)
                .map_or(Options::default().staleness, |staleness| staleness.0),
            insecure_http: given.insecure_http.or(self.insecure_http).unwrap_or(false),
            tls,
            demo: given.demo.or(self.demo).unwrap_or(false),
            public_url: given.public_url.or(self.public_url),
            cors_origins: given.cors_origin.or(self.cors_origin).unwrap_or_default(),
            webhook_allow_private: given
                .webhook_allow_private
                .or(self.webhook_allow_private)
                .unwrap_or(false),
            log_format: given.log_format.or(self.log_format),
            log: given.log.or(self.log).unwrap_or_else(|| LOG.to_owned()),
        })
    }
}

/// The options of `serve` as given by flags and environment.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ServeOptions {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8090]
    #[arg(long, value_name = "ADDR", env = "LEASEHOLD_BIND")]
    bind: Option<SocketAddr>,
    /// With --database: how old an answer may be that another node has overtaken, for example 2s or
    /// 500ms; 0s asks the database each time [default: 2s]
    #[arg(long, value_name = "TIME", env = "LEASEHOLD_DATABASE_STALENESS")]
    database_staleness: Option<Staleness>,
    /// Make the vendor demo with the password demo and a catalogue to play with
    #[arg(long, env = "LEASEHOLD_DEMO", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_name = "BOOL", hide_possible_values = true,
          value_parser = clap::builder::BoolishValueParser::new())]
    demo: Option<bool>,
    /// Listen beyond this machine without encryption
    #[arg(long, env = "LEASEHOLD_INSECURE_HTTP", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_name = "BOOL", hide_possible_values = true,
          value_parser = clap::builder::BoolishValueParser::new())]
    insecure_http: Option<bool>,
    /// Speak TLS with this certificate (PEM, with those that lead to its issuer); with --tls-key
    #[arg(long, value_name = "FILE", env = "LEASEHOLD_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM, unencrypted)
    #[arg(long, value_name = "FILE", env = "LEASEHOLD_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// Where customers reach the shop and their portal [default: the address itself]
    #[arg(long, value_name = "URL", env = "LEASEHOLD_PUBLIC_URL")]
    public_url: Option<String>,
    /// A web page's origin that may call the API, or * for all; may be repeated
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "LEASEHOLD_CORS_ORIGIN",
        value_delimiter = ','
    )]
    cors_origin: Option<Vec<String>>,
    /// Deliver notifications to private networks and to this machine too
    #[arg(long, env = "LEASEHOLD_WEBHOOK_ALLOW_PRIVATE", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_name = "BOOL", hide_possible_values = true,
          value_parser = clap::builder::BoolishValueParser::new())]
    webhook_allow_private: Option<bool>,
    /// The form of the log [default: text on a terminal, json otherwise]
    #[arg(long, value_name = "FORMAT", env = "LEASEHOLD_LOG_FORMAT")]
    log_format: Option<LogFormat>,
    /// What is logged, for example debug or leasehold_service=debug [default: info]
    #[arg(long, value_name = "FILTER", env = "LEASEHOLD_LOG")]
    log: Option<String>,
}

/// The options of `serve`, resolved.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Serve {
    pub(crate) bind: SocketAddr,
    pub(crate) staleness: Duration,
    pub(crate) insecure_http: bool,
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) demo: bool,
    pub(crate) public_url: Option<String>,
    pub(crate) cors_origins: Vec<String>,
    pub(crate) webhook_allow_private: bool,
    pub(crate) log_format: Option<LogFormat>,
    pub(crate) log: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<File, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn what_is_given_wins_over_the_file_and_the_file_over_defaults() {
        let defaults = file("").unwrap();
        assert_eq!(defaults.data(None), Path::new("./leasehold-data"));
        let serve = defaults.serve(ServeOptions::default()).unwrap();
        assert_eq!(serve.bind.to_string(), "127.0.0.1:8090");
        assert!(!serve.demo && !serve.insecure_http);

        let text = "data = \"/d\"\nbind = \"[::1]:1\"\ndemo = true\nlog-format = \"json\"";
        let configured = file(text).unwrap();
        assert_eq!(configured.data(None), Path::new("/d"));
        assert_eq!(configured.data(Some("/e".into())), Path::new("/e"));
        let given = ServeOptions {
            demo: Some(false),
            ..ServeOptions::default()
        };
        let serve = configured.serve(given).unwrap();
        assert_eq!(serve.bind.to_string(), "[::1]:1");
        assert_eq!(serve.log_format, Some(LogFormat::Json));
        assert!(!serve.demo);
    }

    #[test]
    fn staleness_is_a_time() {
        let staleness = |text: &str| text.parse::<Staleness>();
        assert_eq!(
            staleness("500ms"),
            Ok(Staleness(Duration::from_millis(500)))
        );
        assert_eq!(staleness("0s"), Ok(Staleness(Duration::ZERO)));
        assert!(staleness("-1s").is_err() && staleness("soon").is_err());
        let configured = file("database-staleness = \"3s\"").unwrap();
        let serve = configured.serve(ServeOptions::default()).unwrap();
        assert_eq!(serve.staleness, Duration::from_secs(3));
        assert!(file("database-staleness = \"-3s\"").is_err());
    }

    #[test]
    fn a_certificate_and_its_key_come_together() {
        let both = file("tls-cert = \"/c\"\ntls-key = \"/k\"").unwrap();
        let given = ServeOptions {
            tls_key: Some("/other".into()),
            ..ServeOptions::default()
        };
        let tls = both.serve(given).unwrap().tls.unwrap();
        assert_eq!(tls.certificate, Path::new("/c"));
        assert_eq!(tls.key, Path::new("/other"));
        for (half, lacking) in [("tls-cert", "--tls-key"), ("tls-key", "--tls-cert")] {
            let half = file(&format!("{half} = \"/f\"")).unwrap();
            let refused = half.serve(ServeOptions::default()).unwrap_err();
            assert!(refused.to_string().contains(lacking), "{refused}");
        }
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        assert!(file("dta = \"/d\"").is_err());
        assert!(file("bind = \"nowhere\"").is_err());
    }
}
