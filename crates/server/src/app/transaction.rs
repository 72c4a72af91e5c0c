//! Transactions (wire contract, 7.8): a shop's, since all others come about by themselves.

use jiff::Timestamp;
use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::event::EventKind;
use leasehold_model::money::hundredths;
use leasehold_model::number::{LicenseNumber, LicenseeNumber, NumberKind, TransactionNumber};
use leasehold_model::property::Properties;
use leasehold_model::timestamp::parse_timestamp;
use leasehold_model::transaction::{Amounts, Transaction, TransactionSource, TransactionStatus};
use leasehold_service::record::announcement;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, StoredTransaction, VendorView, Write};
use leasehold_wire::context::Item;
use leasehold_wire::entity;
use leasehold_wire::form::Form;

use super::input::{self, Field};
use super::money::{EXPECTED_CURRENCY, allowed_currency};
use super::names;

/// All transactions, as items.
pub(crate) fn all(view: &VendorView<'_>) -> Vec<Item> {
    let mut all = Vec::new();
    view.each_transaction(|stored| all.push(item(view, &stored)));
    all
}

/// The transaction of this number, as an item.
pub(crate) fn one(view: &VendorView<'_>, number: &str) -> Option<Item> {
    view.transaction(number).map(|stored| item(view, &stored))
}

fn item(view: &VendorView<'_>, stored: &StoredTransaction) -> Item {
    let vendor = &view.account().vendor.number;
    entity::transaction(&stored.transaction, &stored.licenses, vendor)
}

/// Creates a transaction.
pub(crate) fn create(
    view: &VendorView<'_>,
    form: &Form,
    now: Timestamp,
) -> Result<Edit<Item>, Problem> {
    let status = status(form)?
        .given()
        .ok_or_else(|| Problem::Malformed("Transaction status is required".to_owned()))?;
    let source = source(form)?
        .given()
        .ok_or_else(|| Problem::Malformed("Transaction source is required".to_owned()))?;
    let is_taken = |number: &str| view.transaction(number).is_some();
    let number = input::new_number(
        form,
        NumberKind::Transaction,
        TransactionNumber::parse,
        is_taken,
    )?;
    let mut transaction = Transaction {
        number,
        active: true,
        status,
        source,
        amounts: None,
        created: now,
        closed: None,
        payment_method: None,
        licensee: None,
        custom: Properties::new(),
    };
    fill(view, &mut transaction, form)?;
    settle(&mut transaction, form, now)?;
    let stored = StoredTransaction {
        transaction,
        licenses: Vec::new(),
    };
    let outcome = item(view, &stored);
    let event = processed(view, None, &stored.transaction, &outcome);
    let mut writes = vec![Write::PutTransaction {
        former: None,
        transaction: stored.transaction,
        joined: Vec::new(),
    }];
    writes.extend(event);
    Ok(Edit { outcome, writes })
}

/// Updates the transaction of this number. When it is closed, the licenses that wait for it become
/// active.
pub(crate) fn update(
    view: &VendorView<'_>,
    number: &str,
    form: &Form,
    now: Timestamp,
) -> Result<Edit<Item>, Problem> {
    let StoredTransaction {
        transaction: current,
        licenses,
    } = view
        .transaction(number)
        .ok_or(Problem::NotFound(Entity::Transaction))?;
    let is_final = current.status != TransactionStatus::Pending;
    input::unchanged(form, "source", current.source.as_str())?;
    let renamed = input::changed_number(
        form,
        number,
        TransactionNumber::parse,
        is_final.then_some("the transaction is not pending any more"),
        |number| view.transaction(number).is_some(),
    )?;
    let mut transaction = current.clone();
    if let Some(number) = renamed {
        transaction.number = number;
    }
    status(form)?.replace(&mut transaction.status);
    fill(view, &mut transaction, form)?;
    settle(&mut transaction, form, now)?;
    if is_final {
        check_final(&current, &transaction)?;
    }
    let mut writes = Vec::new();
    if !is_final && transaction.status == TransactionStatus::Closed {
        writes.extend(
            licenses
                .iter()
                .filter_map(|license| activated(view, license)),
        );
    }
    let stored = StoredTransaction {
        transaction,
        licenses,
    };
    let outcome = item(view, &stored);
    let event = processed(view, Some(&current), &stored.transaction, &outcome);
    writes.push(Write::PutTransaction {
        former: Some(current.number),
        transaction: stored.transaction,
        joined: Vec::new(),
    });
    writes.extend(event);
    Ok(Edit { outcome, writes })
}

