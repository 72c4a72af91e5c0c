//! Opening: lock, migrate, load, start the writer.

use std::path::Path;
use std::sync::{Arc, RwLock};

use jiff::Timestamp;
use leasehold_model::bundle::Bundle;
use leasehold_model::payment_method::{PaymentMethod, PaymentMethodKind};
use leasehold_model::product::{Product, ProductModule};
use leasehold_model::template::LicenseTemplate;

use crate::directory::{DirectoryLock, make_database};
use crate::engine::{Engine, LoadedLicensee, Visitor};
use crate::error::StoreError;
use crate::follower::{self, Follower};
use crate::ids::{
    BundleId, Ids, ImportId, LicenseeId, ModuleId, NotificationId, ProductId, TemplateId, TokenId,
    VendorId,
};
use crate::inner::Inner;
use crate::memory::{Cache, Directory, Entry, Slot, TokenPlace, Tokens, VendorCell, VendorState};
use crate::others::Others;
use crate::postgres::{Postgres, Settings};
use crate::progress::Progress;
use crate::queue::Queue;
use crate::slow::SlowSync;
use crate::sqlite::Sqlite;
use crate::store::{Options, Store};
use crate::write::{
    Account, Binding, CallKey, Generation, ImportRecord, SealedPackageKey, StoredNotification,
    StoredToken,
};

/// Opens the store in `directory`, and makes it where there is none.
pub(crate) fn open(directory: &Path, options: &Options) -> Result<Store, StoreError> {
    let lock = DirectoryLock::take(directory)?;
    let engine = open_engine(directory, options)?;
    let mut loader = Loader::new(options.cache_bytes);
    let position = engine.load_all(&mut loader)?;
    loader.finish_vendor();
    let queue = Arc::new(Queue::new(options.queue_length));
    let progress = Arc::new(Progress::new());
    let others = Arc::new(Others::new(position));
    let writer = crate::writer::start(
        SlowSync::around(engine.committer()?, options.sync_delay),
        Arc::clone(&queue),
        Arc::clone(&progress),
        Arc::clone(&others),
    )?;
    let is_shared = engine.shared().is_some();
    let inner = Arc::new(Inner {
        path: directory.to_owned(),
        directory: RwLock::new(loader.directory),
        tokens: RwLock::new(loader.tokens),
        cache: loader.cache,
        ids: Ids::after(
            loader.largest_id,
            engine.shared().map(|shared| shared.node()),
        ),
        queue,
        progress,
        others,
        readings: Arc::default(),
        outbox: tokio::sync::watch::Sender::new(0),
        writer: Some(writer),
        engine,
        staleness: options.staleness,
        _lock: lock,
    });
    let follower = match is_shared {
        true => Some(Follower::start(
            &inner,
            follower::interval(options.staleness),
        )?),
        false => None,
    };
    Ok(Store {
        _follower: follower.map(Arc::new),
        inner,
    })
}

fn open_engine(directory: &Path, options: &Options) -> Result<Box<dyn Engine>, StoreError> {
    let Some(url) = &options.database else {
        return Ok(Box::new(Sqlite::open(
            &make_database(directory)?,
            options.seal.as_ref(),
        )?));
    };
    let name = directory.display().to_string();
    let settings = Settings {
        url,
        name: &name,
        patience: options.patience,
        fingerprint: options.fingerprint,
    };
    Ok(Box::new(Postgres::open(&settings)?))
}

/// Builds the state in memory from what the engine tells.
pub(crate) struct Loader {
    pub(crate) directory: Directory,
    pub(crate) tokens: Tokens,
    cache: Cache,
    largest_id: i64,
    /// The vendor that is being told.
    vendor: Option<(VendorId, Account)>,
    state: VendorState,
}

impl Loader {
    pub(crate) fn new(cache_bytes: usize) -> Self {
        Self {
            directory: Directory::default(),
            tokens: Tokens::default(),
            cache: Cache::new(cache_bytes),
            largest_id: 0,
            vendor: None,
            state: VendorState::default(),
        }
    }

    /// After the last.
    pub(crate) fn finish_vendor(&mut self) {
        let state = std::mem::take(&mut self.state);
        if let Some((id, account)) = self.vendor.take() {
            let login = account.vendor.login.clone();
            let cell = VendorCell {
                id,
                number: account.vendor.number.clone(),
                account: RwLock::new(Arc::new(account)),
                state: Arc::new(tokio::sync::RwLock::new(state)),
            };
            self.directory.insert(Arc::new(cell), &login);
        }
    }

