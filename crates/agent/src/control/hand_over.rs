//! Packages handed from one process to another: what they are called in the command, their bytes
//! behind it, and the passphrase among those, so that no command holds a secret.

use std::time::Duration;

use leasehold_seal::envelope::FILE_LIMIT;
use leasehold_seal::secret::Secret;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt};
use zeroize::Zeroizing;

use crate::error::{AgentError, PackageFault};
use crate::import::Arrived;
use crate::packages::PackageFile;
use crate::trust::TrustedKey;

/// Files at a time, their bytes together, those of a passphrase, and how long all may take.
const FILES: usize = 1000;
const TOTAL: usize = 4 * FILE_LIMIT;
const PASSPHRASE: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(60);

/// What is attached, in this order: the passphrase, then each file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HandedOver {
    /// Bytes of the passphrase, where there is one.
    passphrase: Option<usize>,
    /// Fingerprint of the key that is demanded, where one is.
    vendor_key: Option<String>,
    /// Conflicts are settled: of two starts the earlier one stays (MG-2), in all else the package decides.
    force: bool,
    /// Name and bytes of each file.
    files: Vec<(String, usize)>,
}

impl HandedOver {
    /// The command for these packages, and what is attached to it.
    pub(super) fn of(arrived: &Arrived) -> (Self, Vec<&[u8]>) {
        let passphrase = arrived.passphrase.as_ref();
        let passphrase = passphrase.map(|secret| secret.expose().as_bytes());
        let files = arrived.files.iter();
        let command = Self {
            passphrase: passphrase.map(<[u8]>::len),
            vendor_key: arrived
                .named
                .as_ref()
                .map(|key| key.fingerprint().to_owned()),
            force: arrived.force,
            files: files
                .map(|file| (file.name.clone(), file.bytes.len()))
                .collect(),
        };
        let files = arrived.files.iter().map(|file| &*file.bytes);
        (command, passphrase.into_iter().chain(files).collect())
    }

    /// Reads what is attached.
    pub(super) async fn receive(
        self,
        attached: &mut (impl AsyncRead + Unpin),
    ) -> Result<Arrived, AgentError> {
        let total = self
            .files
            .iter()
            .fold(0, |sum: usize, (_, size)| sum.saturating_add(*size));
        let too_large = self.files.iter().find(|(_, size)| *size > FILE_LIMIT);
        if let Some((name, _)) = too_large {
            return Err(AgentError::Package {
                file: name.clone(),
                fault: PackageFault::Limit("a package has at most 64 MiB"),
            });
        }
        if self.files.len() > FILES || total > TOTAL || self.passphrase > Some(PASSPHRASE) {
            return Err(broken("they are too many at a time"));
        }
        tokio::time::timeout(PATIENCE, self.read(attached))
            .await
            .map_err(broken)?
    }

    async fn read(self, attached: &mut (impl AsyncRead + Unpin)) -> Result<Arrived, AgentError> {
        let passphrase = match self.passphrase {
            None => None,
            Some(size) => {
                let mut bytes = Zeroizing::new(vec![0; size]);
                attached.read_exact(&mut bytes).await.map_err(broken)?;
                let text = str::from_utf8(&bytes).map_err(broken)?;
                Some(Secret::new(text.to_owned()))
            }
        };
        let mut files = Vec::with_capacity(self.files.len());
        for (name, size) in self.files {
            let mut bytes = vec![0; size];
            attached.read_exact(&mut bytes).await.map_err(broken)?;
            files.push(PackageFile { name, bytes });
        }
        Ok(Arrived {
            files,
            named: self.vendor_key.map(TrustedKey::of),
            passphrase,
            force: self.force,
        })
    }
}

fn broken(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AgentError {
    AgentError::internal("take the packages that were handed over", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived() -> Arrived {
        let file = |name: &str, bytes: &[u8]| PackageFile {
            name: name.to_owned(),
            bytes: bytes.to_owned(),
        };
        Arrived {
            files: vec![file("1_a", b"one"), file("2_a", b""), file("3_a", b"three")],
            named: Some(TrustedKey::of("f".repeat(64))),
            passphrase: Some(Secret::new("four words".to_owned())),
            force: true,
        }
    }

    #[tokio::test]
    async fn what_is_handed_over_arrives() {
        let sent = arrived();
        let (command, attached) = HandedOver::of(&sent);
        let json = serde_json::to_string(&command).unwrap();
        assert!(!json.contains("four words"), "{json}");
        let bytes = attached.concat();
        let read: HandedOver = serde_json::from_str(&json).unwrap();
        let got = read.receive(&mut bytes.as_slice()).await.unwrap();
        assert_eq!(format!("{got:?}"), format!("{sent:?}"));
        assert_eq!(got.passphrase, sent.passphrase);
        // A caller that goes away leaves nothing half taken.
        let cut = &bytes[..bytes.len() - 1];
        command.receive(&mut &cut[..]).await.unwrap_err();
    }

    #[tokio::test]
    async fn sizes_are_judged_before_anything_is_read() {
        for size in [FILE_LIMIT + 1, usize::MAX] {
            let (mut command, _) = HandedOver::of(&arrived());
            command.files[1].1 = size;
            let refused = command.receive(&mut tokio::io::empty()).await;
            assert_eq!(refused.unwrap_err().exit_code(), 8);
        }
    }
}
