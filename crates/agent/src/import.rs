//! `import-assets`: verifies every package, opens it, and takes all of them
//! in, in one transaction (4.2).
//!
//! Nothing is written before the last package has been judged (AG-14). An
//! update of a product that is already here is refused: merging it is a
//! matter of its own.

mod judge;
mod write;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use leasehold_seal::envelope::RecipientKind;
use leasehold_store::Store;

use crate::cli::{PassphraseSource, VendorKey};
use crate::database::{self, Present};
use crate::error::AgentError;
use crate::packages;
use crate::secrets;
use crate::trust::TrustedKey;
use judge::{Candidate, Sorted, Taken};

/// What to take in.
#[derive(Debug, Clone, Copy)]
pub struct ImportOrder<'a> {
    /// Where `database/` lies or will lie.
    pub work_dir: &'a Path,
    /// Where the packages lie.
    pub input: &'a Path,
    /// What opens them.
    pub passphrase: &'a PassphraseSource,
    /// The key they must be signed with; else that of the first import.
    pub vendor_key: Option<&'a VendorKey>,
}

/// What an import came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// One line per package, and one for a key that is trusted from now on.
    pub lines: Vec<String>,
    /// What a user should know.
    pub warnings: Vec<String>,
}

/// Takes packages in. Fails with nothing written, unless it is the store that fails.
pub async fn import(order: &ImportOrder<'_>, now: Timestamp) -> Result<Imported, AgentError> {
    let files = list(order.input)?;
    let named = order.vendor_key.map(TrustedKey::load).transpose()?;
    let given = secrets::passphrase(order.passphrase)?;

    // Damaged files are refused before the store is so much as opened.
    let candidates = blocking(move || judge::verify(&files)).await?;
    let (store, present) = look(order.work_dir).await?;
    judge::trust(&candidates, named.as_ref(), present.as_ref())?;
    let Sorted { news, known } = judge::sort(candidates, present.as_ref())?;
    let mut imported = Imported {
        lines: known,
        warnings: Vec::new(),
    };
    if news.is_empty() {
        return Ok(imported);
    }

    let passphrase = match given {
        None => match news.iter().find(|candidate| needs_passphrase(candidate)) {
            Some(candidate) => secrets::ask(&candidate.name)?,
            None => None,
        },
        given => given,
    };
    let taken = blocking(move || {
        let open = |candidate| judge::open(candidate, passphrase.as_ref());
        news.into_iter().map(open).collect::<Result<Vec<_>, _>>()
    })
    .await?;

    if present.is_none() && named.is_none() {
        imported.lines.extend(trusted_from_now_on(&taken));
    }
    imported.lines.extend(taken.iter().map(Taken::line));
    imported
        .warnings
        .extend(taken.iter().filter_map(Taken::warning));
    let store = match store {
        Some(store) => store,
        None => database::open(order.work_dir).await?,
    };
    write::write(&store, taken, now).await?;
    Ok(imported)
}

fn list(input: &Path) -> Result<Vec<PathBuf>, AgentError> {
    let files = packages::list(input).map_err(|error| {
        let text = format!("cannot read '{}': {error}", input.display());
        AgentError::option("--input", text)
    })?;
    if files.is_empty() {
        return Err(AgentError::NoPackages(input.to_owned()));
    }
    Ok(files)
}

/// Opens the store, if there is one, and looks what it holds.
async fn look(work_dir: &Path) -> Result<(Option<Store>, Option<Present>), AgentError> {
    if !database::exists(work_dir) {
        return Ok((None, None));
    }
    let store = database::open(work_dir).await?;
    let present = Present::look(&store).await?;
    Ok((Some(store), present))
}

fn needs_passphrase(candidate: &Candidate) -> bool {
    candidate.verified.header.recipient == RecipientKind::Passphrase
}

/// Trust on first use: whoever imports can compare what the vendor told them.
fn trusted_from_now_on(taken: &[Taken]) -> Option<String> {
    let key = taken.first()?.signer;
    Some(format!(
        "Vendor key {} is trusted from now on.",
        key.fingerprint()
    ))
}

/// Runs what reads files or computes for long.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AgentError> + Send + 'static,
) -> Result<T, AgentError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| AgentError::internal("import", error))?
}
