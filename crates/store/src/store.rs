//! The store: one data directory, many vendors.

use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use leasehold_model::number::VendorNumber;
use leasehold_model::snapshot::Snapshot;
use tokio::task::{JoinError, spawn_blocking};

use crate::command::{Command, Step};
use crate::decide::{Attempt, Question};
use crate::error::StoreError;
use crate::follower::Follower;
use crate::footprint::Reach;
use crate::ids::VendorId;
use crate::inner::{Inner, read, write};
use crate::memory::{VendorCell, VendorState};
use crate::patience::Patience;
use crate::postgres::DatabaseUrl;
use crate::reading;
use crate::seal_key::SealKey;
use crate::view::VendorView;
use crate::write::{Account, Decided, Edit, Origin, StoredToken};

/// What the database is allowed to take for an answer, where a node must always ask it, before the
/// node counts as cut off.
const LEAST_STALENESS: Duration = Duration::from_secs(2);

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes of aggregates kept in memory, most of them packed; the least recently used are dropped
    /// beyond it.
    pub cache_bytes: usize,
    /// Changes that may wait for the writer; beyond it callers get [`StoreError::Busy`].
    pub queue_length: usize,
    /// How old an answer may be when other nodes share the database; zero: not at all, at the cost
    /// of asking it each time.
    pub staleness: Duration,
    /// The PostgreSQL database that nodes share; `None`: a file in the data directory.
    pub database: Option<DatabaseUrl>,
    /// Tells which installation's key this node has: one with another than the others is refused.
    pub fingerprint: Option<[u8; 32]>,
    /// What a file is sealed with, so that it is refused when something else has changed it; `None`: it
    /// is not sealed.
    pub seal: Option<SealKey>,
    /// For how long a shared database that cannot be reached is tried, before callers hear of it.
    pub patience: Duration,
    /// How much longer every commit takes: a slow disk on a fast one, for measurements. Zero for
    /// everybody else.
    pub sync_delay: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 1 << 30,
            queue_length: 16_384,
            staleness: Duration::from_secs(2),
            database: None,
            fingerprint: None,
            seal: None,
            patience: Duration::from_secs(5),
            sync_delay: Duration::ZERO,
        }
    }
}

/// Whose turn it is to do what only one node may do at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// This node's, as there is no other.
    Always,
    /// This node's, until what it has claimed is over.
    Ours,
    /// Another node's, for now.
    Others,
}

/// A handle; clones share one store. Closed, and the directory's lock freed, when the last one
/// is dropped and what they had begun has ended.
#[derive(Clone)]
pub struct Store {
    // First, so that with the last handle it lets go of the rest.
    pub(crate) _follower: Option<Arc<Follower>>,
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.inner.path).finish()
    }
}

impl Store {
    /// Opens the store in `directory`, and makes it where there is none: takes the directory's
    /// lock, migrates, loads. Blocks; call it before serving.
    pub fn open(directory: &Path, options: Options) -> Result<Self, StoreError> {
        crate::open::open(directory, &options)
    }

    /// True when `directory` holds a store. Nothing is opened, locked or made.
    pub fn exists(directory: &Path) -> bool {
        directory.join(crate::directory::DATABASE).is_file()
    }

    /// The data directory.
    pub fn directory(&self) -> &Path {
        &self.inner.path
    }

    /// Decides about one licensee, under its lock, and returns once what changed is durable.
    ///
    /// `licensee` is a number or an alias, `product` the number that the request names (for a
    /// licensee that does not exist). An answer that changed nothing returns at once, unless
    /// the licensee has changes on their way to the disk: then it waits for those, so that no
    /// answer rests on what a crash could take back. When `decide` refuses, nothing changes.
    /// For [`leasehold_model::snapshot::Subject::Unknown`] the changes must be empty: a licensee
    /// is created by [`Store::edit`].
    pub async fn decide<T, E>(
        &self,
        vendor: &VendorNumber,
        licensee: &str,
        product: Option<&str>,
        origin: Origin,
        now: Timestamp,
        decide: impl Fn(Snapshot<'_>) -> Result<Decided<T>, E> + Sync,
    ) -> Result<Result<T, E>, StoreError> {
        self.inner.hear().await?;
        let cell = self.inner.known(vendor, licensee).await?;
        let mut question = Question {
            cell: &cell,
            licensee,
            product,
            origin,
            now,
            may_deny: self.inner.engine.shared().is_none() || !self.inner.others.are_there(),
        };
        let mut patience = Patience::begin();
        loop {
            match self.decide_once(&question, &decide, &mut patience).await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {
                    self.inner.catch_up().await?;
                    question.may_deny = true;
                }
                Err(StoreError::Overtaken) => patience.wait(&self.inner.others).await?,
                Err(error) => return Err(error),
            }
        }
    }