/// The pending transaction that a request names by `transactionNumber`, if it names one.
pub(super) fn pending(view: &VendorView<'_>, form: &Form) -> Result<Option<Transaction>, Problem> {
    let Field::Given(number) = input::text(form, "transactionNumber") else {
        return Ok(None);
    };
    let stored = view
        .transaction(number)
        .ok_or(Problem::UnknownReference(Entity::Transaction))?;
    if stored.transaction.status != TransactionStatus::Pending {
        return Err(Problem::Illegal(format!(
            "The transaction '{number}' is {} and takes no more licenses: it must be PENDING",
            stored.transaction.status.as_str()
        )));
    }
    Ok(Some(stored.transaction))
}

/// Lets `licenses` join a transaction that [`pending`] found.
pub(super) fn joined(transaction: Transaction, licenses: Vec<LicenseNumber>) -> Write {
    Write::PutTransaction {
        former: Some(transaction.number.clone()),
        transaction,
        joined: licenses,
    }
}

fn status(form: &Form) -> Result<Field<TransactionStatus>, Problem> {
    input::read(
        form,
        "status",
        "PENDING, CLOSED or CANCELLED",
        TransactionStatus::parse,
    )
}

/// A client can only tell of a purchase; all other sources are the server's own.
fn source(form: &Form) -> Result<Field<TransactionSource>, Problem> {
    input::read(form, "source", "SHOP", |text| {
        TransactionSource::parse(text).filter(|source| *source == TransactionSource::Shop)
    })
}

fn fill(view: &VendorView<'_>, transaction: &mut Transaction, form: &Form) -> Result<(), Problem> {
    apply_amounts(form, &mut transaction.amounts)?;
    instant(form, ["datecreated", "dateCreated"])?.replace(&mut transaction.created);
    input::owned(form, "paymentMethod").replace_optional(&mut transaction.payment_method);
    match input::text(form, "licenseeNumber") {
        Field::Absent => {}
        Field::Empty => transaction.licensee = None,
        // Sent again as it was, it may meanwhile name nobody.
        Field::Given(number) if is_known(transaction.licensee.as_ref(), number) => {}
        Field::Given(number) => {
            let found = view.licensee(number, |_, aggregate| aggregate.licensee.number.clone());
            let found = found.ok_or(Problem::UnknownReference(Entity::Licensee))?;
            transaction.licensee = Some(found);
        }
    }
    let custom = input::custom(form, names::TRANSACTION, |_| false)?;
    input::apply(&mut transaction.custom, &custom);
    Ok(())
}

fn is_known(licensee: Option<&LicenseeNumber>, number: &str) -> bool {
    licensee.is_some_and(|known| known.as_str() == number)
}

/// What follows from the status: when it was closed, and whether it is active.
fn settle(transaction: &mut Transaction, form: &Form, now: Timestamp) -> Result<(), Problem> {
    let closed = instant(form, ["dateclosed", "dateClosed"])?.given();
    transaction.closed = match transaction.status {
        TransactionStatus::Closed => closed.or(transaction.closed).or(Some(now)),
        TransactionStatus::Pending | TransactionStatus::Cancelled => transaction.closed,
    };
    input::boolean(form, "active")?.replace(&mut transaction.active);
    if !transaction.active && transaction.status != TransactionStatus::Cancelled {
        return Err(Problem::Illegal(
            "A transaction is always active, unless it is CANCELLED".to_owned(),
        ));
    }
    Ok(())
}

