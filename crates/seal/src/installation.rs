//! The key of the installation: finds API keys without telling them, and
//! encrypts what must be told again. It lies beside the store, never in it,
//! so that a stolen database file opens nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hkdf, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::digest::sha256;

/// Why the key or something under it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InstallationKeyError {
    /// The file cannot be read or made.
    #[error("the key file '{}' cannot be used", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// The file is not a key.
    #[error("the key file '{}' is damaged", .0.display())]
    Damaged(PathBuf),
    /// Encrypted under another key, or altered.
    #[error("the data was encrypted under another installation's key, or was altered")]
    Open,
}

/// Two keys in use, derived from the 32 random bytes of the key file. It does not print.
pub struct InstallationKey {
    lookup: hmac::Key,
    at_rest: RandomizedNonceKey,
}

impl InstallationKey {
    /// Reads the key file, or makes one (mode 0600, synced) where there is none. Two programs
    /// that start at once end up with one and the same key.
    pub fn load_or_create(file: &Path) -> Result<Self, InstallationKeyError> {
        let failed = |error| InstallationKeyError::File(file.to_owned(), error);
        let text = match fs::read_to_string(file) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(file).map_err(failed)?;
                Zeroizing::new(fs::read_to_string(file).map_err(failed)?)
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(InstallationKeyError::Damaged(file.to_owned()));
            }
            Err(error) => return Err(failed(error)),
        };
        let root = parse(&text).ok_or_else(|| InstallationKeyError::Damaged(file.to_owned()))?;
        Ok(Self::derive(&root))
    }

    /// A fresh key that lies nowhere, for tests.
    pub fn ephemeral() -> Self {
        Self::derive(&draw())
    }

    /// The look-up key of a secret: HMAC-SHA-256, so that equal secrets are found and none is told.
    pub fn lookup(&self, secret: &str) -> [u8; 32] {
        let mut found = [0; 32];
        found.copy_from_slice(hmac::sign(&self.lookup, secret.as_bytes()).as_ref());
        found
    }

    /// The key that an agent's state files are sealed under which are based on this package: the
    /// server can tell it again, and need not keep it.
    pub fn report_key(&self, package: &str) -> Zeroizing<[u8; 32]> {
        // No number of an API key looks like this.
        Zeroizing::new(self.lookup(&format!("leasehold: the report key of package {package}")))
    }

    /// Tells this key from others and gives nothing of it away: nodes that share a database must have
    /// the same key.
    pub fn fingerprint(&self) -> [u8; 32] {
        // No number of an API key looks like this.
        self.lookup("leasehold: the fingerprint of an installation's key")
    }

    /// Encrypts for storage (AES-256-GCM under a random nonce); `purpose` must be given again to
    /// open. The result is a form byte, the nonce, then cipher text and tag.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        let mut sealed = plain.to_vec();
        #[expect(
            clippy::expect_used,
            reason = "fails only without randomness or beyond 64 GiB"
        )]
        let nonce = self
            .at_rest
            .seal_in_place_append_tag(Aad::from(purpose), &mut sealed)
            .expect("a short text can be encrypted");
        [&[FORM][..], nonce.as_ref(), &sealed].concat()
    }

    /// Opens what [`InstallationKey::seal`] made.
    pub fn open(
        &self,
        purpose: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, InstallationKeyError> {
        let (&FORM, rest) = sealed.split_first().ok_or(InstallationKeyError::Open)? else {
            return Err(InstallationKeyError::Open);
        };
        let (nonce, cipher) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(InstallationKeyError::Open)?;
        let mut plain = Zeroizing::new(cipher.to_vec());
        let length = self
            .at_rest
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(purpose),
                &mut plain,
            )
            .map_err(|_| InstallationKeyError::Open)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    fn derive(root: &[u8; 32]) -> Self {
        // The root is uniformly random, so the extract step needs no salt.
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(root);
        let sub_key = |label: &str| {
            let mut key = Zeroizing::new([0; 32]);
            #[expect(clippy::expect_used, reason = "32 bytes are one block of HKDF-SHA-256")]
            root.expand(&[label.as_bytes()], hkdf::HKDF_SHA256)
                .and_then(|output| output.fill(&mut *key))
                .expect("one block can be derived");
            key
        };
        #[expect(clippy::expect_used, reason = "AES-256 takes any 32 bytes")]
        let at_rest = RandomizedNonceKey::new(&AES_256_GCM, &*sub_key("leasehold/at-rest/1"))
            .expect("32 bytes are an AES-256 key");
        Self {
            lookup: hmac::Key::new(hmac::HMAC_SHA256, &*sub_key("leasehold/lookup/1")),
            at_rest,
        }
    }
}

impl std::fmt::Debug for InstallationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InstallationKey(…)")
    }
}

fn draw() -> Zeroizing<[u8; 32]> {
    let mut root = Zeroizing::new([0; 32]);
    fill(&mut *root);
    root
}

/// Fills `bytes` from the operating system's generator. A machine without one cannot run us.
fn fill(bytes: &mut [u8]) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the place of seal for its own keys"
    )]
    #[expect(
        clippy::expect_used,
        reason = "there is no safe way on without randomness"
    )]
    rand::fill(bytes).expect("the operating system gives random bytes");
}

/// One line: a label, the key, and four bytes of its digest, so that a damaged file is told apart
/// from another installation's.
fn text(root: &[u8; 32]) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "{LABEL} {} {}\n",
        STANDARD.encode(root),
        STANDARD.encode(&sha256(&[root])[..4])
    ))
}

fn parse(line: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut words = line.split_ascii_whitespace();
    if words.next() != Some(LABEL) {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(words.next()?).ok()?);
    let root = Zeroizing::new(<[u8; 32]>::try_from(decoded.as_slice()).ok()?);
    let whole = line.trim_end() == text(&root).trim_end();
    whole.then_some(root)
}

/// Writes a new key beside `file` and links it into place: a crash leaves no half key, and a key
/// that another program made meanwhile stays.
fn create(file: &Path) -> io::Result<()> {
    let mut suffix = [0; 8];
    fill(&mut suffix);
    let mut part = file.as_os_str().to_owned();
    part.push(format!(".{}.part", crate::digest::hex(&suffix)));
    let part = PathBuf::from(part);

    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(&part)?;
    let linked = written
        .write_all(text(&draw()).as_bytes())
        .and_then(|()| written.sync_all())
        .and_then(|()| match fs::hard_link(&part, file) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        });
    fs::remove_file(&part)?;
    linked?;
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

const LABEL: &str = "leasehold-installation-key-1";

/// The first byte of everything sealed, for a later form to differ in.
const FORM: u8 = 1;
