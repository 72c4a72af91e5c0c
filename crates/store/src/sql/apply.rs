//! Commands to rows: which statement each step is. What a vendor sells and what a licensee owns
//! have files of their own.

use leasehold_model::snapshot::StatefulRights;

use self::books::{put_bundle, put_notification, put_payment_method, put_token};
use self::catalogue::{put_module, put_product, put_template};
use self::licensee::{change_licensee, close_usage, create_licensee};
use self::transaction::{create_transaction, update_transaction};
use super::text::write_properties;
use super::{Database, Value, values};
use crate::command::Step;
use crate::error::StoreError;
use crate::ids::VendorId;
use crate::write::Account;

mod books;
mod catalogue;
mod licensee;
mod outbox;
mod transaction;

pub(crate) use licensee::{
    drop_session, license_row, licenses_changed, put_new_license, put_session, put_used, write_off,
};
pub(crate) use transaction::transaction_row;

type Outcome = Result<(), StoreError>;

/// Where in the audit log a step stands.
#[derive(Debug)]
pub(crate) struct At {
    pub(crate) vendor: VendorId,
    pub(crate) position: i64,
    /// Which step of its command, from 0.
    pub(crate) place: i64,
    pub(crate) at_ms: i64,
}

/// Applies one step within the transaction that is open.
pub(crate) fn apply(db: &dyn Database, at: &At, step: &Step) -> Outcome {
    let vendor = at.vendor.0;
    match step {
        Step::PutAccount(account) => put_account(db, at, account),
        Step::PutProduct { id, product } => put_product(db, at, *id, product),
        Step::RemoveProduct(id, _) => execute(
            db,
            "DELETE FROM product WHERE vendor_id = ?1 AND id = ?2",
            values![vendor, id.0],
        ),
        Step::PutModule {
            product,
            id,
            module,
        } => put_module(db, at, *product, *id, module),
        Step::RemoveModule(id, _) => execute(
            db,
            "DELETE FROM product_module WHERE vendor_id = ?1 AND id = ?2",
            values![vendor, id.0],
        ),
        Step::PutTemplate {
            module,
            id,
            template,
        } => put_template(db, at, *module, *id, template),
        Step::RemoveTemplate(id, _) => execute(
            db,
            "DELETE FROM license_template WHERE vendor_id = ?1 AND id = ?2",
            values![vendor, id.0],
        ),
        Step::CreateLicensee {
            product,
            id,
            licensee,
        } => create_licensee(db, at, *product, *id, licensee),
        Step::RemoveLicensee(id, _) => {
            close_usage(db, at, *id, None)?;
            execute(
                db,
                "DELETE FROM session WHERE vendor_id = ?1 AND licensee_id = ?2",
                values![vendor, id.0],
            )?;
            execute(
                db,
                "DELETE FROM licensee WHERE vendor_id = ?1 AND id = ?2",
                values![vendor, id.0],
            )
        }
        Step::Licensee(step) => change_licensee(db, at, step),
        Step::PutToken(id, token) => put_token(db, at, *id, token),
        Step::RemoveToken(id) => execute(
            db,
            "DELETE FROM token WHERE vendor_id = ?1 AND id = ?2",
            values![vendor, id.0],
        ),
        Step::PutPackageKey(key) => execute(
            db,
            "INSERT INTO package_key (vendor_id, public_key, private_key) VALUES (?1, ?2, ?3)
             ON CONFLICT (vendor_id) DO UPDATE SET
                public_key = excluded.public_key, private_key = excluded.private_key",
            values![vendor, key.public, key.private],
        ),
        Step::PutGeneration(generation) => execute(
            db,
            "INSERT INTO generation (vendor_id, product, recipient, generation)
             VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (vendor_id, product, recipient) DO UPDATE SET
                generation = excluded.generation",
            values![
                vendor,
                generation.product.as_str(),
                generation.recipient,
                unsigned(generation.generation),
            ],
        ),
        Step::PutBinding(licensee, binding) => execute(
            db,
            "INSERT INTO binding (vendor_id, licensee_id, package, recipient, generation, since_ms,
                delegated, report_sequence, report_digest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (vendor_id, licensee_id) DO UPDATE SET
                package = excluded.package, recipient = excluded.recipient,
                generation = excluded.generation, since_ms = excluded.since_ms,
                delegated = excluded.delegated, report_sequence = excluded.report_sequence,
                report_digest = excluded.report_digest",
            values![
                vendor,
                licensee.0,
                binding.package,
                binding.recipient,
                unsigned(binding.generation),
                binding.since.as_millisecond(),
                binding.stateful == StatefulRights::Delegated,
                binding.report.map(|report| unsigned(report.sequence)),
                binding.report.map(|report| report.digest.to_vec()),
            ],
        ),
        Step::RemoveBinding(licensee) => execute(
            db,
            "DELETE FROM binding WHERE vendor_id = ?1 AND licensee_id = ?2",
            values![vendor, licensee.0],
        ),
        Step::PutImport(id, import) => execute(
            db,
            "INSERT INTO import
                (vendor_id, id, package, vendor, product, generation, digest, imported_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            values![
                vendor,
                id.0,
                import.package,
                import.vendor.as_str(),
                import.product.as_str(),
                unsigned(import.generation),
                import.digest,
                import.imported_at.as_millisecond(),
            ],
        ),
        Step::RemoveDocument(name) => execute(
            db,
            "DELETE FROM document WHERE vendor_id = ?1 AND name = ?2",
            values![vendor, name],
        ),
        Step::PutDocument(document) => execute(
            db,
            "INSERT INTO document (vendor_id, name, content) VALUES (?1, ?2, ?3)
             ON CONFLICT (vendor_id, name) DO UPDATE SET content = excluded.content",
            values![vendor, document.name, document.content],
        ),
        Step::PutBundle(id, bundle) => put_bundle(db, at, *id, bundle),
        Step::RemoveBundle(id, _) => execute(
            db,
            "DELETE FROM bundle WHERE vendor_id = ?1 AND id = ?2",
            values![vendor, id.0],
        ),
        Step::PutNotification(id, notification) => put_notification(db, at, *id, notification),
        Step::RemoveNotification(id, _) => execute(
            db,
            "DELETE FROM notification WHERE vendor_id = ?1 AND id = ?2",
            values![vendor, id.0],
        ),
        Step::PutPaymentMethod(kind, method) => put_payment_method(db, at, *kind, method),
        Step::CreateTransaction {
            id,
            transaction,
            is_drawn,
            joined,
        } => create_transaction(db, at, *id, transaction, *is_drawn, joined),
        Step::UpdateTransaction {
            former,
            transaction,
            joined,
        } => update_transaction(db, at, former, transaction, joined),
        Step::Announce {
            id,
            announcement,
            listeners,
        } => outbox::announce(db, at, *id, announcement, listeners),
        Step::Deliver(attempt) => outbox::deliver(db, at, attempt),
        Step::Remember(reply) => execute(
            db,
            "INSERT INTO remembered_reply (vendor_id, key, request, reply, at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (vendor_id, key) DO UPDATE SET
                request = excluded.request, reply = excluded.reply, at_ms = excluded.at_ms",
            values![
                vendor,
                reply.call.key,
                reply.call.request,
                reply.reply,
                at.at_ms
            ],
        ),
        Step::Forget {
            events_before,
            replies_before,
        } => outbox::forget(
            db,
            at,
            events_before.as_millisecond(),
            replies_before.as_millisecond(),
        ),
    }
}

fn execute(db: &dyn Database, sql: &str, params: &[Value<'_>]) -> Outcome {
    db.write(sql, params)
}

/// The database counts in signed integers; a count beyond them cannot come about by counting.
fn unsigned(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn put_account(db: &dyn Database, at: &At, account: &Account) -> Outcome {
    execute(
        db,
        "INSERT INTO vendor (id, number, login, ttl_minutes, password, revision, plan)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET
            ttl_minutes = excluded.ttl_minutes, password = excluded.password,
            revision = excluded.revision, plan = excluded.plan",
        values![
            at.vendor.0,
            account.vendor.number.as_str(),
            account.vendor.login,
            account.vendor.ttl.get(),
            account.password.as_ref().map(|password| &password.0),
            unsigned(account.revision),
            write_properties(&account.vendor.plan.to_properties()),
        ],
    )
}