/// `grandTotal` needs `currency`; `discount` is 0.00 unless given (7.8).
fn apply_amounts(form: &Form, amounts: &mut Option<Amounts>) -> Result<(), Problem> {
    let decimal = |name| input::read(form, name, "a decimal, at least 0", hundredths);
    let grand_total = decimal("grandTotal")?;
    let discount = decimal("discount")?.given();
    let currency = input::read(form, "currency", EXPECTED_CURRENCY, allowed_currency)?.given();
    if grand_total == Field::Empty && amounts.is_some() {
        *amounts = None;
        return Ok(());
    }
    let known = *amounts;
    let grand_total = grand_total
        .given()
        .or(known.map(|amounts| amounts.grand_total));
    *amounts = match (
        grand_total,
        currency.or(known.map(|amounts| amounts.currency)),
    ) {
        (Some(grand_total), Some(currency)) => Some(Amounts {
            grand_total,
            discount: discount
                .or(known.map(|amounts| amounts.discount))
                .unwrap_or(0),
            currency,
        }),
        (Some(_), None) => {
            return Err(Problem::Malformed(
                "'grandTotal' field must be accompanied with the 'currency' field".to_owned(),
            ));
        }
        (None, Some(_)) => {
            return Err(Problem::Malformed(
                "'currency' field can not be used without the 'grandTotal' field".to_owned(),
            ));
        }
        (None, None) if discount.is_some_and(|discount| discount > 0) => {
            return Err(Problem::Malformed(
                "'discount' field can not be used without the 'grandTotal' field".to_owned(),
            ));
        }
        (None, None) => None,
    };
    Ok(())
}

/// Two spellings are read.
fn instant(form: &Form, names: [&str; 2]) -> Result<Field<Timestamp>, Problem> {
    let expected = "a date or a date and time, as 2026-11-22T10:00:00Z";
    for name in names {
        let read = input::read(form, name, expected, parse_timestamp)?;
        if let Field::Given(_) = read {
            return Ok(read);
        }
    }
    Ok(Field::Absent)
}

/// A transaction that is closed or cancelled stays so; what people note about it may change.
fn check_final(current: &Transaction, updated: &Transaction) -> Result<(), Problem> {
    let kept = Transaction {
        payment_method: current.payment_method.clone(),
        custom: current.custom.clone(),
        active: current.active,
        ..updated.clone()
    };
    if kept != *current {
        return Err(Problem::Illegal(format!(
            "The transaction is {}, which is final",
            current.status.as_str()
        )));
    }
    Ok(())
}

/// A license that waited for its transaction, active from now on.
fn activated(view: &VendorView<'_>, number: &LicenseNumber) -> Option<Write> {
    let owner = view.license_owner(number)?;
    let waiting = view.licensee(owner.as_str(), |_, aggregate| {
        let license = aggregate.license(number)?;
        (!license.active).then(|| license.clone())
    });
    let mut license = waiting??;
    license.active = true;
    Some(Write::Model(Change::Licensee {
        licensee: owner,
        change: LicenseeChange::PutLicense {
            former: Some(number.clone()),
            license,
        },
    }))
}

/// A transaction that has just been closed is told to whoever listens.
fn processed(
    view: &VendorView<'_>,
    before: Option<&Transaction>,
    after: &Transaction,
    item: &Item,
) -> Option<Write> {
    let kind = EventKind::PaymentTransactionProcessed;
    let was_closed = before.is_some_and(|before| before.status == TransactionStatus::Closed);
    let is_told =
        after.status == TransactionStatus::Closed && !was_closed && view.awaited_events().has(kind);
    is_told.then(|| {
        let items = std::slice::from_ref(item);
        Write::Record(announcement(kind, after.licensee.as_ref(), items))
    })
}
