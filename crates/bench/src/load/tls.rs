//! TLS for measurements: a certificate of this run's own, and a client that trusts nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

/// The name that the certificate is for.
const NAME: &str = "localhost";

/// A server's certificate and key as files, and who trusts them.
pub(crate) struct Certificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) client: Arc<ClientConfig>,
}

impl Certificate {
    /// A new one, in `folder`.
    pub(crate) fn new(folder: &Path) -> anyhow::Result<Self> {
        let made = rcgen::generate_simple_self_signed([NAME.to_owned()])
            .context("a certificate cannot be made")?;
        let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&certificate, made.cert.pem())?;
        std::fs::write(&key, made.signing_key.serialize_pem())?;
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone())?;
        let client = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            certificate,
            key,
            client: Arc::new(client),
        })
    }
}

/// A session over `stream`, which still blocks.
pub(super) fn shake_hands(
    config: &Arc<ClientConfig>,
    stream: &mut std::net::TcpStream,
) -> anyhow::Result<ClientConnection> {
    let mut session = ClientConnection::new(Arc::clone(config), ServerName::try_from(NAME)?)?;
    while session.is_handshaking() {
        session
            .complete_io(stream)
            .context("the TLS handshake failed")?;
    }
    Ok(session)
}
