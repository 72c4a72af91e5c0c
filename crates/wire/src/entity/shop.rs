//! Transactions, bundles, notifications and payment methods.

use leasehold_model::bundle::Bundle;
use leasehold_model::event::EventKind;
use leasehold_model::notification::Notification;
use leasehold_model::number::{LicenseNumber, LicenseTemplateNumber, VendorNumber};
use leasehold_model::payment_method::{PaymentMethod, PaymentMethodKind};
use leasehold_model::transaction::Transaction;

use super::{put_custom, put_instant, put_price, put_text, put_truth};
use crate::context::{Item, List};

/// A transaction (7.8), and the licenses that belong to it.
pub fn transaction(
    transaction: &Transaction,
    licenses: &[LicenseNumber],
    vendor: &VendorNumber,
) -> Item {
    let mut item = Item::new("Transaction");
    item.put("number", &transaction.number);
    put_truth(&mut item, "active", transaction.active);
    item.put("status", transaction.status.as_str());
    item.put("source", transaction.source.as_str());
    if let Some(amounts) = &transaction.amounts {
        item.put("grandTotal", amounts.grand_total().amount());
        item.put("discount", amounts.discount().amount());
        item.put("currency", amounts.currency.as_str());
    }
    put_instant(&mut item, "datecreated", Some(transaction.created));
    put_instant(&mut item, "dateclosed", transaction.closed);
    put_text(
        &mut item,
        "paymentMethod",
        transaction.payment_method.as_deref(),
    );
    if let Some(licensee) = &transaction.licensee {
        item.put("licenseeNumber", licensee);
    }
    put_truth(&mut item, "inUse", !licenses.is_empty());
    item.put("vendorNumber", vendor);
    put_custom(&mut item, &transaction.custom, &[]);
    item.lists.extend(licenses.iter().map(|license| {
        let mut list = List::new("licenseTransactionJoin");
        list.put("transactionNumber", &transaction.number);
        list.put("licenseNumber", license);
        list
    }));
    item
}

/// A bundle (7.11). `stale` are those of its templates that no longer exist.
pub fn bundle(bundle: &Bundle, stale: &[&LicenseTemplateNumber]) -> Item {
    let mut item = Item::new("Bundle");
    item.put("number", &bundle.number);
    put_truth(&mut item, "active", bundle.active);
    item.put("name", &*bundle.name);
    put_text(&mut item, "description", bundle.description.as_deref());
    put_price(&mut item, bundle.price);
    item.put("licenseTemplateNumbers", joined(bundle.templates.iter()));
    if !stale.is_empty() {
        item.put("staleLicenseTemplateNumbers", joined(stale.iter().copied()));
    }
    put_custom(&mut item, &bundle.custom, &[]);
    item
}

/// A notification (7.12). Its secret is told by whoever made it, once.
pub fn notification(notification: &Notification) -> Item {
    let mut item = Item::new("Notification");
    item.put("number", &notification.number);
    put_truth(&mut item, "active", notification.active);
    item.put("name", &*notification.name);
    let events: Vec<_> = notification.events.iter().map(EventKind::as_str).collect();
    item.put("events", events.join(","));
    item.put("protocol", "WEBHOOK");
    item.put("endpoint", &*notification.endpoint);
    put_text(&mut item, "payload", notification.payload.as_deref());
    put_custom(&mut item, &notification.custom, &[]);
    item
}

/// A payment method (7.10).
pub fn payment_method(kind: PaymentMethodKind, method: &PaymentMethod) -> Item {
    let mut item = Item::new("PaymentMethod");
    item.put("number", kind.as_str());
    put_truth(&mut item, "active", method.active);
    put_custom(&mut item, &method.custom, &[]);
    item
}

fn joined<'a>(numbers: impl Iterator<Item = &'a LicenseTemplateNumber>) -> String {
    let numbers: Vec<_> = numbers.map(LicenseTemplateNumber::as_str).collect();
    numbers.join(",")
}
