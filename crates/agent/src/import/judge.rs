//! Whether packages may be taken in: judged one by one and together, without
//! writing anything.

use leasehold_model::number::LicenseeNumber;
use leasehold_seal::digest::sha256;
use leasehold_seal::envelope::{Header, Lock, Verified};
use leasehold_seal::keys::PublicKey;
use leasehold_seal::secret::Secret;
use leasehold_wire::assets::{self, Assets};

use crate::database::Present;
use crate::error::{AgentError, PackageFault};
use crate::packages::{self, PackageFile};
use crate::progress::Progress;
use crate::trust::TrustedKey;

/// A package whose signature holds.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The file's name.
    pub(super) name: String,
    /// SHA-256 of the file.
    pub(super) digest: [u8; 32],
    pub(super) verified: Verified,
}

/// A package that was opened and read.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) name: String,
    pub(crate) digest: [u8; 32],
    pub(crate) header: Header,
    pub(crate) signer: PublicKey,
    pub(crate) assets: Assets,
}

/// Packages, sorted by whether they are new.
#[derive(Debug)]
pub(super) struct Sorted {
    /// To be taken in.
    pub(super) news: Vec<Candidate>,
    /// A line for each that is not.
    pub(super) known: Vec<String>,
}

/// Verifies all files; who signed them is judged by [`trust`].
pub(super) fn verify(files: Vec<PackageFile>) -> Result<Vec<Candidate>, AgentError> {
    files.into_iter().map(verify_one).collect()
}

/// The same for one file.
pub(super) fn verify_one(file: PackageFile) -> Result<Candidate, AgentError> {
    let verified = packages::verify(&file.name, &file.bytes)?;
    if !is_old_enough(&verified.header.minimum_agent, env!("CARGO_PKG_VERSION")) {
        let needed = crate::error::one_line(&verified.header.minimum_agent);
        return Err(refused(&file.name, PackageFault::NeedsNewerAgent(needed)));
    }
    Ok(Candidate {
        digest: sha256(&[&file.bytes]),
        name: file.name,
        verified,
    })
}

/// All packages must be of one vendor: that of the store, that of `--vendor-key`, or that of the
/// first package, which is trusted then.
pub(super) fn trust(
    candidates: &[Candidate],
    named: Option<&TrustedKey>,
    present: Option<&Present>,
) -> Result<(), AgentError> {
    let Some(first) = candidates.first() else {
        return Ok(());
    };
    let key = present.map_or(first.verified.signer, |present| present.key);
    let vendor = match present {
        Some(present) => present.account.vendor.number.as_str(),
        None => &first.verified.header.vendor,
    };
    for candidate in candidates {
        let signer = &candidate.verified.signer;
        if let Some(named) = named {
            named.check(&candidate.name, signer)?;
        }
        TrustedKey::known(&key).check(&candidate.name, signer)?;
        if candidate.verified.header.vendor != vendor {
            return Err(refused(&candidate.name, PackageFault::Damaged));
        }
    }
    Ok(())
}

/// Sets aside what was taken in before (AG-17), and what another file supersedes.
pub(super) fn sort(
    candidates: Vec<Candidate>,
    present: Option<&Present>,
) -> Result<Sorted, AgentError> {
    let imports = present.map_or(&[][..], |present| &present.imports);
    let mut sorted = Sorted {
        news: Vec::new(),
        known: Vec::new(),
    };
    for candidate in candidates {
        let header = &candidate.verified.header;
        let is_known = imports
            .iter()
            .any(|import| *import.package == *header.package && import.digest == candidate.digest)
            || sorted.news.iter().any(|new| new.digest == candidate.digest);
        if is_known {
            let name = &candidate.name;
            sorted.known.push(format!("{name}: already imported"));
            continue;
        }
        // Two exports of a product: the newer one says all that the older one said.
        let twin = sorted
            .news
            .iter_mut()
            .find(|new| new.verified.header.product == header.product);
        let Some(twin) = twin else {
            sorted.news.push(candidate);
            continue;
        };
        let rank = |header: &Header| (header.created.clone(), header.generation);
        let is_newer = rank(header) > rank(&twin.verified.header);
        let older = match is_newer {
            true => std::mem::replace(twin, candidate),
            false => candidate,
        };
        let newer = &twin.name;
        let line = format!("{}: left out, '{newer}' is newer", older.name);
        sorted.known.push(line);
    }
    Ok(sorted)
}

