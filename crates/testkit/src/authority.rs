//! Certificates for tests, made by Debian's `openssl`.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::programs::run_well;

/// An authority that issues certificates. Its files are gone when dropped.
pub struct Authority {
    folder: TempDir,
}

/// A certificate and its key, each in a file.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its private key, which only we may read.
    pub key: PathBuf,
}

const NEW_KEY: [&str; 5] = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
];

impl Authority {
    /// A new one that nobody knows yet.
    pub fn new() -> Self {
        let authority = Self {
            folder: TempDir::new().unwrap(),
        };
        let mut make = openssl("req");
        make.args(["-x509", "-days", "30", "-subj", "/CN=Authority of a test"]);
        make.args(NEW_KEY);
        make.arg("-keyout").arg(authority.place("ca.key"));
        run_well(make.arg("-out").arg(authority.certificate()));
        authority
    }

    /// The file with its own certificate.
    pub fn certificate(&self) -> PathBuf {
        self.place("ca.pem")
    }

    /// A certificate for a server on this machine, by name and by address.
    pub fn server(&self, name: &str) -> Identity {
        let extension = "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n";
        self.issue(name, extension)
    }

    /// A certificate for a client.
    pub fn client(&self, name: &str) -> Identity {
        self.issue(name, "extendedKeyUsage=clientAuth\n")
    }

    fn issue(&self, name: &str, extension: &str) -> Identity {
        let file = |kind: &str| self.place(&format!("{name}.{kind}"));
        std::fs::write(file("ext"), extension).unwrap();
        let mut ask = openssl("req");
        ask.args(NEW_KEY).args(["-subj", &format!("/CN={name}")]);
        ask.arg("-keyout").arg(file("key"));
        run_well(ask.arg("-out").arg(file("csr")));
        let mut sign = openssl("x509");
        sign.args(["-req", "-days", "30", "-CAcreateserial"]);
        sign.arg("-in").arg(file("csr"));
        sign.arg("-CA").arg(self.certificate());
        sign.arg("-CAkey").arg(self.place("ca.key"));
        sign.arg("-extfile").arg(file("ext"));
        run_well(sign.arg("-out").arg(file("pem")));
        Identity {
            certificate: file("pem"),
            key: file("key"),
        }
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Identity {
    /// Puts its files where a program looks for them, each from one moment to the next.
    pub fn install(&self, certificate: &Path, key: &Path) {
        replace(&self.certificate, certificate);
        replace(&self.key, key);
    }

    /// The certificate's serial number.
    pub fn serial(&self) -> String {
        let mut show = openssl("x509");
        show.args(["-noout", "-serial", "-in"]);
        run_well(show.arg(&self.certificate))
    }
}

/// The serial number of the certificate that the server at `address` (`127.0.0.1:443`) shows.
pub fn shown_serial(address: &str) -> String {
    let mut show = Command::new("sh");
    let script =
        "openssl s_client -connect \"$0\" </dev/null 2>/dev/null | openssl x509 -noout -serial";
    run_well(show.args(["-c", script, address]))
}

fn replace(from: &Path, to: &Path) {
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    // The copy has the mode of what was copied.
    std::fs::copy(from, &part).unwrap();
    std::fs::rename(&part, to).unwrap();
}

fn openssl(command: &str) -> Command {
    let mut openssl = Command::new("openssl");
    openssl.arg(command);
    openssl
}
