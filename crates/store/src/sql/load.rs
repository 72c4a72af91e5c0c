//! Rows to aggregates.

use leasehold_model::bundle::Bundle;
use leasehold_model::notification::Notification;
use leasehold_model::number::{
    BundleNumber, LicenseTemplateNumber, LicenseeNumber, NotificationNumber, ProductModuleNumber,
    ProductNumber, VendorNumber,
};
use leasehold_model::payment_method::{PaymentMethod, PaymentMethodKind};
use leasehold_model::plan::Plan;
use leasehold_model::product::{
    LicenseeSecretMode, LicensingModel, Product, ProductModule, VatMode,
};
use leasehold_model::role::ApiKeyRole;
use leasehold_model::snapshot::StatefulRights;
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::token::{ApiKey, Ticket, TicketKind, Token};
use leasehold_model::vendor::{TtlMinutes, Vendor};

use super::row::{
    count, each, get, instant, number_at, number_of, one, price, text, text_if, text_of, unusable,
};
use super::text::{read_discounts, read_events, read_properties, read_templates};
use super::{Database, Row, values};
use crate::engine::Visitor;
use crate::error::StoreError;
use crate::ids::{
    BundleId, ImportId, LicenseeId, ModuleId, NotificationId, ProductId, TemplateId, TokenId,
    VendorId,
};
use crate::write::{
    Account, Binding, CallKey, Generation, ImportRecord, MergedReport, PasswordHash,
    SealedPackageKey, StoredNotification, StoredToken,
};

mod aggregate;
mod transaction;

pub(crate) use aggregate::{
    ALIASES, AggregateReader, Cursor, LICENSEES, LICENSES, NODES, SESSIONS,
};
pub(crate) use transaction::{is_pending, transaction, transactions};

/// See [`crate::engine::Engine::document`].
pub(crate) fn document(
    db: &dyn Database,
    vendor: VendorId,
    name: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    one(
        db,
        "SELECT content FROM document WHERE vendor_id = ?1 AND name = ?2",
        values![vendor.0, name],
        |row| get(row, 0),
    )
}

/// All vendors, oldest first.
pub(crate) fn vendors(db: &dyn Database) -> Result<Vec<(VendorId, Account)>, StoreError> {
    let mut vendors = Vec::new();
    let sql = format!("{VENDORS} ORDER BY id");
    each(db, &sql, &[], |row| {
        vendors.push((VendorId(get(row, 0)?), account(row)?));
        Ok(())
    })?;
    Ok(vendors)
}

/// The account of one vendor.
pub(crate) fn vendor(db: &dyn Database, vendor: VendorId) -> Result<Option<Account>, StoreError> {
    let sql = format!("{VENDORS} WHERE id = ?1");
    one(db, &sql, values![vendor.0], account)
}

const VENDORS: &str = "SELECT id, number, login, ttl_minutes, password, revision, plan FROM vendor";

/// Tells a vendor without its licensees.
pub(crate) fn load_vendor(
    db: &dyn Database,
    (id, account): (VendorId, Account),
    visitor: &mut dyn Visitor,
) -> Result<(), StoreError> {
    visitor.vendor(id, account)?;
    load_catalogue(db, id, visitor)?;
    load_books(db, id, visitor)
}

fn load_catalogue(
    db: &dyn Database,
    vendor: VendorId,
    visitor: &mut dyn Visitor,
) -> Result<(), StoreError> {
    each(
        db,
        "SELECT id, number, active, name, version, description, licensing_info,
            licensee_auto_create, licensee_secret_mode, vat_mode, discounts, properties
         FROM product WHERE vendor_id = ?1 ORDER BY id",
        values![vendor.0],
        |row| visitor.product(ProductId(get(row, 0)?), product(row)?),
    )?;
    each(
        db,
        "SELECT id, product_id, number, active, name, licensing_model, properties
         FROM product_module WHERE vendor_id = ?1 ORDER BY id",
        values![vendor.0],
        |row| {
            let module = ProductModule {
                number: number_at(row, 2, ProductModuleNumber::parse)?,
                active: get(row, 3)?,
                name: get(row, 4)?,
                licensing_model: text_of(row, 5, LicensingModel::parse)?,
                properties: text_of(row, 6, read_properties)?,
            };
            visitor.module(ProductId(get(row, 1)?), ModuleId(get(row, 0)?), module)
        },
    )?;
    each(
        db,
        "SELECT id, product_module_id, number, active, name, license_type, price_hundredths,
            currency, automatic, hidden, hide_licenses, properties
         FROM license_template WHERE vendor_id = ?1 ORDER BY id",
        values![vendor.0],
        |row| {
            let template = LicenseTemplate {
                number: number_at(row, 2, LicenseTemplateNumber::parse)?,
                active: get(row, 3)?,
                name: get(row, 4)?,
                license_type: text_of(row, 5, LicenseType::parse)?,
                price: price(row, 6)?,
                automatic: get(row, 8)?,
                hidden: get(row, 9)?,
                hide_licenses: get(row, 10)?,
                properties: text_of(row, 11, read_properties)?,
            };
            visitor.template(ModuleId(get(row, 1)?), TemplateId(get(row, 0)?), template)
        },
    )
}