    /// `None`: the answer is a denial, which memory as it is must not give.
    async fn decide_once<T, E>(
        &self,
        question: &Question<'_>,
        decide: &(impl Fn(Snapshot<'_>) -> Result<Decided<T>, E> + Sync),
        patience: &mut Patience,
    ) -> Result<Option<Result<T, E>>, StoreError> {
        let cell = question.cell;
        let mut cold = None;
        let mut reading = None;
        loop {
            let attempt = {
                let state = cell.state.read().await;
                self.inner.attempt(question, &state, cold.take(), decide)?
            };
            drop(reading.take());
            match attempt {
                Attempt::Settled { answer, awaited } => {
                    patience.decided(&self.inner.others);
                    for sequence in awaited {
                        self.inner.progress.reach(sequence).await?;
                    }
                    return Ok(Some(answer));
                }
                Attempt::Denied => return Ok(None),
                Attempt::Cold(entry) => {
                    let inner = Arc::clone(&self.inner);
                    let vendor = cell.id;
                    match self.inner.readings.turn(entry.id) {
                        reading::Turn::Reads(own) => {
                            let read = spawn_blocking(move || inner.read_cold(vendor, &entry));
                            cold = Some(ended(read.await)?);
                            // It ends when the body has been put into its place.
                            reading = Some(own);
                        }
                        // It ends by being dropped.
                        reading::Turn::Waits(mut ends) => {
                            let _ended = ends.changed().await;
                        }
                    }
                }
            }
        }
    }

    /// Changes anything of one vendor: `edit` sees the vendor's whole state standing still, and
    /// what it returns becomes durable as a whole before this returns. Runs on a blocking thread.
    /// When `edit` refuses, nothing changes. It is asked again, on the state as it is then, when
    /// another node was faster.
    pub async fn edit<T, E>(
        &self,
        vendor: &VendorNumber,
        origin: Origin,
        now: Timestamp,
        edit: impl Fn(&VendorView<'_>) -> Result<Edit<T>, E> + Send + Sync + 'static,
    ) -> Result<Result<T, E>, StoreError>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        self.edit_of(vendor, None, origin, now, edit).await
    }

    /// The same, with an account that is added or changed by it as [`Store::put_account`] would: both
    /// become durable together, or neither does. Where the vendor is new, `edit` sees an empty state.
    pub async fn edit_with_account<T, E>(
        &self,
        account: Account,
        origin: Origin,
        now: Timestamp,
        edit: impl Fn(&VendorView<'_>) -> Result<Edit<T>, E> + Send + Sync + 'static,
    ) -> Result<Result<T, E>, StoreError>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let vendor = account.vendor.number.clone();
        self.edit_of(&vendor, Some(account), origin, now, edit)
            .await
    }

    async fn edit_of<T, E>(
        &self,
        vendor: &VendorNumber,
        account: Option<Account>,
        origin: Origin,
        now: Timestamp,
        edit: impl Fn(&VendorView<'_>) -> Result<Edit<T>, E> + Send + Sync + 'static,
    ) -> Result<Result<T, E>, StoreError>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let edit = Arc::new(edit);
        let mut patience = Patience::begin();
        loop {
            self.inner.catch_up().await?;
            let cell = match (self.inner.vendor(vendor), &account) {
                (Ok(cell), _) => cell,
                (Err(StoreError::UnknownVendor(_)), Some(account)) => Arc::new(VendorCell {
                    id: VendorId(self.inner.ids.next(now)),
                    number: account.vendor.number.clone(),
                    account: RwLock::new(Arc::new(account.clone())),
                    state: Arc::default(),
                }),
                (Err(error), _) => return Err(error),
            };
            let mut state = Arc::clone(&cell.state).write_owned().await;
            let (inner, origin, edit) =
                (Arc::clone(&self.inner), origin.clone(), Arc::clone(&edit));
            let account = account.clone();
            let edited =
                spawn_blocking(move || inner.edit(&cell, &mut state, account, origin, now, &*edit));
            let (answer, awaited) = ended(edited.await)?;
            patience.decided(&self.inner.others);
            match self.inner.progress.reach_all(awaited).await {
                Err(StoreError::Overtaken) => patience.wait(&self.inner.others).await?,
                reached => return reached.map(|()| answer),
            }
        }
    }

    /// Looks at one vendor's state. Runs on a blocking thread, and waits for changes on their way.
    /// `look` is asked again when one of those did not come about.
    pub async fn read<T: Send + 'static>(
        &self,
        vendor: &VendorNumber,
        look: impl Fn(&VendorView<'_>) -> T + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        let look = Arc::new(look);
        let mut patience = Patience::begin();
        loop {
            self.inner.catch_up().await?;
            let cell = self.inner.vendor(vendor)?;
            let state = Arc::clone(&cell.state).read_owned().await;
            let (inner, look) = (Arc::clone(&self.inner), Arc::clone(&look));
            let seen = spawn_blocking(move || {
                inner.progress.check()?;
                let first = inner.progress.durable() + 1;
                let view = VendorView::new(&inner, &cell, &state);
                let seen = look(&view);
                view.finish()?;
                Ok((seen, first..=inner.queue.newest()))
            });
            let (seen, awaited) = ended(seen.await)?;
            match self.inner.progress.reach_all(awaited).await {
                Err(StoreError::Overtaken) => patience.wait(&self.inner.others).await?,
                reached => return reached.map(|()| seen),
            }
        }
    }

    /// True when memory is new enough to answer: always, where no other node shares the database.
    pub fn is_current(&self) -> bool {
        self.inner.engine.shared().is_none()
            || self.inner.others.age() <= self.inner.staleness.max(LEAST_STALENESS)
    }

    /// Claims `work` that only one node may do at a time, for `time` from `now` on.
    pub async fn claim(
        &self,
        work: &'static str,
        now: Timestamp,
        time: SignedDuration,
    ) -> Result<Turn, StoreError> {
        if self.inner.engine.shared().is_none() {
            return Ok(Turn::Always);
        }
        let until = now.checked_add(time).unwrap_or(Timestamp::MAX);
        let inner = Arc::clone(&self.inner);
        let claimed = spawn_blocking(move || match inner.engine.shared() {
            Some(shared) if !shared.claim(work, now, until)? => Ok(Turn::Others),
            _ => Ok(Turn::Ours),
        });
        ended(claimed.await)
    }

    /// All accounts, oldest first.
    pub fn accounts(&self) -> Vec<Account> {
        let directory = read(&self.inner.directory);
        directory
            .vendors
            .values()
            .map(|cell| account(cell))
            .collect()
    }

    /// The account of this login; for every request, hence in memory.
    pub fn account_by_login(&self, login: &str) -> Option<Account> {
        read(&self.inner.directory)
            .by_login(login)
            .map(|cell| account(cell))
    }

    /// The account of this number.
    pub fn account(&self, vendor: &VendorNumber) -> Option<Account> {
        let directory = read(&self.inner.directory);
        directory
            .by_number(vendor.as_str())
            .map(|cell| account(cell))
    }

    /// Adds or changes an account. The login and number of an existing one never change. Another
    /// password than before raises the revision, whatever `account` says.
    pub async fn put_account(
        &self,
        account: Account,
        origin: Origin,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut patience = Patience::begin();
        loop {
            self.inner.catch_up().await?;
            let sequence = self.apply_account(account.clone(), origin.clone(), now)?;
            patience.decided(&self.inner.others);
            match self.inner.progress.reach(sequence).await {
                Err(StoreError::Overtaken) => patience.wait(&self.inner.others).await?,
                reached => return reached,
            }
        }
    }

    /// The token with this look-up key, and whose it is; for every request, hence in memory.
    pub fn token(&self, lookup: &[u8; 32]) -> Option<(VendorNumber, Arc<StoredToken>)> {
        let tokens = read(&self.inner.tokens);
        let place = tokens.get(lookup)?;
        Some((place.vendor.clone(), Arc::clone(&place.token)))
    }

    /// Resolves when a commit has failed: the program should then end.
    pub async fn stopped(&self) {
        self.inner.progress.stopped().await;
    }

    /// True once a commit has failed: nothing is decided any more.
    pub fn has_stopped(&self) -> bool {
        self.inner.progress.check().is_err()
    }

    /// A consistent copy of the running store, as one SQLite file at `to`, which must not exist.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let inner = Arc::clone(&self.inner);
        let to = to.to_owned();
        ended(spawn_blocking(move || inner.engine.backup(&to)).await)
    }

    /// Checks the invariants and names each one broken: sessions <= seats, used = sum of usage,
    /// audit chain unbroken, memory equal to disk. Empty when all is well. Whatever else the store
    /// is asked waits meanwhile. Where other nodes go on changing what memory is compared with, it is
    /// begun again, until it was faster than they.
    pub async fn verify(&self) -> Result<Vec<String>, StoreError> {
        let mut patience = Patience::begin();
        loop {
            self.inner.catch_up().await?;
            let still = self.inner.hold_still().await;
            let inner = Arc::clone(&self.inner);
            match ended(spawn_blocking(move || inner.verify(still)).await) {
                Err(StoreError::Overtaken) => patience.wait(&self.inner.others).await?,
                verified => return verified,
            }
        }
    }

    fn apply_account(
        &self,
        mut account: Account,
        origin: Origin,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.inner.progress.check()?;
        let basis = self.inner.others.applied();
        let mut directory = write(&self.inner.directory);
        let number = account.vendor.number.clone();
        let existing = directory.by_number(number.as_str()).cloned();
        let with_login = directory.by_login(&account.vendor.login);
        if with_login.map(|cell| cell.id) != existing.as_ref().map(|cell| cell.id) {
            return Err(StoreError::NumberTaken(if existing.is_some() {
                (&number).into()
            } else {
                account.vendor.login.into()
            }));
        }
        let place = self.inner.queue.reserve()?;
        let id = match &existing {
            Some(cell) => cell.id,
            None => VendorId(self.inner.ids.next(now)),
        };
        if let Some(cell) = &existing {
            let before = read(&cell.account);
            if before.password != account.password {
                account.revision = account.revision.max(before.revision + 1);
            }
        }
        let sequence = place.fill(Command {
            vendor: id,
            vendor_number: number.clone(),
            licensee: None,
            origin,
            at: now,
            steps: vec![Step::PutAccount(account.clone())],
            basis,
            reach: Reach::Account,
            touched: Vec::new(),
            newest_id: self.inner.ids.newest(),
        });
        match existing {
            Some(cell) => *write(&cell.account) = Arc::new(account),
            None => {
                let login = account.vendor.login.clone();
                let cell = VendorCell {
                    id,
                    number,
                    account: RwLock::new(Arc::new(account)),
                    state: Arc::new(tokio::sync::RwLock::new(VendorState::default())),
                };
                directory.insert(Arc::new(cell), &login);
            }
        }
        Ok(sequence)
    }
}

/// Checks the invariants of a store file that no program has open (a backup).
pub fn verify_file(file: &Path) -> Result<Vec<String>, StoreError> {
    crate::sqlite::verify_file(file)
}

fn account(cell: &VendorCell) -> Account {
    (**read(&cell.account)).clone()
}

/// What a blocking thread came to. A panic on it goes on here.
pub(crate) fn ended<T>(end: Result<Result<T, StoreError>, JoinError>) -> Result<T, StoreError> {
    end.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        // The runtime is being shut down.
        Err(_) => Err(StoreError::Stopped),
    })
}