/// Opens and reads a package; its document must repeat what the header says (AG-20).
pub(super) fn open(
    candidate: Candidate,
    passphrase: Option<&Secret>,
    progress: &Progress,
) -> Result<Taken, AgentError> {
    let Candidate {
        name,
        digest,
        verified,
    } = candidate;
    progress.step(format!("Opening '{name}'"));
    let lock = passphrase.map_or(Lock::None, Lock::Passphrase);
    let document = verified
        .open(lock)
        .map_err(|error| packages::fault(&name, error))?;
    let count = verified.header.licensee_count;
    progress.count(
        format!("Reading {count} licensees of '{name}'"),
        count as u64,
    );
    let mut watch = |read| progress.reach(read as u64);
    let read = assets::read_watched(&document, &mut watch).map_err(|error| {
        tracing::debug!(
            file = name,
            error = error.to_string(),
            "a document cannot be read"
        );
        refused(&name, PackageFault::Damaged)
    })?;
    if !agrees(&verified.header, &read) {
        return Err(refused(&name, PackageFault::Damaged));
    }
    Ok(Taken {
        name,
        digest,
        signer: verified.signer,
        header: verified.header,
        assets: read,
    })
}

fn agrees(header: &Header, assets: &Assets) -> bool {
    let numbers: Vec<LicenseeNumber> = assets
        .licensees
        .iter()
        .map(|aggregate| aggregate.licensee.number.clone())
        .collect();
    let digest = sha256(&[assets::licensees_text(&numbers).as_bytes()]);
    assets.package.id == header.package
        && assets.package.generation == header.generation
        && assets.package.recipient == header.recipient.as_str()
        && assets.vendor.number.as_str() == header.vendor
        && assets.product.product.number.as_str() == header.product
        && numbers.len() == header.licensee_count
        && digest == header.licensee_digest
}

impl Taken {
    /// What is told of it.
    pub(super) fn line(&self, outcome: &str) -> String {
        format!(
            "{}: product {}, licensees {}, generation {}: {outcome}",
            self.name, self.header.product, self.header.licensee_count, self.header.generation,
        )
    }

    /// AG-31.
    pub(super) fn warning(&self) -> Option<String> {
        let product = &self.assets.product.product;
        product.licensee_auto_create.then(|| {
            format!(
                "Product '{}' creates licensees on demand; an agent does not: unknown licensees are refused.",
                product.number
            )
        })
    }
}

/// True when an agent of version `own` may read what needs `needed`. Unreadable versions are newer.
fn is_old_enough(needed: &str, own: &str) -> bool {
    let numbers = |text: &str| -> Option<Vec<u64>> {
        let release = text.split(['-', '+']).next()?;
        release.split('.').map(|part| part.parse().ok()).collect()
    };
    match (numbers(needed), numbers(own)) {
        (Some(needed), Some(own)) => needed <= own,
        _ => false,
    }
}

fn refused(name: &str, fault: PackageFault) -> AgentError {
    AgentError::Package {
        file: name.to_owned(),
        fault,
    }
}

#[cfg(test)]
mod tests {
    use super::is_old_enough;

    #[test]
    fn versions_compare_by_their_numbers() {
        for needed in ["0.1.0", "0.0.9", "0.1.0-rc.1"] {
            assert!(is_old_enough(needed, "0.1.0"), "{needed}");
        }
        for needed in ["0.1.1", "0.10.0", "1.0.0", "", "x"] {
            assert!(!is_old_enough(needed, "0.1.0"), "{needed}");
        }
    }
}