fn load_books(
    db: &dyn Database,
    vendor: VendorId,
    visitor: &mut dyn Visitor,
) -> Result<(), StoreError> {
    each(
        db,
        "SELECT id, lookup, sealed, kind, active, role, licensee, expires_at_ms, name,
            response_key, properties
         FROM token WHERE vendor_id = ?1 ORDER BY id",
        values![vendor.0],
        |row| visitor.token(TokenId(get(row, 0)?), token(row)?),
    )?;
    each(
        db,
        "SELECT public_key, private_key FROM package_key WHERE vendor_id = ?1",
        values![vendor.0],
        |row| {
            visitor.package_key(SealedPackageKey {
                public: get(row, 0)?,
                private: get(row, 1)?,
            })
        },
    )?;
    each(
        db,
        "SELECT product, recipient, generation FROM generation WHERE vendor_id = ?1",
        values![vendor.0],
        |row| {
            visitor.generation(Generation {
                product: number_at(row, 0, ProductNumber::parse)?,
                recipient: get(row, 1)?,
                generation: count(row, 2)?,
            })
        },
    )?;
    each(
        db,
        "SELECT licensee_id, package, recipient, generation, since_ms, delegated, report_sequence,
            report_digest
         FROM binding WHERE vendor_id = ?1 ORDER BY licensee_id",
        values![vendor.0],
        |row| {
            let binding = Binding {
                package: get(row, 1)?,
                recipient: get(row, 2)?,
                generation: count(row, 3)?,
                since: instant(get(row, 4)?)?,
                stateful: match get(row, 5)? {
                    true => StatefulRights::Delegated,
                    false => StatefulRights::Held,
                },
                report: merged_report(row, 6)?,
            };
            visitor.binding(LicenseeId(get(row, 0)?), binding)
        },
    )?;
    each(
        db,
        "SELECT id, package, vendor, product, generation, digest, imported_at_ms
         FROM import WHERE vendor_id = ?1 ORDER BY id",
        values![vendor.0],
        |row| {
            let import = ImportRecord {
                package: get(row, 1)?,
                vendor: number_at(row, 2, VendorNumber::parse)?,
                product: number_at(row, 3, ProductNumber::parse)?,
                generation: count(row, 4)?,
                digest: get(row, 5)?,
                imported_at: instant(get(row, 6)?)?,
            };
            visitor.import(ImportId(get(row, 0)?), import)
        },
    )?;
    load_shop(db, vendor, visitor)?;
    each(
        db,
        "SELECT key, request, at_ms FROM remembered_reply WHERE vendor_id = ?1",
        values![vendor.0],
        |row| {
            let call = CallKey {
                key: get(row, 0)?,
                request: get(row, 1)?,
            };
            visitor.call(call, instant(get(row, 2)?)?)
        },
    )?;
    for sql in [
        "SELECT coalesce(max(id), 0) FROM vendor_transaction WHERE vendor_id = ?1",
        "SELECT coalesce(max(id), 0) FROM event WHERE vendor_id = ?1",
        // The row of a license that is gone must not become another's.
        "SELECT coalesce(max(license_id), 0) FROM transaction_license WHERE vendor_id = ?1",
    ] {
        each(db, sql, values![vendor.0], |row| {
            visitor.untold(get(row, 0)?)
        })?;
    }
    Ok(())
}

