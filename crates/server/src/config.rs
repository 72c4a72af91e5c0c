//! Options: from a flag, else the environment, else the configuration file, else a default
//! (decision D20).

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::logging::LogFormat;

const DATA: &str = "./leasehold-data";
const BIND: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8090);
const LOG: &str = "info";

/// The configuration file. A key it does not know is an error: it would be a wish unheard.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct File {
    data: Option<PathBuf>,
    bind: Option<SocketAddr>,
    insecure_http: Option<bool>,
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

    /// The options of `serve`; `given` are flags and environment.
    pub(crate) fn serve(self, given: ServeOptions) -> Serve {
        Serve {
            bind: given.bind.or(self.bind).unwrap_or(BIND),
            insecure_http: given.insecure_http.or(self.insecure_http).unwrap_or(false),
            demo: given.demo.or(self.demo).unwrap_or(false),
            public_url: given.public_url.or(self.public_url),
            cors_origins: given.cors_origin.or(self.cors_origin).unwrap_or_default(),
            webhook_allow_private: given
                .webhook_allow_private
                .or(self.webhook_allow_private)
                .unwrap_or(false),
            log_format: given.log_format.or(self.log_format),
            log: given.log.or(self.log).unwrap_or_else(|| LOG.to_owned()),
        }
    }
}

/// The options of `serve` as given by flags and environment.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ServeOptions {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8090]
    #[arg(long, value_name = "ADDR", env = "LEASEHOLD_BIND")]
    bind: Option<SocketAddr>,
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
    pub(crate) insecure_http: bool,
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
        let serve = defaults.serve(ServeOptions::default());
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
        let serve = configured.serve(given);
        assert_eq!(serve.bind.to_string(), "[::1]:1");
        assert_eq!(serve.log_format, Some(LogFormat::Json));
        assert!(!serve.demo);
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        assert!(file("dta = \"/d\"").is_err());
        assert!(file("bind = \"nowhere\"").is_err());
    }
}
