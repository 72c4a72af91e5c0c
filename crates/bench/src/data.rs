//! A data directory to serve, and the credentials that open it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_store::Options;
use memchr::memmem;

use crate::ask::{self, Accept, Credentials};
use crate::load::{Address, once};
use crate::process::Server;
use crate::programs::{ANY_PORT, Programs, output};
use crate::seed;

/// What the vendor signs in with.
pub(crate) const PASSWORD: &str = "a password for measurements";

pub(crate) struct Data {
    folder: PathBuf,
    /// May validate, and nothing else.
    pub(crate) api_key: Credentials,
    pub(crate) licensees: usize,
}

impl Data {
    /// Seeds it.
    pub(crate) fn new(folder: &Path, name: &str, licensees: usize) -> anyhow::Result<Self> {
        let folder = folder.join(name);
        let key = seed::write(&folder, licensees, Options::default())
            .with_context(|| format!("cannot seed {licensees} licensees"))?;
        Ok(Self {
            folder,
            api_key: Credentials::api_key(&key),
            licensees,
        })
    }

    /// The same once more, for a second server. Nothing serves this one meanwhile.
    pub(crate) fn copy(&self, name: &str) -> anyhow::Result<Self> {
        let folder = self.folder.with_file_name(name);
        std::fs::create_dir(&folder)?;
        for file in self.files()? {
            let name = file.file_name().context("a file without a name")?;
            std::fs::copy(&file, folder.join(name))?;
        }
        Ok(Self {
            folder,
            api_key: self.api_key.clone(),
            licensees: self.licensees,
        })
    }

    /// Starts the server on it.
    pub(crate) fn serve(&self, programs: &Programs, more: &[&str]) -> anyhow::Result<Server> {
        let mut arguments = vec!["serve", "--data", self.folder()?, "--bind", ANY_PORT];
        arguments.extend(more);
        Server::start(&programs.server, &arguments)
    }

    /// Gives the vendor a password. Nothing serves this one meanwhile.
    pub(crate) fn set_password(&self, programs: &Programs) -> anyhow::Result<Credentials> {
        output(
            Command::new(&programs.server)
                .args(["vendor", "passwd", seed::LOGIN, "--data", self.folder()?])
                .env("LEASEHOLD_PASSWORD", PASSWORD),
        )?;
        Ok(Credentials::password(seed::LOGIN, PASSWORD))
    }

    /// Files in it, such as the database.
    pub(crate) fn files(&self) -> anyhow::Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(&self.folder)?;
        let paths = entries.map(|entry| Ok(entry?.path()));
        let paths: std::io::Result<Vec<PathBuf>> = paths.collect();
        Ok(paths?.into_iter().filter(|path| path.is_file()).collect())
    }

    /// Bytes on the disk.
    pub(crate) fn size(&self) -> anyhow::Result<u64> {
        let files = self.files()?;
        let sizes = files.iter().map(|file| Ok(file.metadata()?.len()));
        sizes.sum()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    fn folder(&self) -> anyhow::Result<&str> {
        self.folder.to_str().context("the folder's name is no text")
    }
}

/// Vendor passwords that are wrong; no two in a row are the same.
pub(crate) fn wrong_password(nth: usize) -> Credentials {
    Credentials::password(seed::LOGIN, &format!("wrong {nth}"))
}

/// Makes an API key whose replies are signed.
pub(crate) fn signing_key(address: &Address, vendor: &Credentials) -> anyhow::Result<Credentials> {
    let key = KeyPair::generate(KeySize::Rsa2048).context("an RSA key cannot be made")?;
    let der: Pkcs8V1Der<'_> = key.as_der().context("an RSA key cannot be written")?;
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let form = format!("tokenType=APIKEY&privateKey={}", ask::encoded(&pem));
    let reply = once(address, &ask::post(vendor, Accept::Xml, "/token", &form))?;
    let number = between(&reply, b"name=\"number\">", b"<");
    let number = number.context("a new API key has no number")?;
    Ok(Credentials::api_key(std::str::from_utf8(number)?))
}

fn between<'t>(text: &'t [u8], before: &[u8], behind: &[u8]) -> Option<&'t [u8]> {
    let from = memmem::find(text, before)? + before.len();
    let length = memmem::find(&text[from..], behind)?;
    Some(&text[from..from + length])
}
