//! An edit: writes of one vendor that are checked one after the other on the side, and then take
//! effect together.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::bundle::Bundle;
use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::number::{
    BundleNumber, LicenseNumber, LicenseTemplateNumber, LicenseeNumber, NotificationNumber,
    TransactionNumber,
};
use leasehold_model::snapshot::LicenseeAggregate;
use leasehold_model::transaction::Transaction;

use crate::command::{Command, Step};
use crate::error::StoreError;
use crate::ids::{
    BundleId, ImportId, LicenseeId, ModuleId, NotificationId, ProductId, TemplateId, TokenId,
    TransactionId,
};
use crate::inner::{Inner, Keep, lock, read, write};
use crate::memory::{
    Books, Catalogue, Entry, NameChanges, NameDelta, Slot, TokenPlace, VendorCell, VendorState,
    token_taken,
};
use crate::record;
use crate::view::VendorView;
use crate::write::{CallKey, Edit, Origin, Record, StoredNotification, StoredToken, Write};

impl Inner {
    /// Runs an edit with the vendor's state to itself. Returns the answer and the command that it
    /// must wait for. Blocks.
    pub(crate) fn edit<T, E>(
        &self,
        cell: &VendorCell,
        state: &mut VendorState,
        origin: Origin,
        now: Timestamp,
        edit: impl FnOnce(&VendorView<'_>) -> Result<Edit<T>, E>,
    ) -> Result<(Result<T, E>, u64), StoreError> {
        self.progress.check()?;
        let view = VendorView::new(self, cell, state);
        let edited = edit(&view);
        view.finish()?;
        let (outcome, writes) = match edited {
            Ok(Edit { outcome, writes }) if !writes.is_empty() => (outcome, writes),
            Ok(Edit { outcome, .. }) => return Ok((Ok(outcome), self.queue.newest())),
            Err(refusal) => return Ok((Err(refusal), self.queue.newest())),
        };
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
                subjects: Vec::new(),
                steps: Vec::new(),
            };
            for write in writes {
                staged.write(write)?;
            }
            staged.finish()
        };
        // Held until the command is queued: a look-up key is unique among all vendors, and another
        // vendor may have taken it since it was staged.
        let mut tokens = (!changes.tokens.is_empty()).then(|| write(&self.tokens));
        if let Some(tokens) = &tokens {
            tokens.check(&changes.tokens)?;
        }
        let announces = changes.steps.iter().any(Step::is_announcement);
        let sequence = place.fill(Command {
            vendor: cell.id,
            vendor_number: cell.number.clone(),
            licensee: changes.subject,
            origin,
            at: now,
            steps: changes.steps,
        });
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
        Ok((Ok(outcome), sequence))
    }

    fn install(
        &self,
        state: &mut VendorState,
        id: LicenseeId,
        entry: Arc<Entry>,
        body: Option<Arc<LicenseeAggregate>>,
        sequence: u64,
    ) {
        let mut slot = entry.lock();
        slot.version += 1;
        slot.queued = sequence;
        slot.awaited = sequence;
        let Some(body) = body else {
            if slot.body.take().is_some() {
                self.cache.forget(slot.bytes);
            }
            state.entries.remove(&id);
            return;
        };
        if slot.body.is_some() {
            slot.body = Some(body);
            self.reweigh(&mut slot);
        } else {
            self.admit(&entry, &mut slot, body);
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
    subjects: Vec<LicenseeNumber>,
    steps: Vec<Step>,
}

struct Touched {
    entry: Arc<Entry>,
    /// `None`: it goes.
    body: Option<Arc<LicenseeAggregate>>,
}

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
            Write::PutImport(import) => {
                let id = ImportId(self.next_id());
                let imports = &mut Arc::make_mut(&mut self.books).imports;
                imports.insert(id, import.clone());
                Step::PutImport(id, import)
            }
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

    fn put_bundle(
        &mut self,
        former: Option<BundleNumber>,
        bundle: Bundle,
    ) -> Result<Step, StoreError> {
        let id_of = |number: &BundleNumber| self.books.bundle(number.as_str()).map(|(id, _)| id);
        let id = match &former {
            Some(former) => id_of(former).ok_or_else(|| StoreError::absent("bundle", former))?,
            None => BundleId(self.next_id()),
        };
        if id_of(&bundle.number).is_some_and(|other| other != id) {
            return Err(StoreError::NumberTaken((&bundle.number).into()));
        }
        let bundles = &mut Arc::make_mut(&mut self.books).bundles;
        bundles.insert(id, bundle.clone());
        Ok(Step::PutBundle(id, bundle))
    }

    fn remove_bundle(&mut self, number: BundleNumber) -> Result<Step, StoreError> {
        let found = self.books.bundle(number.as_str()).map(|(id, _)| id);
        let id = found.ok_or_else(|| StoreError::absent("bundle", &number))?;
        Arc::make_mut(&mut self.books).bundles.remove(&id);
        Ok(Step::RemoveBundle(id, number))
    }

    fn put_notification(
        &mut self,
        former: Option<NotificationNumber>,
        stored: StoredNotification,
    ) -> Result<Step, StoreError> {
        let id_of = |number: &NotificationNumber| {
            let found = self.books.notification(number.as_str());
            found.map(|(id, _)| id)
        };
        let id = match &former {
            Some(former) => {
                id_of(former).ok_or_else(|| StoreError::absent("notification", former))?
            }
            None => NotificationId(self.next_id()),
        };
        let number = &stored.notification.number;
        if id_of(number).is_some_and(|other| other != id) {
            return Err(StoreError::NumberTaken(number.into()));
        }
        let notifications = &mut Arc::make_mut(&mut self.books).notifications;
        notifications.insert(id, stored.clone());
        Ok(Step::PutNotification(id, stored))
    }

    fn remove_notification(&mut self, number: NotificationNumber) -> Result<Step, StoreError> {
        let found = self.books.notification(number.as_str()).map(|(id, _)| id);
        let id = found.ok_or_else(|| StoreError::absent("notification", &number))?;
        Arc::make_mut(&mut self.books).notifications.remove(&id);
        Ok(Step::RemoveNotification(id, number))
    }

    /// Transactions are not kept in memory: whether a number is free is seen on disk, once what
    /// waits has got there. Nothing else can take it while the vendor is edited.
    fn put_transaction(
        &mut self,
        former: Option<TransactionNumber>,
        transaction: Transaction,
        joined: Vec<LicenseNumber>,
    ) -> Result<Step, StoreError> {
        let exists = |number: &TransactionNumber| {
            let found = self
                .inner
                .settled_transaction(self.cell.id, number.as_str());
            found.map(|found| found.is_some())
        };
        let joined = record::joined(&self.names, joined);
        match former {
            Some(former) => {
                if !exists(&former)? {
                    return Err(StoreError::absent("transaction", former));
                }
                if former != transaction.number && exists(&transaction.number)? {
                    return Err(StoreError::NumberTaken((&transaction.number).into()));
                }
                Ok(Step::UpdateTransaction {
                    former,
                    transaction,
                    joined,
                })
            }
            None => {
                if exists(&transaction.number)? {
                    return Err(StoreError::NumberTaken((&transaction.number).into()));
                }
                Ok(Step::CreateTransaction {
                    id: TransactionId(self.next_id()),
                    transaction,
                    is_drawn: false,
                    joined,
                })
            }
        }
    }

    fn record(&mut self, record: Record) -> Result<Option<Step>, StoreError> {
        if let Record::Reply(reply) = &record {
            lock(&self.state.calls).check(&reply.call, self.now)?;
            self.calls.push(reply.call);
        }
        let ids = &self.inner.ids;
        Ok(record::step(
            &self.names,
            &self.books,
            ids,
            record,
            self.now,
        ))
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
                let body = Some(Arc::new(LicenseeAggregate {
                    licensee: licensee.clone(),
                    licenses: Vec::new(),
                }));
                self.touched.insert(id, Touched { entry, body });
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
            &body.licensee,
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

    fn put_token(&mut self, token: StoredToken) -> Result<Step, StoreError> {
        if self.token(&token.lookup).is_some() {
            return Err(token_taken());
        }
        let id = TokenId(self.next_id());
        let place = TokenPlace {
            vendor: self.cell.number.clone(),
            id,
            token: Arc::new(token.clone()),
        };
        let kept = Arc::clone(&place.token);
        Arc::make_mut(&mut self.books).tokens.insert(id, kept);
        self.tokens.insert(token.lookup, Some(place));
        Ok(Step::PutToken(id, token))
    }

    fn remove_token(&mut self, lookup: [u8; 32]) -> Result<Step, StoreError> {
        let id = self
            .token(&lookup)
            .filter(|place| place.vendor == self.cell.number)
            .map(|place| place.id)
            .ok_or_else(|| StoreError::Inapplicable("there is no such API key".into()))?;
        Arc::make_mut(&mut self.books).tokens.remove(&id);
        self.tokens.insert(lookup, None);
        Ok(Step::RemoveToken(id))
    }

    fn token(&self, lookup: &[u8; 32]) -> Option<TokenPlace> {
        match self.tokens.get(lookup) {
            Some(changed) => changed.clone(),
            None => read(&self.inner.tokens).get(lookup).cloned(),
        }
    }

    fn body(
        &mut self,
        number: &LicenseeNumber,
    ) -> Result<(Arc<Entry>, Arc<LicenseeAggregate>), StoreError> {
        let absent = || StoreError::absent("licensee", number);
        let entry = self.names.licensee(number.as_str()).cloned();
        let entry = entry.ok_or_else(absent)?;
        if !self.touched.contains_key(&entry.id) {
            self.subjects.push(number.clone());
        }
        let body = self.body_of(&entry)?.ok_or_else(absent)?;
        Ok((entry, body))
    }

    /// The body as staged; `None` when the licensee goes.
    fn body_of(&self, entry: &Arc<Entry>) -> Result<Option<Arc<LicenseeAggregate>>, StoreError> {
        match self.touched.get(&entry.id) {
            Some(touched) => Ok(touched.body.clone()),
            None => self.inner.body(self.cell.id, entry, Keep::No).map(Some),
        }
    }

    fn put_back(&mut self, entry: Arc<Entry>, body: Option<Arc<LicenseeAggregate>>) {
        self.touched.insert(entry.id, Touched { entry, body });
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
