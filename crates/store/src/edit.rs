//! An edit: writes of one vendor that are checked one after the other on the side, and then take
//! effect together.

mod books;

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::number::{LicenseTemplateNumber, LicenseeNumber, TransactionNumber};
use leasehold_model::snapshot::LicenseeAggregate;

use crate::command::{Command, Step};
use crate::error::StoreError;
use crate::footprint::Reach;
use crate::ids::{ImportId, LicenseeId, ModuleId, ProductId, TemplateId};
use crate::inner::{Inner, Keep, lock, read, write};
use crate::memory::{
    Books, Cache, Catalogue, Entry, NameChanges, NameDelta, Packed, Slot, TokenPlace, VendorCell,
    VendorState,
};
use crate::view::VendorView;
use crate::write::{Account, CallKey, Edit, Origin, Write};

impl Inner {
    /// Runs an edit with the vendor's state to itself. Where `account` goes along, the vendor may be new:
    /// then `cell` is in no directory yet. Returns the answer and the commands that it must wait for.
    /// Blocks.
    pub(crate) fn edit<T, E>(
        &self,
        cell: &Arc<VendorCell>,
        state: &mut VendorState,
        account: Option<Account>,
        origin: Origin,
        now: Timestamp,
        edit: &impl Fn(&VendorView<'_>) -> Result<Edit<T>, E>,
    ) -> Result<(Result<T, E>, RangeInclusive<u64>), StoreError> {
        self.progress.check()?;
        let first = self.progress.durable() + 1;
        let basis = self.others.applied();
        let view = VendorView::new(self, cell, state);
        let edited = edit(&view);
        view.finish()?;
        let (outcome, writes) = match edited {
            Ok(Edit { outcome, writes }) => (outcome, writes),
            Err(refusal) => return Ok((Err(refusal), first..=self.queue.newest())),
        };
        // Held until the command is queued, as nobody else may take the login meanwhile.
        let mut directory = account.is_some().then(|| write(&self.directory));
        let account = match (&directory, account) {
            (Some(directory), Some(account)) => directory.admit(cell.id, account)?,
            _ => None,
        };
        if writes.is_empty() && account.is_none() {
            return Ok((Ok(outcome), first..=self.queue.newest()));
        }
        let place = self.queue.reserve()?;
        let changes = {
            let names = read(&state.names);
            let mut staged = Staged {
                inner: self,
                cell,
                state,
                now,
                names: NameChanges::new(&names),
                catalogue: Arc::clone(&state.catalogue),
                books: Arc::clone(&state.books),
                licensees: HashMap::new(),
                touched: BTreeMap::new(),
                tokens: HashMap::new(),
                calls: Vec::new(),
                transactions: HashMap::new(),
                subjects: Vec::new(),
                last: None,
                steps: Vec::with_capacity(writes.len() + 1),
            };
            if let Some(account) = &account {
                staged.steps.push(Step::PutAccount(account.clone()));
            }
            staged.write_all(writes)?;
            staged.finish()
        };
        // Held until the command is queued: a look-up key is unique among all vendors, and another
        // vendor may have taken it since it was staged.
        let mut tokens = (!changes.tokens.is_empty()).then(|| write(&self.tokens));
        if let Some(tokens) = &tokens {
            tokens.check(&changes.tokens)?;
        }
        let announces = changes.steps.iter().any(Step::concerns_outbox);
        let sequence = place.fill(Command {
            vendor: cell.id,
            vendor_number: cell.number.clone(),
            licensee: changes.subject,
            origin,
            at: now,
            reach: changes
                .steps
                .iter()
                .map(Step::reach)
                .fold(Reach::Names, Reach::max),
            steps: changes.steps,
            basis,
            touched: changes.touched.keys().copied().collect(),
            newest_id: self.ids.newest(),
        });
        if let (Some(directory), Some(account)) = (&mut directory, account) {
            let login = account.vendor.login.clone();
            *write(&cell.account) = Arc::new(account);
            directory.insert(Arc::clone(cell), &login);
        }
        drop(directory);
        if announces {
            self.outbox.send_replace(sequence);
        }
        for call in &changes.calls {
            lock(&state.calls).put(call, now);
        }
        state.edited = sequence;
        state.catalogue = changes.catalogue;
        state.books = changes.books;
        write(&state.names).apply(changes.names);
        for (product, change) in changes.licensees {
            let count = state.licensees.entry(product).or_default();
            *count = count.saturating_add_signed(change);
        }
        if let Some(tokens) = &mut tokens {
            tokens.apply(changes.tokens);
        }
        for (id, Touched { entry, body }) in changes.touched {
            self.install(state, id, entry, body, sequence);
        }
        drop(tokens);
        self.cache.trim(&self.progress);
        // What it rests on overtakes it, too.
        Ok((Ok(outcome), sequence..=sequence))
    }

    fn install(
        &self,
        state: &mut VendorState,
        id: LicenseeId,
        entry: Arc<Entry>,
        body: Option<Body>,
        sequence: u64,
    ) {
        let mut slot = entry.lock();
        slot.version += 1;
        slot.queued = sequence;
        slot.awaited = sequence;
        match body {
            None => {
                self.cache.forget(&mut slot);
                state.entries.remove(&id);
                return;
            }
            Some(Body::Open(body)) => self.cache.put(&entry, &mut slot, body),
            Some(Body::Packed(packed)) => self.cache.put_packed(&entry, &mut slot, packed),
        }
        drop(slot);
        state.entries.insert(id, entry);
    }
}

/// The vendor's state as it will be. What is touched is copied, so that a write that cannot be
/// applied leaves nothing behind.
struct Staged<'a> {
    inner: &'a Inner,
    cell: &'a VendorCell,
    state: &'a VendorState,
    now: Timestamp,
    names: NameChanges<'a>,
    catalogue: Arc<Catalogue>,
    books: Arc<Books>,
    licensees: HashMap<ProductId, isize>,
    touched: BTreeMap<LicenseeId, Touched>,
    tokens: HashMap<[u8; 32], Option<TokenPlace>>,
    calls: Vec<CallKey>,
    /// Which numbers of transactions this edit takes and frees.
    transactions: HashMap<TransactionNumber, bool>,
    subjects: Vec<LicenseeNumber>,
    /// Whom the last write was about.
    last: Option<LicenseeId>,
    steps: Vec<Step>,
}