    fn saw(&mut self, id: i64) {
        self.largest_id = self.largest_id.max(id);
    }
}

impl Visitor for Loader {
    fn vendor(&mut self, id: VendorId, account: Account) -> Result<(), StoreError> {
        self.finish_vendor();
        self.saw(id.0);
        self.vendor = Some((id, account));
        Ok(())
    }

    fn product(&mut self, id: ProductId, product: Product) -> Result<(), StoreError> {
        self.saw(id.0);
        Arc::make_mut(&mut self.state.catalogue).create_product(id, product)
    }

    fn module(
        &mut self,
        product: ProductId,
        id: ModuleId,
        module: ProductModule,
    ) -> Result<(), StoreError> {
        self.saw(id.0);
        Arc::make_mut(&mut self.state.catalogue).create_module(product, id, module)
    }

    fn template(
        &mut self,
        module: ModuleId,
        id: TemplateId,
        template: LicenseTemplate,
    ) -> Result<(), StoreError> {
        self.saw(id.0);
        let catalogue = Arc::make_mut(&mut self.state.catalogue);
        let number = catalogue.module_number(module).cloned();
        let number = number.ok_or_else(|| {
            StoreError::Damaged(format!("the template '{}' has no module", template.number))
        })?;
        catalogue.create_template(&number, id, template)?;
        Ok(())
    }

    fn token(&mut self, id: TokenId, token: StoredToken) -> Result<(), StoreError> {
        self.saw(id.0);
        let Some((_, account)) = &self.vendor else {
            return Ok(());
        };
        let token = Arc::new(token);
        let place = TokenPlace {
            vendor: account.vendor.number.clone(),
            id,
            token: Arc::clone(&token),
        };
        self.tokens.apply([(token.lookup, Some(place))].into());
        let books = Arc::make_mut(&mut self.state.books);
        books.tokens.insert(id, token);
        Ok(())
    }

    fn package_key(&mut self, key: SealedPackageKey) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.books).package_key = Some(key);
        Ok(())
    }

    fn binding(&mut self, licensee: LicenseeId, binding: Binding) -> Result<(), StoreError> {
        let books = Arc::make_mut(&mut self.state.books);
        let before = books.bindings.values().next_back();
        let shared = before.filter(|before| ***before == binding).cloned();
        books.put_binding(licensee, shared.unwrap_or_else(|| Arc::new(binding)));
        Ok(())
    }

    fn generation(&mut self, generation: Generation) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.books).put_generation(generation);
        Ok(())
    }

    fn import(&mut self, id: ImportId, import: ImportRecord) -> Result<(), StoreError> {
        self.saw(id.0);
        let books = Arc::make_mut(&mut self.state.books);
        books.imports.insert(id, import);
        Ok(())
    }

    fn bundle(&mut self, id: BundleId, bundle: Bundle) -> Result<(), StoreError> {
        self.saw(id.0);
        let books = Arc::make_mut(&mut self.state.books);
        books.bundles.insert(id, bundle);
        Ok(())
    }

    fn notification(
        &mut self,
        id: NotificationId,
        notification: StoredNotification,
    ) -> Result<(), StoreError> {
        self.saw(id.0);
        let books = Arc::make_mut(&mut self.state.books);
        books.notifications.insert(id, notification);
        Ok(())
    }

    fn payment_method(
        &mut self,
        kind: PaymentMethodKind,
        method: PaymentMethod,
    ) -> Result<(), StoreError> {
        let books = Arc::make_mut(&mut self.state.books);
        books.payment_methods.insert(kind, method);
        Ok(())
    }

    fn call(&mut self, call: CallKey, at: Timestamp) -> Result<(), StoreError> {
        crate::inner::lock(&self.state.calls).put(&call, at);
        Ok(())
    }

    fn untold(&mut self, id: i64) -> Result<(), StoreError> {
        self.saw(id);
        Ok(())
    }

    fn licensee(&mut self, loaded: LoadedLicensee) -> Result<(), StoreError> {
        self.saw(loaded.id.0);
        let entry = Arc::new(Entry::new(loaded.id, loaded.product, Slot::default()));
        self.cache.keep(&entry, &loaded.aggregate);
        for (_, id, _) in &loaded.licenses {
            self.saw(id.0);
        }
        let names = self
            .state
            .names
            .get_mut()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        names.add(&entry, &loaded)?;
        *self.state.licensees.entry(loaded.product).or_default() += 1;
        self.state.entries.insert(loaded.id, entry);
        Ok(())
    }
}
