//! `backup` and `restore`: the database and the key beside it, in one file under a passphrase (section 14).

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use leasehold_seal::digest::{hex, sha256};
use leasehold_seal::sealed_file;
use leasehold_seal::secret::Secret;
use leasehold_store::{Document, Edit, Origin, StoreError, Write};
use zeroize::Zeroizing;

use crate::cli::{Backup, PassphraseSource, Restore};
use crate::database::{self, Present};
use crate::error::{AgentError, PackageFault};
use crate::signing::KEY_FILE;
use crate::{control, packages, secrets, status};

/// The store's file in its directory.
const DATABASE: &str = "leasehold.db";

/// What lies beside it, and is needed to open it and to use what is in it.
const KEY_FILES: [&str; 2] = [KEY_FILE, database::SEAL_KEY_FILE];

/// What a backup begins with, once it is opened.
const MAGIC: &[u8] = b"leasehold-agent backup 1\n";

/// Copies the store of `work_dir`, whether an agent runs there or not. Returns the passphrase that was made
/// up, if none was given.
pub(crate) async fn backup(
    work_dir: &Path,
    order: &Backup,
) -> Result<(String, Option<Secret>), AgentError> {
    if order.to.exists() {
        return Err(occupied(&order.to));
    }
    let (passphrase, generated) = match secrets::passphrase(&order.passphrase)? {
        Some(given) => (given, None),
        None => {
            let generated = secrets::generate();
            (generated.clone(), Some(generated))
        }
    };
    if !database::exists(work_dir) {
        return Err(AgentError::NoAssets(database::directory(work_dir)));
    }
    let directory = database::directory(work_dir);
    // In the database's own directory it is as well kept as the database, for the moment that it lies there.
    let copy = Scratch(directory.join(format!("backup-{}.part", std::process::id())));
    let absolute = std::path::absolute(&copy.0).map_err(failed("find the database"))?;
    if !control::backup(work_dir, &absolute).await? {
        database::open(work_dir).await?.backup(&copy.0).await?;
    }
    let to = order.to.clone();
    let written = move || {
        let database = Zeroizing::new(fs::read(&copy.0).map_err(failed("read the copy"))?);
        drop(copy);
        let mut keys = Vec::new();
        for name in KEY_FILES {
            let key = match fs::read(directory.join(name)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
                key => key.map_err(failed("read a key beside the database"))?,
            };
            keys.push(Zeroizing::new(key));
        }
        let plain = join(&keys, &database);
        let sealed = sealed_file::seal(&plain, &passphrase)
            .map_err(|error| AgentError::internal("seal the backup", error))?;
        create(&to, &sealed).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => occupied(&to),
            _ => failed(&format!("write '{}'", to.display()))(error),
        })?;
        Ok(hex(&sha256(&[&sealed])))
    };
    let digest = blocking(written).await?;
    let line = format!("{}: SHA-256 {digest}", order.to.display());
    Ok((line, generated))
}

/// Puts a backup in the place of the store of `work_dir`. What was there stays, under another name.
pub(crate) async fn restore(
    work_dir: &Path,
    order: &Restore,
    now: Timestamp,
) -> Result<Vec<String>, AgentError> {
    let directory = database::directory(work_dir);
    if directory.exists() {
        if !order.force {
            let place = directory.display();
            return Err(AgentError::Conflict(format!(
                "There is a database in '{place}'. Use --force to put it aside."
            )));
        }
        // A damaged one is no obstacle; one that an agent has open is.
        let opened = match database::exists(work_dir) {
            true => database::open(work_dir).await.map(drop),
            false => Ok(()),
        };
        if let Err(error @ AgentError::Store(StoreError::Locked(_))) = opened {
            return Err(error);
        }
    }
    let name = packages::name_of(&order.from).to_string();
    let sealed = fs::read(&order.from).map_err(|error| {
        let text = format!("cannot read '{}': {error}", order.from.display());
        AgentError::option("--from", text)
    })?;
    let passphrase = match &order.passphrase {
        PassphraseSource::None => secrets::ask(&name)?,
        given => secrets::passphrase(given)?,
    };
    let passphrase =
        passphrase.ok_or_else(|| AgentError::PassphraseMissing { file: name.clone() })?;
    let digest = hex(&sha256(&[&sealed]));
    let staging = Scratch(work_dir.join("database.restoring"));
    let staged = staging.0.clone();
    let damaged = AgentError::Package {
        file: name.clone(),
        fault: PackageFault::Damaged,
    };
    blocking(move || unpack(&name, &sealed, &passphrase, &staged)).await?;
    let findings = leasehold_store::verify_file(&staging.0.join(DATABASE))?;
    if let Some(finding) = findings.first() {
        tracing::debug!(finding, "a backup does not hold together");
        return Err(damaged);
    }
    record(&staging.0, &digest, now).await?;

    let mut lines = Vec::new();
    if directory.exists() {
        let aside = work_dir.join(format!("database.replaced-{}", now.as_millisecond()));
        fs::rename(&directory, &aside).map_err(failed("put the database aside"))?;
        lines.push(format!("What was there is in '{}'.", aside.display()));
    }
    fs::rename(&staging.0, &directory).map_err(failed("put the backup in place"))?;
    lines.push(format!("Restored to '{}'.", directory.display()));
    Ok(lines)
}

