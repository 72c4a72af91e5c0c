//! The options of what looks and changes nothing of the store: verify, doctor; and of what makes a
//! certificate to try TLS with.

use std::path::{Path, PathBuf};

use leasehold_service::rest::tls::TlsFiles;

use super::config::{Form, PassphraseSource, VendorKey, refused};
use super::host::CoreHost;
use super::options::Id;
use super::serving::{RunOffline, run_offline};
use super::settings::Settings;
use crate::error::AgentError;

/// Check packages without taking them in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verify {
    /// Where they lie.
    pub input: PathBuf,
    /// What opens them.
    pub passphrase: PassphraseSource,
    /// The key they must be signed with.
    pub vendor_key: Option<VendorKey>,
    /// How to tell.
    pub form: Form,
}

/// Look whether an agent could serve with these options, and export from this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doctor {
    /// How it would serve.
    pub serving: RunOffline,
    /// From where it would export.
    pub host: Option<CoreHost>,
    /// How to tell.
    pub form: Form,
}

/// Make a certificate that is signed by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSelfsigned {
    /// The names and addresses that it is for; at least one.
    pub hosts: Vec<String>,
    /// Where it goes.
    pub files: TlsFiles,
    /// Replace what is there.
    pub force: bool,
}

pub(super) fn form(settings: &Settings<'_>) -> Result<Form, AgentError> {
    Ok(match settings.switch(Id::Json)? {
        true => Form::Json,
        false => Form::Text,
    })
}

pub(super) fn verify(settings: &Settings<'_>, work_dir: &Path) -> Result<Verify, AgentError> {
    Ok(Verify {
        input: settings.path(Id::Input, work_dir)?,
        passphrase: match settings.passphrase(work_dir)? {
            Some((_, source)) => source,
            None => PassphraseSource::None,
        },
        vendor_key: settings.vendor_key(work_dir),
        form: form(settings)?,
    })
}

pub(super) fn doctor(settings: &Settings<'_>, work_dir: &Path) -> Result<Doctor, AgentError> {
    let host = settings.text(Id::CoreBaseHost);
    let host = host.map(|text| CoreHost::parse(&text)).transpose();
    Ok(Doctor {
        serving: run_offline(settings, work_dir)?,
        host: host.map_err(|what| refused(Id::CoreBaseHost, what))?,
        form: form(settings)?,
    })
}

pub(super) fn tls_selfsigned(
    settings: &Settings<'_>,
    work_dir: &Path,
) -> Result<TlsSelfsigned, AgentError> {
    let hosts = settings.items(Id::Host).unwrap_or_default();
    if hosts.is_empty() {
        let text = "missing; name what clients will call this machine, as --host=license.local";
        return Err(refused(Id::Host, text));
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:*_".contains(&byte);
    let is_host = |host: &&String| host.is_empty() || !host.bytes().all(is_plain);
    if let Some(host) = hosts.iter().find(is_host) {
        let text = format!("'{host}' is neither a name nor an address");
        return Err(refused(Id::Host, text));
    }
    let file = |id, default: &str| {
        let text = settings.text(id).filter(|text| !text.is_empty());
        work_dir.join(text.as_deref().unwrap_or(default))
    };
    Ok(TlsSelfsigned {
        hosts,
        files: TlsFiles {
            certificate: file(Id::TlsCert, "tls-cert.pem"),
            key: file(Id::TlsKey, "tls-key.pem"),
        },
        force: settings.switch(Id::Force)?,
    })
}
