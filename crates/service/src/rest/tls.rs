//! TLS on the listener: a certificate and its key from files, the handshake, and who may shake hands.

mod expiry;
mod files;
mod follow;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::server::{NoClientAuth, VerifierBuilderError, WebPkiClientVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{InconsistentKeys, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub use expiry::expiry;

/// The only protocol that is spoken within.
const HTTP_1_1: &[u8] = b"http/1.1";

/// Where a server's certificate is, and the key that belongs to it. Both files are PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's own certificate, then those that lead to its issuer.
    pub certificate: PathBuf,
    /// The private key, unencrypted.
    pub key: PathBuf,
}

/// How TLS is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsOptions {
    /// Certificate and key.
    pub files: TlsFiles,
    /// Callers must show a certificate that one of those in this PEM file has issued; `None`:
    /// callers show nothing.
    pub client_ca: Option<PathBuf>,
    /// Nothing older is spoken.
    pub min_version: TlsVersion,
    /// Take a key that others than its owner may read.
    pub allow_loose_key: bool,
}

impl From<TlsFiles> for TlsOptions {
    /// Any caller, TLS 1.2 or 1.3, and the key's mode is the administrator's affair.
    fn from(files: TlsFiles) -> Self {
        Self {
            files,
            client_ca: None,
            min_version: TlsVersion::default(),
            allow_loose_key: true,
        }
    }
}

/// A version of TLS; nothing older is offered at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsVersion {
    /// 1.2.
    #[default]
    V1_2,
    /// 1.3.
    V1_3,
}

/// Why there is no TLS with these files. It never repeats what is in them.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("the file '{}' cannot be read, which TLS needs", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// A file has a beginning of something, and no end, or is not base64.
    #[error("'{}' is damaged: it is not what PEM looks like", .0.display())]
    Damaged(PathBuf),
    /// A file without a certificate.
    #[error(
        "'{}' holds no certificate: give the server's own in PEM, then those that lead to its issuer",
        .0.display()
    )]
    NoCertificate(PathBuf),
    /// A file without a key, or with an encrypted one.
    #[error("'{}' holds no private key: give one in PEM, unencrypted", .0.display())]
    NoKey(PathBuf),
    /// The key lies open (AG-57).
    #[error(
        "the key in '{}' can be read by others than its owner (mode {mode:o}): chmod 600 it, or allow a loose key",
        .file.display()
    )]
    LooseKey {
        /// Which key.
        file: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The key is another certificate's.
    #[error(
        "the key in '{}' is not the one of the certificate in '{}': give the two that belong together",
        .0.key.display(),
        .0.certificate.display()
    )]
    Mismatch(TlsFiles),
    /// The library takes neither this kind of certificate nor of key.
    #[error(
        "the certificate in '{}' and the key in '{}' cannot be used",
        .0.certificate.display(),
        .0.key.display()
    )]
    Unusable(TlsFiles, #[source] rustls::Error),
    /// Callers cannot be told by this authority.
    #[error("the certificates in '{}' cannot tell which callers are right", .0.display())]
    ClientCa(PathBuf, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// A certificate that says nothing of its end.
    #[error("the certificate in '{}' does not tell when it expires", .0.display())]
    NoExpiry(PathBuf),
}

/// What handshakes are made with. The files can be read again while connections are served.
pub struct Tls {
    options: TlsOptions,
    acceptor: RwLock<TlsAcceptor>,
}

impl Tls {
    /// Reads the files, which takes a moment.
    pub fn load(options: impl Into<TlsOptions>) -> Result<Self, TlsError> {
        let options = options.into();
        let acceptor = RwLock::new(acceptor(&options)?);
        Ok(Self { options, acceptor })
    }

    /// Reads the files again, for connections that come from now on. When it fails, all is as before.
    pub fn reload(&self) -> Result<(), TlsError> {
        let renewed = acceptor(&self.options)?;
        *self
            .acceptor
            .write()
            .unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(())
    }

    /// What it was made of.
    pub fn options(&self) -> &TlsOptions {
        &self.options
    }

    /// The handshake with a caller, within so much time.
    pub(crate) async fn shake_hands(
        &self,
        stream: TcpStream,
        within: Duration,
    ) -> io::Result<TlsStream<TcpStream>> {
        let handshake = self
            .acceptor
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .accept(stream);
        tokio::time::timeout(within, handshake).await?
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tls({:?})", self.options)
    }
}

fn acceptor(options: &TlsOptions) -> Result<TlsAcceptor, TlsError> {
    let files = &options.files;
    let chain = files::certificates(&files.certificate)?;
    if !options.allow_loose_key {
        files::check_mode(&files.key)?;
    }
    let key = files::key(&files.key)?;
    let unusable = |error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            TlsError::Mismatch(files.clone())
        }
        error => TlsError::Unusable(files.clone(), error),
    };
    let callers = match &options.client_ca {
        Some(file) => callers(file)?,
        None => Arc::new(NoClientAuth),
    };
    let versions: &[&SupportedProtocolVersion] = match options.min_version {
        TlsVersion::V1_2 => &[&TLS12, &TLS13],
        TlsVersion::V1_3 => &[&TLS13],
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .map_err(unusable)?
        .with_client_cert_verifier(callers)
        .with_single_cert(chain, key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![HTTP_1_1.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Lets those shake hands whom an authority of this file has given a certificate.
fn callers(
    file: &std::path::Path,
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in files::certificates(file)? {
        roots
            .add(certificate)
            .map_err(|error| TlsError::ClientCa(file.to_owned(), Box::new(error)))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()))
        .build()
        .map_err(|error: VerifierBuilderError| TlsError::ClientCa(file.to_owned(), Box::new(error)))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn who_says_nothing_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let tls = Tls::load(files::tests::made_in(folder.path())).unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (silent, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (_silent, (stream, _)) = (silent.unwrap(), accepted.unwrap());
        let shaken = tls.shake_hands(stream, Duration::ZERO).await;
        assert_eq!(shaken.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