struct Touched {
    entry: Arc<Entry>,
    /// `None`: it goes.
    body: Option<Body>,
}

/// A body as staged. Of very many, all but the last are packed: what an import brings need not be in
/// memory twice.
enum Body {
    Open(Arc<LicenseeAggregate>),
    Packed(Packed),
}

impl Body {
    /// Opened; where it is open already, another handle to the same.
    fn look(&self, cache: &Cache) -> Result<Arc<LicenseeAggregate>, StoreError> {
        match self {
            Self::Open(body) => Ok(Arc::clone(body)),
            Self::Packed(packed) => cache.unpack(packed),
        }
    }
}

/// Bodies that are staged open.
const OPEN: usize = 256;

/// After so many writes, what they took is given back.
const WRITTEN: usize = 65_536;

/// What is to take effect.
struct Changes {
    catalogue: Arc<Catalogue>,
    books: Arc<Books>,
    names: NameDelta,
    licensees: HashMap<ProductId, isize>,
    touched: BTreeMap<LicenseeId, Touched>,
    tokens: HashMap<[u8; 32], Option<TokenPlace>>,
    calls: Vec<CallKey>,
    subject: Option<LicenseeNumber>,
    steps: Vec<Step>,
}

impl Staged<'_> {
    fn finish(self) -> Changes {
        // Several: the row in the audit log names none, its detail names them all.
        let only_one = self.touched.len() == 1;
        let subject = self.subjects.into_iter().next().filter(|_| only_one);
        Changes {
            catalogue: self.catalogue,
            books: self.books,
            names: self.names.finish(),
            licensees: self.licensees,
            touched: self.touched,
            tokens: self.tokens,
            calls: self.calls,
            subject,
            steps: self.steps,
        }
    }

    fn write_all(&mut self, mut writes: Vec<Write>) -> Result<(), StoreError> {
        writes.reverse();
        while let Some(write) = writes.pop() {
            self.write(write)?;
            if writes.len().is_multiple_of(WRITTEN) {
                writes.shrink_to_fit();
            }
        }
        Ok(())
    }

    fn write(&mut self, write: Write) -> Result<(), StoreError> {
        let step = match write {
            Write::Model(change) => return self.model(change),
            Write::PutToken(token) => self.put_token(token)?,
            Write::RemoveToken(lookup) => self.remove_token(lookup)?,
            Write::PutPackageKey(key) => {
                Arc::make_mut(&mut self.books).package_key = Some(key.clone());
                Step::PutPackageKey(key)
            }
            Write::PutGeneration(generation) => {
                Arc::make_mut(&mut self.books).put_generation(generation.clone());
                Step::PutGeneration(generation)
            }
            Write::PutBinding(number, binding) => {
                let id = self.touch(&number)?;
                Arc::make_mut(&mut self.books).put_binding(id, Arc::clone(&binding));
                Step::PutBinding(id, binding)
            }
            Write::RemoveBinding(number) => {
                let id = self.touch(&number)?;
                if !Arc::make_mut(&mut self.books).remove_binding(id) {
                    return Err(StoreError::absent("binding of licensee", &number));
                }
                Step::RemoveBinding(id)
            }
            Write::PutImport(import) => {
                let id = ImportId(self.next_id());
                let imports = &mut Arc::make_mut(&mut self.books).imports;
                imports.insert(id, import.clone());
                Step::PutImport(id, import)
            }
            Write::PutDocument(document) => Step::PutDocument(document),
            Write::RemoveDocument(name) => Step::RemoveDocument(name),
            Write::PutBundle { former, bundle } => self.put_bundle(former, bundle)?,
            Write::RemoveBundle(number) => self.remove_bundle(number)?,
            Write::PutNotification {
                former,
                notification,
            } => self.put_notification(former, notification)?,
            Write::RemoveNotification(number) => self.remove_notification(number)?,
            Write::PutPaymentMethod(kind, method) => {
                let methods = &mut Arc::make_mut(&mut self.books).payment_methods;
                methods.insert(kind, method.clone());
                Step::PutPaymentMethod(kind, method)
            }
            Write::PutTransaction {
                former,
                transaction,
                joined,
            } => self.put_transaction(former, transaction, joined)?,
            Write::Record(record) => match self.record(record)? {
                Some(step) => step,
                None => return Ok(()),
            },
        };
        self.steps.push(step);
        Ok(())
    }

    fn model(&mut self, change: Change) -> Result<(), StoreError> {
        let step = match change {
            Change::PutProduct { former, product } => {
                let catalogue = Arc::make_mut(&mut self.catalogue);
                let id = match former {
                    Some(former) => catalogue.update_product(&former, product.clone())?,
                    None => {
                        let id = ProductId(self.inner.ids.next(self.now));
                        catalogue.create_product(id, product.clone())?;
                        id
                    }
                };
                Step::PutProduct { id, product }
            }
            Change::RemoveProduct(number) => {
                let used = self
                    .catalogue
                    .product_id(number.as_str())
                    .is_some_and(|id| {
                        self.licensees_of(id) > 0
                            || self.any_used(self.catalogue.templates_within(id))
                    });
                if used {
                    return Err(StoreError::in_use("product", number));
                }
                let id = Arc::make_mut(&mut self.catalogue).remove_product(&number)?;
                Step::RemoveProduct(id, number)
            }
            Change::PutModule {
                product,
                former,
                module,
            } => {
                let product_id = self
                    .catalogue
                    .product_id(product.as_str())
                    .ok_or_else(|| StoreError::absent("product", &product))?;
                let catalogue = Arc::make_mut(&mut self.catalogue);
                let id = match former {
                    Some(former) => catalogue.update_module(product_id, &former, module.clone())?,
                    None => {
                        let id = ModuleId(self.inner.ids.next(self.now));
                        catalogue.create_module(product_id, id, module.clone())?;
                        id
                    }
                };
                Step::PutModule {
                    product: product_id,
                    id,
                    module,
                }
            }
            Change::RemoveModule(number) => {
                let place = self.catalogue.module_place(number.as_str());
                if place.is_some_and(|place| self.any_used(self.catalogue.templates_of(place.id))) {
                    return Err(StoreError::in_use("module", number));
                }
                let id = Arc::make_mut(&mut self.catalogue).remove_module(&number)?;
                Step::RemoveModule(id, number)
            }
            Change::PutTemplate {
                module,
                former,
                template,
            } => {
                let (owner, id) = match former {
                    Some(former) => {
                        let catalogue = Arc::make_mut(&mut self.catalogue);
                        let place =
                            catalogue.update_template(&module, &former, template.clone())?;
                        if former != template.number {
                            self.follow(&former, &template.number, place.id)?;
                        }
                        (place.module, place.id)
                    }
                    None => {
                        let id = TemplateId(self.next_id());
                        let catalogue = Arc::make_mut(&mut self.catalogue);
                        let owner = catalogue.create_template(&module, id, template.clone())?;
                        (owner, id)
                    }
                };
                Step::PutTemplate {
                    module: owner,
                    id,
                    template,
                }
            }
            Change::RemoveTemplate(number) => {
                let place = self.catalogue.template_place(number.as_str());
                if place.is_some_and(|place| self.names.uses(place.id) > 0) {
                    return Err(StoreError::in_use("template", number));
                }
                let id = Arc::make_mut(&mut self.catalogue).remove_template(&number)?;
                Step::RemoveTemplate(id, number)
            }
            Change::CreateLicensee { product, licensee } => {
                let product = self
                    .catalogue
                    .product_id(product.as_str())
                    .ok_or_else(|| StoreError::absent("product", &product))?;
                let id = LicenseeId(self.next_id());
                let entry = Arc::new(Entry::new(id, product, Slot::default()));
                self.names.take_names(&entry, &licensee)?;
                self.subjects.push(licensee.number.clone());
                *self.licensees.entry(product).or_default() += 1;
                let body = Arc::new(LicenseeAggregate {
                    licensee: licensee.clone(),
                    licenses: Vec::new(),
                });
                self.put_back(entry, Some(body));
                Step::CreateLicensee {
                    product,
                    id,
                    licensee,
                }
            }
            Change::Licensee { licensee, change } => self.change_licensee(&licensee, &change)?,
            Change::RemoveLicensee(number) => self.remove_licensee(number)?,
        };
        self.steps.push(step);
        Ok(())
    }

    fn change_licensee(
        &mut self,
        number: &LicenseeNumber,
        change: &LicenseeChange,
    ) -> Result<Step, StoreError> {
        let (entry, mut body) = self.body(number)?;
        let step = self.names.resolve(
            &self.catalogue,
            &self.inner.ids,
            &entry,
            &body,
            change,
            self.now,
        )?;
        Arc::make_mut(&mut body).apply(change);
        self.put_back(entry, Some(body));
        Ok(Step::Licensee(step))
    }

    fn remove_licensee(&mut self, number: LicenseeNumber) -> Result<Step, StoreError> {
        let (entry, body) = self.body(&number)?;
        self.names.free_names(&body.licensee);
        for license in &body.licenses {
            self.names.free_license(&entry, &license.number)?;
        }
        let id = entry.id;
        Arc::make_mut(&mut self.books).remove_binding(id);
        *self.licensees.entry(entry.product).or_default() -= 1;
        self.put_back(entry, None);
        Ok(Step::RemoveLicensee(id, number))
    }

    /// The licenses made from a template follow when its number changes. On disk they name its row.
    fn follow(
        &mut self,
        former: &LicenseTemplateNumber,
        number: &LicenseTemplateNumber,
        template: TemplateId,
    ) -> Result<(), StoreError> {
        let staged: Vec<_> = self.touched.values().map(|kept| &kept.entry).collect();
        let entries: Vec<_> = self
            .state
            .entries
            .values()
            .chain(staged)
            .map(Arc::clone)
            .collect();
        for entry in entries {
            if self.names.uses(template) == 0 {
                break;
            }
            let Some(mut body) = self.body_of(&entry)? else {
                continue;
            };
            if body
                .licenses
                .iter()
                .all(|license| license.template != *former)
            {
                continue;
            }
            for license in &mut Arc::make_mut(&mut body).licenses {
                if license.template == *former {
                    license.template = number.clone();
                }
            }
            self.put_back(entry, Some(body));
        }
        Ok(())
    }

    /// The body of a licensee, to be put back when it has been changed: until then it is nowhere else, so
    /// that it can be changed in place.
    fn body(
        &mut self,
        number: &LicenseeNumber,
    ) -> Result<(Arc<Entry>, Arc<LicenseeAggregate>), StoreError> {
        let absent = || StoreError::absent("licensee", number);
        let entry = self.names.licensee(number.as_str()).cloned();
        let entry = entry.ok_or_else(absent)?;
        let body = match self.touched.remove(&entry.id) {
            // What was staged is dropped here, so that the handle is the only one.
            Some(Touched { body, .. }) => self.staged(body.as_ref())?,
            None => {
                self.subjects.push(number.clone());
                self.body_of(&entry)?
            }
        };
        Ok((entry, body.ok_or_else(absent)?))
    }

    /// The body as staged; `None` when the licensee goes.
    fn body_of(&self, entry: &Arc<Entry>) -> Result<Option<Arc<LicenseeAggregate>>, StoreError> {
        match self.touched.get(&entry.id) {
            Some(Touched { body, .. }) => self.staged(body.as_ref()),
            None => self.inner.body(self.cell.id, entry, Keep::No).map(Some),
        }
    }

    /// A licensee that stays as it is, but not as decidable as it was: what other nodes decide about
    /// it meanwhile is overtaken.
    fn touch(&mut self, number: &LicenseeNumber) -> Result<LicenseeId, StoreError> {
        let (entry, body) = self.body(number)?;
        let id = entry.id;
        self.put_back(entry, Some(body));
        Ok(id)
    }

    fn staged(&self, body: Option<&Body>) -> Result<Option<Arc<LicenseeAggregate>>, StoreError> {
        body.map(|body| body.look(&self.inner.cache)).transpose()
    }

    fn put_back(&mut self, entry: Arc<Entry>, body: Option<Arc<LicenseeAggregate>>) {
        let id = entry.id;
        let body = body.map(Body::Open);
        self.touched.insert(id, Touched { entry, body });
        let before = self.last.replace(id).filter(|before| *before != id);
        let before = before.filter(|_| self.touched.len() > OPEN);
        let before = before.and_then(|before| self.touched.get_mut(&before));
        if let Some(Touched {
            body: Some(body), ..
        }) = before
            && let Body::Open(open) = body
        {
            *body = Body::Packed(self.inner.cache.pack(open));
        }
    }

    fn licensees_of(&self, product: ProductId) -> usize {
        let change = self.licensees.get(&product).copied().unwrap_or(0);
        let count = self.state.licensees.get(&product).copied().unwrap_or(0);
        count.saturating_add_signed(change)
    }

    fn any_used(&self, mut templates: impl Iterator<Item = TemplateId>) -> bool {
        templates.any(|template| self.names.uses(template) > 0)
    }

    fn next_id(&self) -> i64 {
        self.inner.ids.next(self.now)
    }
}
