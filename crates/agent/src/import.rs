//! `import-assets`: verifies every package, opens it, and takes all of them
//! in, in one transaction (4.2).
//!
//! Nothing is written before the last package has been judged (AG-14). An
//! update of a product that is already here is merged into what has happened
//! since.

mod judge;
mod plan;
mod write;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use leasehold_model::trusted_time::ClockState;
use leasehold_seal::envelope::RecipientKind;
use leasehold_seal::secret::Secret;
use leasehold_store::Store;
use serde::{Deserialize, Serialize};

use crate::cli::{PassphraseSource, VendorKey};
use crate::control;
use crate::database::{self, Present};
use crate::error::AgentError;
use crate::packages::{self, PackageFile};
use crate::progress::Progress;
use crate::secrets;
use crate::trust::TrustedKey;
use judge::{Candidate, Sorted};

pub(crate) use judge::Taken;
pub(crate) use plan::base;

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
    /// Conflicts are settled: of two starts the earlier one stays (MG-2), in all else the package decides.
    pub force: bool,
}

/// What an import came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// One line per package, and one for a key that is trusted from now on.
    pub lines: Vec<String>,
    /// What a user should know.
    pub warnings: Vec<String>,
}

/// Package files, read, and what is needed to open them.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) files: Vec<PackageFile>,
    /// The key they must be signed with; else that of the first import.
    pub(crate) named: Option<TrustedKey>,
    pub(crate) passphrase: Option<Secret>,
    /// Conflicts are settled: of two starts the earlier one stays (MG-2), in all else the package decides.
    pub(crate) force: bool,
}

/// Where packages are taken in.
#[derive(Debug, Clone, Copy)]
enum Place<'a> {
    /// A working directory, whose store nobody has opened. There may be somebody to ask.
    Stopped(&'a Path),
    /// The store of an agent that answers meanwhile, and what it thinks of the system's clock.
    Running(&'a Store, ClockState),
}

/// Takes packages in. Fails with nothing written, unless it is the store that fails.
pub async fn import(order: &ImportOrder<'_>, now: Timestamp) -> Result<Imported, AgentError> {
    let arrived = arrive(order).await?;
    take_in(Place::Stopped(order.work_dir), arrived, now).await
}

/// The same, by way of the agent that runs there, if one does (AG-28).
pub(crate) async fn import_online(
    order: &ImportOrder<'_>,
    now: Timestamp,
) -> Result<Imported, AgentError> {
    let mut arrived = arrive(order).await?;
    ask_for(&mut arrived)?;
    let progress = Progress::shown();
    progress.step("The agent that runs takes the packages in");
    match control::import(order.work_dir, &arrived).await? {
        Some(imported) => Ok(imported),
        None => {
            drop(progress);
            take_in(Place::Stopped(order.work_dir), arrived, now).await
        }
    }
}

/// The same into the store of an agent that runs.
pub(crate) async fn import_running(
    store: &Store,
    clock: ClockState,
    arrived: Arrived,
    now: Timestamp,
) -> Result<Imported, AgentError> {
    take_in(Place::Running(store, clock), arrived, now).await
}

/// Reads what an order names.
async fn arrive(order: &ImportOrder<'_>) -> Result<Arrived, AgentError> {
    let paths = list(order.input)?;
    let named = order.vendor_key.map(TrustedKey::load).transpose()?;
    let passphrase = secrets::passphrase(order.passphrase)?;
    let read = move || paths.iter().map(|path| packages::read(path)).collect();
    Ok(Arrived {
        files: blocking(read).await?,
        named,
        passphrase,
        force: order.force,
    })
}

/// Asks for the passphrase that these files need, where none was given and somebody is there.
fn ask_for(arrived: &mut Arrived) -> Result<(), AgentError> {
    if arrived.passphrase.is_some() {
        return Ok(());
    }
    for PackageFile { name, bytes } in &arrived.files {
        let header = packages::verify(name, bytes)?.header;
        if header.recipient == RecipientKind::Passphrase {
            arrived.passphrase = secrets::ask(name)?;
            return Ok(());
        }
    }
    Ok(())
}

/// Judges every package of an order by itself, as an import would, and writes nothing.
pub(crate) async fn examine(
    order: &ImportOrder<'_>,
) -> Result<Vec<Result<Taken, AgentError>>, AgentError> {
    let Arrived {
        files,
        named,
        mut passphrase,
        force: _,
    } = arrive(order).await?;
    let look = move || {
        let mut examined = Vec::with_capacity(files.len());
        for file in files {
            let taken = judge::verify_one(file).and_then(|candidate| {
                judge::trust(std::slice::from_ref(&candidate), named.as_ref(), None)?;
                if needs_passphrase(&candidate) && passphrase.is_none() {
                    passphrase = secrets::ask(&candidate.name)?;
                }
                judge::open(candidate, passphrase.as_ref(), &Progress::hidden())
            });
            examined.push(taken);
        }
        Ok(examined)
    };
    blocking(look).await
}

async fn take_in(
    place: Place<'_>,
    arrived: Arrived,
    now: Timestamp,
) -> Result<Imported, AgentError> {
    let Arrived {
        files,
        named,
        passphrase,
        force,
    } = arrived;
    let progress = match place {
        Place::Stopped(_) => Progress::shown(),
        Place::Running(..) => Progress::hidden(),
    };
    progress.step("Checking the packages");
    // Damaged files are refused before the store is so much as opened.
    let candidates = blocking(move || judge::verify(files)).await?;
    let (store, present) = look(place).await?;
    judge::trust(&candidates, named.as_ref(), present.as_ref())?;
    let Sorted { news, known } = judge::sort(candidates, present.as_ref())?;
    let mut imported = Imported {
        lines: known,
        warnings: Vec::new(),
    };
    if news.is_empty() {
        return Ok(imported);
    }

    let sealed = news.iter().find(|candidate| needs_passphrase(candidate));
    let passphrase = match (passphrase, sealed, place) {
        (None, Some(candidate), Place::Stopped(_)) => {
            progress.pause();
            secrets::ask(&candidate.name)?
        }
        (given, _, _) => given,
    };
    let shown = progress.clone();
    let taken = blocking(move || {
        let open = |candidate| judge::open(candidate, passphrase.as_ref(), &shown);
        news.into_iter().map(open).collect::<Result<Vec<_>, _>>()
    })
    .await?;

    if present.is_none() && named.is_none() {
        imported.lines.extend(trusted_from_now_on(&taken));
    }
    progress.step("Taking the packages in");
    let store = match (store, place) {
        (Some(store), _) => store,
        (None, Place::Stopped(work_dir)) => database::open(work_dir).await?,
        (None, Place::Running(store, _)) => store.clone(),
    };
    let clock = match place {
        Place::Running(_, clock) => Some(clock),
        Place::Stopped(_) => None,
    };
    let written = write::write(&store, taken, force, now, clock).await?;
    imported.lines.extend(written.lines);
    imported.warnings.extend(written.warnings);
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
async fn look(place: Place<'_>) -> Result<(Option<Store>, Option<Present>), AgentError> {
    let store = match place {
        Place::Stopped(work_dir) if !database::exists(work_dir) => return Ok((None, None)),
        Place::Stopped(work_dir) => database::open(work_dir).await?,
        Place::Running(store, _) => store.clone(),
    };
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
