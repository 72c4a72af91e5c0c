//! `export-assets`: asks the server for packages and keeps them, all or none
//! (4.1, AG-10).

use std::path::Path;

use leasehold_seal::digest::{hex, sha256};
use leasehold_seal::envelope::{Header, RecipientKind};
use leasehold_seal::secret::Secret;

use crate::cli::{Export, PassphraseSource, Sealing, join_licensees};
use crate::error::{AgentError, PackageFault, one_line};
use crate::packages;
use crate::progress::Progress;
use crate::secrets;
use crate::trust::TrustedKey;
use crate::upstream::{ExportRequest, Offered, Upstream};

/// What an export came to.
#[derive(Debug)]
pub struct Exported {
    /// One line per package written.
    pub lines: Vec<String>,
    /// The passphrase that was made up, to be shown once.
    pub generated: Option<Secret>,
}

/// Exports. Fails without a package left behind.
pub async fn export(order: &Export) -> Result<Exported, AgentError> {
    if !order.output.is_dir() {
        let text = format!("'{}' is no directory", order.output.display());
        return Err(AgentError::option("--output", text));
    }
    let trusted = order
        .vendor_key
        .as_ref()
        .map(TrustedKey::load)
        .transpose()?;
    let password = secrets::password(&order.password)?;
    let (passphrase, generated) = passphrase(&order.sealing)?;
    let upstream = Upstream::new(order.host.clone(), order.username.clone(), password)?;
    let request = ExportRequest {
        licensees: &join_licensees(&order.licensees),
        passphrase: passphrase.as_ref(),
        own_signing_keys: order.own_signing_keys,
        shared: order.shared,
        force: order.force,
    };
    let progress = Progress::shown();
    let offered = upstream.export(&request, &progress).await?;
    progress.step("Checking the packages");

    let recipient = match order.sealing {
        Sealing::Plaintext => RecipientKind::None,
        Sealing::Passphrase(_) => RecipientKind::Passphrase,
    };
    let mut headers = Vec::with_capacity(offered.len());
    for package in &offered {
        headers.push(checked(package, recipient, trusted.as_ref())?);
    }
    if !order.force {
        refuse_conflicts(&order.output, &headers)?;
    }
    let contents: Vec<&[u8]> = offered.iter().map(|package| &*package.content).collect();
    let paths = packages::write_all(&order.output, packages::ASSETS, &contents)?;
    let lines = paths.iter().zip(&headers).zip(&offered);
    Ok(Exported {
        lines: lines
            .map(|((path, header), package)| line(path, header, &package.sha256))
            .collect(),
        generated,
    })
}

/// The passphrase to seal with, and the same again when it was made up here.
fn passphrase(sealing: &Sealing) -> Result<(Option<Secret>, Option<Secret>), AgentError> {
    let source = match sealing {
        Sealing::Plaintext => return Ok((None, None)),
        Sealing::Passphrase(source) => source,
    };
    Ok(match source {
        PassphraseSource::None => {
            let generated = secrets::generate();
            (Some(generated.clone()), Some(generated))
        }
        given => (secrets::passphrase(given)?, None),
    })
}

/// Holds an offered package against what it says of itself, and against what was asked for.
fn checked(
    package: &Offered,
    recipient: RecipientKind,
    trusted: Option<&TrustedKey>,
) -> Result<Header, AgentError> {
    let name = one_line(&format!("package {}", package.package));
    let verified = packages::verify(&name, &package.content)?;
    if let Some(trusted) = trusted {
        trusted.check(&name, &verified.signer)?;
    }
    let header = verified.header;
    let other = |what| AgentError::Package {
        file: name.clone(),
        fault: PackageFault::NotAsked(what),
    };
    if header.recipient != recipient || package.recipient != recipient.as_str() {
        return Err(other("another recipient"));
    }
    let is_same = header.package == package.package
        && header.product == package.product
        && header.generation == package.generation
        && hex(&sha256(&[&package.content])) == package.sha256;
    if !is_same {
        return Err(other("the answer contradicts the package"));
    }
    Ok(header)
}

/// AG-11 (c): a package for the same recipient and of the same product lies there already.
fn refuse_conflicts(output: &Path, headers: &[Header]) -> Result<(), AgentError> {
    let cannot_read =
        |error| AgentError::internal(format!("read the directory '{}'", output.display()), error);
    for path in packages::list(output).map_err(cannot_read)? {
        // A file that is no package of ours is in nobody's way.
        let read = packages::read(&path);
        let Ok(present) = read.and_then(|file| packages::verify(&file.name, &file.bytes)) else {
            continue;
        };
        let present = present.header;
        let is_same = |header: &&Header| {
            header.vendor == present.vendor
                && header.product == present.product
                && header.recipient == present.recipient
        };
        if let Some(header) = headers.iter().find(is_same) {
            return Err(AgentError::Conflict(format!(
                "File '{}' holds a package of product '{}' already. Remove it, or use --force.",
                packages::name_of(&path),
                header.product,
            )));
        }
    }
    Ok(())
}

fn line(path: &Path, header: &Header, sha256: &str) -> String {
    format!(
        "{}: product {}, licensees {}, generation {}, recipient {}, SHA-256 {sha256}",
        packages::name_of(path),
        header.product,
        header.licensee_count,
        header.generation,
        header.recipient.as_str(),
    )
}
