//! TLS on the listener: a certificate and its key from files, and the handshake.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{InconsistentKeys, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

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
}

/// What handshakes are made with. The files can be read again while connections are served.
pub struct Tls {
    files: TlsFiles,
    acceptor: RwLock<TlsAcceptor>,
}

impl Tls {
    /// Reads the files, which takes a moment.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let acceptor = RwLock::new(acceptor(&files)?);
        Ok(Self { files, acceptor })
    }

    /// Reads the files again, for connections that come from now on. When it fails, all is as before.
    pub fn reload(&self) -> Result<(), TlsError> {
        let renewed = acceptor(&self.files)?;
        *self
            .acceptor
            .write()
            .unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(())
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
        write!(f, "Tls({:?})", self.files)
    }
}

fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let chain = chain(&files.certificate)?;
    let key = key(&files.key)?;
    let unusable = |error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            TlsError::Mismatch(files.clone())
        }
        error => TlsError::Unusable(files.clone(), error),
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![HTTP_1_1.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = read.map_err(|error| fault(file, error, TlsError::NoCertificate))?;
    match chain.is_empty() {
        true => Err(TlsError::NoCertificate(file.to_owned())),
        false => Ok(chain),
    }
}

fn key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| fault(file, error, TlsError::NoKey))
}

/// What is wrong with a file. The library's own words may show a line of a key.
fn fault(file: &Path, error: pem::Error, lacking: fn(PathBuf) -> TlsError) -> TlsError {
    match error {
        pem::Error::Io(error) => TlsError::Read(file.to_owned(), error),
        pem::Error::NoItemsFound => lacking(file.to_owned()),
        _ => TlsError::Damaged(file.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn who_says_nothing_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles {
            certificate: folder.path().join("cert.pem"),
            key: folder.path().join("key.pem"),
        };
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        let tls = Tls::load(files).unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (silent, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (_silent, (stream, _)) = (silent.unwrap(), accepted.unwrap());
        let shaken = tls.shake_hands(stream, Duration::ZERO).await;
        assert_eq!(shaken.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