fn load_shop(
    db: &dyn Database,
    vendor: VendorId,
    visitor: &mut dyn Visitor,
) -> Result<(), StoreError> {
    each(
        db,
        "SELECT id, number, active, name, description, price_hundredths, currency, templates,
            properties
         FROM bundle WHERE vendor_id = ?1 ORDER BY id",
        values![vendor.0],
        |row| {
            let bundle = Bundle {
                number: number_at(row, 1, BundleNumber::parse)?,
                active: get(row, 2)?,
                name: get(row, 3)?,
                description: get(row, 4)?,
                price: price(row, 5)?,
                templates: text_of(row, 7, read_templates)?,
                custom: text_of(row, 8, read_properties)?,
            };
            visitor.bundle(BundleId(get(row, 0)?), bundle)
        },
    )?;
    each(
        db,
        "SELECT id, number, active, name, events, endpoint, payload, secret, properties
         FROM notification WHERE vendor_id = ?1 ORDER BY id",
        values![vendor.0],
        |row| {
            let notification = Notification {
                number: number_at(row, 1, NotificationNumber::parse)?,
                active: get(row, 2)?,
                name: get(row, 3)?,
                events: text_of(row, 4, read_events)?,
                endpoint: get(row, 5)?,
                payload: get(row, 6)?,
                custom: text_of(row, 8, read_properties)?,
            };
            let stored = StoredNotification {
                notification,
                secret: get(row, 7)?,
            };
            visitor.notification(NotificationId(get(row, 0)?), stored)
        },
    )?;
    each(
        db,
        "SELECT number, active, properties FROM payment_method WHERE vendor_id = ?1",
        values![vendor.0],
        |row| {
            let method = PaymentMethod {
                active: get(row, 1)?,
                custom: text_of(row, 2, read_properties)?,
            };
            visitor.payment_method(text_of(row, 0, PaymentMethodKind::parse)?, method)
        },
    )
}

fn merged_report(row: &dyn Row, at: usize) -> Result<Option<MergedReport>, StoreError> {
    let sequence: Option<i64> = get(row, at)?;
    sequence
        .map(|_| {
            Ok(MergedReport {
                sequence: count(row, at)?,
                digest: get(row, at + 1)?,
            })
        })
        .transpose()
}

fn account(row: &dyn Row) -> Result<Account, StoreError> {
    let ttl: u32 = get(row, 3)?;
    let password: Option<Box<str>> = get(row, 4)?;
    Ok(Account {
        vendor: Vendor {
            number: number_at(row, 1, VendorNumber::parse)?,
            login: get(row, 2)?,
            ttl: TtlMinutes::new(ttl).ok_or_else(|| unusable(ttl))?,
            plan: text_of(row, 6, |text| {
                Plan::from_properties(&read_properties(text)?)
            })?,
        },
        password: password.map(PasswordHash),
        revision: count(row, 5)?,
    })
}

fn product(row: &dyn Row) -> Result<Product, StoreError> {
    Ok(Product {
        number: number_at(row, 1, ProductNumber::parse)?,
        active: get(row, 2)?,
        name: get(row, 3)?,
        version: get(row, 4)?,
        description: get(row, 5)?,
        licensing_info: get(row, 6)?,
        licensee_auto_create: get(row, 7)?,
        licensee_secret_mode: text_if(row, 8, LicenseeSecretMode::parse)?,
        vat_mode: text_if(row, 9, VatMode::parse)?,
        discounts: text_of(row, 10, read_discounts)?,
        custom: text_of(row, 11, read_properties)?,
    })
}

fn token(row: &dyn Row) -> Result<StoredToken, StoreError> {
    let kind = text(row, 3)?;
    let active = get(row, 4)?;
    let licensee = row.text(6)?;
    let licensee = licensee
        .map(|number| number_of(&number, LicenseeNumber::parse))
        .transpose()?;
    let expires: Option<i64> = get(row, 7)?;
    let expires = expires.map(instant).transpose()?;
    let properties = text_of(row, 10, read_properties)?;
    let token = if kind == "APIKEY" {
        Token::ApiKey(ApiKey {
            active,
            role: text_of(row, 5, ApiKeyRole::parse)?,
            licensee,
            expires,
            name: get(row, 8)?,
            custom: properties,
        })
    } else {
        Token::Ticket(Ticket {
            kind: TicketKind::parse(&kind).ok_or_else(|| unusable(&kind))?,
            active,
            licensee,
            expires,
            properties,
        })
    };
    Ok(StoredToken {
        lookup: get(row, 1)?,
        sealed: get(row, 2)?,
        token,
        response_key: get(row, 9)?,
    })
}
