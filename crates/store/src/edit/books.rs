//! The writes of an edit that concern the books: tokens, bundles, notifications, transactions, and
//! the records that go along.

use std::sync::Arc;

use leasehold_model::bundle::Bundle;
use leasehold_model::number::{BundleNumber, LicenseNumber, NotificationNumber, TransactionNumber};
use leasehold_model::transaction::Transaction;

use super::Staged;
use crate::command::Step;
use crate::error::StoreError;
use crate::ids::{BundleId, NotificationId, TokenId, TransactionId};
use crate::inner::{lock, read};
use crate::memory::{TokenPlace, token_taken};
use crate::record;
use crate::write::{Record, StoredNotification, StoredToken};

impl Staged<'_> {
    pub(super) fn put_token(&mut self, token: StoredToken) -> Result<Step, StoreError> {
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

    pub(super) fn remove_token(&mut self, lookup: [u8; 32]) -> Result<Step, StoreError> {
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

    pub(super) fn put_bundle(
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

    pub(super) fn remove_bundle(&mut self, number: BundleNumber) -> Result<Step, StoreError> {
        let found = self.books.bundle(number.as_str()).map(|(id, _)| id);
        let id = found.ok_or_else(|| StoreError::absent("bundle", &number))?;
        Arc::make_mut(&mut self.books).bundles.remove(&id);
        Ok(Step::RemoveBundle(id, number))
    }

    pub(super) fn put_notification(
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

    pub(super) fn remove_notification(
        &mut self,
        number: NotificationNumber,
    ) -> Result<Step, StoreError> {
        let found = self.books.notification(number.as_str()).map(|(id, _)| id);
        let id = found.ok_or_else(|| StoreError::absent("notification", &number))?;
        Arc::make_mut(&mut self.books).notifications.remove(&id);
        Ok(Step::RemoveNotification(id, number))
    }

    /// Transactions are not kept in memory: whether a number is free is seen on disk, once what
    /// waits has got there. Nothing else can take it while the vendor is edited.
    pub(super) fn put_transaction(
        &mut self,
        former: Option<TransactionNumber>,
        transaction: Transaction,
        joined: Vec<LicenseNumber>,
    ) -> Result<Step, StoreError> {
        let exists = |number: &TransactionNumber| match self.transactions.get(number) {
            Some(staged) => Ok(*staged),
            None => {
                let found = self
                    .inner
                    .settled_transaction(self.cell.id, number.as_str());
                found.map(|found| found.is_some())
            }
        };
        let joined = record::joined(&self.names, joined);
        let number = transaction.number.clone();
        match former {
            Some(former) => {
                if !exists(&former)? {
                    return Err(StoreError::absent("transaction", former));
                }
                if former != number && exists(&number)? {
                    return Err(StoreError::NumberTaken((&number).into()));
                }
                self.transactions.insert(former.clone(), false);
                self.transactions.insert(number, true);
                Ok(Step::UpdateTransaction {
                    former,
                    transaction,
                    joined,
                })
            }
            None => {
                if exists(&number)? {
                    return Err(StoreError::NumberTaken((&number).into()));
                }
                self.transactions.insert(number, true);
                Ok(Step::CreateTransaction {
                    id: TransactionId(self.next_id()),
                    transaction,
                    is_drawn: false,
                    joined,
                })
            }
        }
    }

    pub(super) fn record(&mut self, record: Record) -> Result<Option<Step>, StoreError> {
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
}