/// Leaves a row in the audit log that a restore cannot do without, so that whoever is told the log sees that
/// what follows does not descend from what was there (AG-61).
async fn record(directory: &Path, digest: &str, now: Timestamp) -> Result<(), AgentError> {
    let place = directory.to_owned();
    let store = database::open_in(place).await?;
    let Some(present) = Present::look(&store).await? else {
        return Ok(());
    };
    let origin = Origin {
        actor: "local".into(),
        action: "agent.restore",
    };
    let content = status::json(&serde_json::json!({
        "backup": digest,
        "restored": status::instant(now),
    }))?;
    let note = move |_: &leasehold_store::VendorView<'_>| {
        Ok::<_, AgentError>(Edit {
            outcome: (),
            writes: vec![Write::PutDocument(Document {
                name: "restored".into(),
                content: content.clone().into_bytes(),
            })],
        })
    };
    let vendor = &present.account.vendor.number;
    store.edit(vendor, origin, now, note).await?
}

/// Opens a backup and lays it out as a directory of its own.
fn unpack(
    name: &str,
    sealed: &[u8],
    passphrase: &Secret,
    directory: &Path,
) -> Result<(), AgentError> {
    let plain =
        sealed_file::open(sealed, passphrase).map_err(|error| packages::fault(name, error))?;
    let (keys, database) = split(&plain).ok_or_else(|| AgentError::Package {
        file: name.to_owned(),
        fault: PackageFault::Damaged,
    })?;
    let lay_out = || {
        DirBuilder::new().mode(0o700).create(directory)?;
        create(&directory.join(DATABASE), database)?;
        let keys = KEY_FILES.into_iter().zip(keys);
        for (name, key) in keys.filter(|(_, key)| !key.is_empty()) {
            create(&directory.join(name), key)?;
        }
        Ok(())
    };
    lay_out().map_err(failed("unpack the backup"))
}

/// Of each key its length in four bytes, and the key; then the database.
fn join(keys: &[Zeroizing<Vec<u8>>], database: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(MAGIC.to_vec());
    for key in keys {
        // A key file is a line.
        plain.extend(u32::try_from(key.len()).unwrap_or_default().to_be_bytes());
        plain.extend(key.iter());
    }
    plain.extend(database);
    plain
}

fn split(plain: &[u8]) -> Option<([&[u8]; KEY_FILES.len()], &[u8])> {
    let mut rest = plain.strip_prefix(MAGIC)?;
    let mut keys = [&[][..]; KEY_FILES.len()];
    for key in &mut keys {
        let (length, more) = rest.split_first_chunk::<4>()?;
        (*key, rest) = more.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    }
    Some((keys, rest))
}

/// Writes a file whole, for its owner only, and over nothing.
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A file or a directory that does not outlive us, unless it is moved away.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // There is none when all went well, or before anything was done.
        let _ = fs::remove_file(&self.0);
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn occupied(path: &Path) -> AgentError {
    AgentError::Conflict(format!(
        "File '{}' is there already. Move it away first.",
        path.display()
    ))
}

fn failed(doing: &str) -> impl Fn(io::Error) -> AgentError {
    move |error| AgentError::internal(doing, error)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AgentError> + Send + 'static,
) -> Result<T, AgentError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| AgentError::internal("back up or restore", error))?
}
