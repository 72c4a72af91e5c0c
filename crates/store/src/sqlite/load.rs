//! Rows to aggregates.

use std::fmt::Display;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::license::License;
use leasehold_model::licensee::{Licensee, LicenseeSecret};
use leasehold_model::money::{Currency, Money};
use leasehold_model::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, NumberError, ProductModuleNumber,
    ProductNumber, VendorNumber,
};
use leasehold_model::product::{
    LicenseeSecretMode, LicensingModel, Product, ProductModule, VatMode,
};
use leasehold_model::property::{Given, Properties, integer};
use leasehold_model::role::ApiKeyRole;
use leasehold_model::snapshot::LicenseeAggregate;
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::timestamp::parse_timestamp;
use leasehold_model::token::ApiKey;
use leasehold_model::vendor::{TtlMinutes, Vendor};
use rusqlite::types::FromSql;
use rusqlite::{CachedStatement, Connection, Row, Rows, Statement, params};

use super::failed;
use super::text::{read_discounts, read_properties, read_warning_levels};
use crate::engine::{LoadedLicensee, Visitor};
use crate::error::StoreError;
use crate::ids::{
    ImportId, LicenseId, LicenseeId, ModuleId, ProductId, TemplateId, TokenId, VendorId,
};
use crate::write::{
    Account, Generation, ImportRecord, PasswordHash, SealedPackageKey, StoredToken,
};

/// See [`crate::engine::Engine::load_all`].
pub(crate) fn load_all(db: &Connection, visitor: &mut dyn Visitor) -> Result<(), StoreError> {
    let mut vendors = Vec::new();
    each(
        db,
        "SELECT id, number, login, ttl_minutes, password, revision FROM vendor ORDER BY id",
        [],
        |row| {
            vendors.push((VendorId(get(row, 0)?), account(row)?));
            Ok(())
        },
    )?;
    for (id, account) in vendors {
        visitor.vendor(id, account)?;
        load_catalogue(db, id, visitor)?;
        load_books(db, id, visitor)?;
        let mut aggregates = AggregateStatements::prepare(db)?;
        let mut reader = aggregates.read(id, i64::MIN, i64::MAX)?;
        while let Some(licensee) = reader.next()? {
            visitor.licensee(licensee)?;
        }
    }
    Ok(())
}

/// See [`crate::engine::Engine::load_licensee`].
pub(crate) fn load_licensee(
    db: &Connection,
    vendor: VendorId,
    licensee: LicenseeId,
) -> Result<Option<LicenseeAggregate>, StoreError> {
    let mut aggregates = AggregateStatements::prepare(db)?;
    let loaded = aggregates.read(vendor, licensee.0, licensee.0)?.next()?;
    Ok(loaded.map(|loaded| Arc::unwrap_or_clone(loaded.aggregate)))
}

fn load_catalogue(
    db: &Connection,
    vendor: VendorId,
    visitor: &mut dyn Visitor,
) -> Result<(), StoreError> {
    each(
        db,
        "SELECT id, number, active, name, version, description, licensing_info,
            licensee_auto_create, licensee_secret_mode, vat_mode, discounts, properties
         FROM product WHERE vendor_id = ?1 ORDER BY id",
        [vendor.0],
        |row| visitor.product(ProductId(get(row, 0)?), product(row)?),
    )?;
    each(
        db,
        "SELECT id, product_id, number, active, name, licensing_model, properties
         FROM product_module WHERE vendor_id = ?1 ORDER BY id",
        [vendor.0],
        |row| {
            let number: Box<str> = get(row, 2)?;
            let module = ProductModule {
                number: number_of(&number, ProductModuleNumber::parse)?,
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
        [vendor.0],
        |row| {
            let number: Box<str> = get(row, 2)?;
            let template = LicenseTemplate {
                number: number_of(&number, LicenseTemplateNumber::parse)?,
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
    db: &Connection,
    vendor: VendorId,
    visitor: &mut dyn Visitor,
) -> Result<(), StoreError> {
    each(
        db,
        "SELECT id, lookup, sealed, active, role, licensee, expires_at_ms, name, properties
         FROM token WHERE vendor_id = ?1 ORDER BY id",
        [vendor.0],
        |row| visitor.token(TokenId(get(row, 0)?), token(row)?),
    )?;
    each(
        db,
        "SELECT public_key, private_key FROM package_key WHERE vendor_id = ?1",
        [vendor.0],
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
        [vendor.0],
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
        "SELECT id, package, vendor, product, generation, digest, imported_at_ms
         FROM import WHERE vendor_id = ?1 ORDER BY id",
        [vendor.0],
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
    )
}

fn account(row: &Row<'_>) -> Result<Account, StoreError> {
    let ttl: u32 = get(row, 3)?;
    let password: Option<Box<str>> = get(row, 4)?;
    Ok(Account {
        vendor: Vendor {
            number: number_at(row, 1, VendorNumber::parse)?,
            login: get(row, 2)?,
            ttl: TtlMinutes::new(ttl).ok_or_else(|| unusable(ttl))?,
        },
        password: password.map(PasswordHash),
        revision: count(row, 5)?,
    })
}

fn product(row: &Row<'_>) -> Result<Product, StoreError> {
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

fn token(row: &Row<'_>) -> Result<StoredToken, StoreError> {
    let licensee: Option<Box<str>> = get(row, 5)?;
    let expires: Option<i64> = get(row, 6)?;
    Ok(StoredToken {
        lookup: get(row, 1)?,
        sealed: get(row, 2)?,
        key: ApiKey {
            active: get(row, 3)?,
            role: text_of(row, 4, ApiKeyRole::parse)?,
            licensee: licensee
                .map(|number| number_of(&number, LicenseeNumber::parse))
                .transpose()?,
            expires: expires.map(instant).transpose()?,
            name: get(row, 7)?,
            custom: text_of(row, 8, read_properties)?,
        },
    })
}

/// The statements that read aggregates; each orders by licensee, so that they are read side by
/// side, in one pass, for one licensee as for all.
struct AggregateStatements<'db> {
    licensees: CachedStatement<'db>,
    aliases: CachedStatement<'db>,
    licenses: CachedStatement<'db>,
    sessions: CachedStatement<'db>,
    nodes: CachedStatement<'db>,
}

impl<'db> AggregateStatements<'db> {
    fn prepare(db: &'db Connection) -> Result<Self, StoreError> {
        let prepare = |sql| db.prepare_cached(sql).map_err(failed("read a licensee"));
        Ok(Self {
            licensees: prepare(
                "SELECT id, product_id, number, active, name, secret, marked_for_transfer,
                    warning_levels, properties
                 FROM licensee WHERE vendor_id = ?1 AND id BETWEEN ?2 AND ?3 ORDER BY id",
            )?,
            aliases: prepare(
                "SELECT licensee_id, alias FROM licensee_alias
                 WHERE vendor_id = ?1 AND licensee_id BETWEEN ?2 AND ?3
                 ORDER BY licensee_id, place",
            )?,
            licenses: prepare(
                "SELECT l.licensee_id, l.id, l.number, l.license_template_id, t.number, l.active,
                    l.name, l.price_hundredths, l.currency, l.hidden, l.start_date,
                    l.used_quantity, l.properties
                 FROM license l CROSS JOIN license_template t
                    ON t.vendor_id = l.vendor_id AND t.id = l.license_template_id
                 WHERE l.vendor_id = ?1 AND l.licensee_id BETWEEN ?2 AND ?3
                 ORDER BY l.licensee_id, l.id",
            )?,
            sessions: prepare(
                "SELECT licensee_id, license_id, session, expires FROM session
                 WHERE vendor_id = ?1 AND licensee_id BETWEEN ?2 AND ?3
                 ORDER BY licensee_id, license_id",
            )?,
            nodes: prepare(
                "SELECT licensee_id, license_id, slot, secret FROM node_secret
                 WHERE vendor_id = ?1 AND licensee_id BETWEEN ?2 AND ?3
                 ORDER BY licensee_id, license_id",
            )?,
        })
    }

    fn read(
        &mut self,
        vendor: VendorId,
        from: i64,
        to: i64,
    ) -> Result<AggregateReader<'_>, StoreError> {
        let range = [vendor.0, from, to];
        Ok(AggregateReader {
            licensees: Cursor::begin(&mut self.licensees, range)?,
            aliases: Cursor::begin(&mut self.aliases, range)?,
            licenses: Cursor::begin(&mut self.licenses, range)?,
            sessions: Cursor::begin(&mut self.sessions, range)?,
            nodes: Cursor::begin(&mut self.nodes, range)?,
        })
    }
}

struct AggregateReader<'stmt> {
    licensees: Cursor<'stmt>,
    aliases: Cursor<'stmt>,
    licenses: Cursor<'stmt>,
    sessions: Cursor<'stmt>,
    nodes: Cursor<'stmt>,
}

impl AggregateReader<'_> {
    fn next(&mut self) -> Result<Option<LoadedLicensee>, StoreError> {
        let Some(row) = self.licensees.row() else {
            return Ok(None);
        };
        let id: i64 = get(row, 0)?;
        let product = ProductId(get(row, 1)?);
        let mut licensee = licensee(row)?;
        self.licensees.advance()?;
        while let Some(row) = self.aliases.row_of(&[id])? {
            licensee
                .aliases
                .push(number_at(row, 1, LicenseeNumber::parse)?);
            self.aliases.advance()?;
        }
        let mut licenses = Vec::new();
        let mut rows = Vec::new();
        while let Some(row) = self.licenses.row_of(&[id])? {
            let license_id: i64 = get(row, 1)?;
            let template = TemplateId(get(row, 3)?);
            let mut license = license(row)?;
            self.licenses.advance()?;
            let key = [id, license_id];
            while let Some(row) = self.sessions.row_of(&key)? {
                let expires: Box<str> = get(row, 3)?;
                let expires = Given::read(&expires, parse_timestamp);
                license.sessions.insert(get(row, 2)?, expires);
                self.sessions.advance()?;
            }
            while let Some(row) = self.nodes.row_of(&key)? {
                license.node_secrets.insert(get(row, 2)?, get(row, 3)?);
                self.nodes.advance()?;
            }
            rows.push((license.number.clone(), LicenseId(license_id), template));
            licenses.push(license);
        }
        licenses.sort_unstable_by(|a, b| a.number.cmp(&b.number));
        Ok(Some(LoadedLicensee {
            id: LicenseeId(id),
            product,
            aggregate: Arc::new(LicenseeAggregate { licensee, licenses }),
            licenses: rows,
        }))
    }
}

/// Rows with the next one in view.
struct Cursor<'stmt> {
    rows: Rows<'stmt>,
}

impl<'stmt> Cursor<'stmt> {
    fn begin(statement: &'stmt mut Statement<'_>, range: [i64; 3]) -> Result<Self, StoreError> {
        let rows = statement
            .query(params![range[0], range[1], range[2]])
            .map_err(failed("read a licensee"))?;
        let mut cursor = Self { rows };
        cursor.advance()?;
        Ok(cursor)
    }

    fn advance(&mut self) -> Result<(), StoreError> {
        use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
        self.rows.advance().map_err(failed("read a licensee"))
    }

    /// The row in view.
    fn row(&self) -> Option<&Row<'stmt>> {
        use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
        self.rows.get()
    }

    /// The row in view, when its first columns are `key`.
    fn row_of(&self, key: &[i64]) -> Result<Option<&Row<'stmt>>, StoreError> {
        let Some(row) = self.row() else {
            return Ok(None);
        };
        for (at, part) in key.iter().enumerate() {
            if get::<i64>(row, at)? != *part {
                return Ok(None);
            }
        }
        Ok(Some(row))
    }
}

fn licensee(row: &Row<'_>) -> Result<Licensee, StoreError> {
    let secret: Option<Box<str>> = get(row, 5)?;
    Ok(Licensee {
        number: number_at(row, 2, LicenseeNumber::parse)?,
        active: get(row, 3)?,
        name: get(row, 4)?,
        secret: secret.map(|secret| LicenseeSecret::new(&secret)),
        marked_for_transfer: get(row, 6)?,
        aliases: Vec::new(),
        warning_levels: text_if(row, 7, read_warning_levels)?,
        custom: text_of(row, 8, read_properties)?,
    })
}

fn license(row: &Row<'_>) -> Result<License, StoreError> {
    let properties: Properties = text_of(row, 12, read_properties)?;
    let mut license = License::new(
        number_at(row, 2, LicenseNumber::parse)?,
        number_at(row, 4, LicenseTemplateNumber::parse)?,
        properties,
    );
    license.active = get(row, 5)?;
    license.name = get(row, 6)?;
    license.price = price(row, 7)?;
    license.hidden = get(row, 9)?;
    let start: Option<Box<str>> = get(row, 10)?;
    license.start_date = start.map(|text| Given::read(&text, parse_timestamp));
    let used: Option<Box<str>> = get(row, 11)?;
    license.used_quantity = used.map(|text| Given::read(&text, integer));
    Ok(license)
}

/// Amount and currency stand in two columns side by side.
fn price(row: &Row<'_>, at: usize) -> Result<Option<Money>, StoreError> {
    let hundredths: Option<i64> = get(row, at)?;
    let currency = text_if(row, at + 1, Currency::parse)?;
    Ok(hundredths
        .zip(currency)
        .map(|(hundredths, currency)| Money {
            hundredths,
            currency,
        }))
}

fn each(
    db: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    mut take: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let failed = failed("read the database");
    let mut statement = db.prepare_cached(sql).map_err(&failed)?;
    let mut rows = statement.query(params).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        take(row)?;
    }
    Ok(())
}

fn get<T: FromSql>(row: &Row<'_>, at: usize) -> Result<T, StoreError> {
    row.get(at).map_err(failed("read a column"))
}

/// A text column that must be readable.
fn text_of<T>(
    row: &Row<'_>,
    at: usize,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, StoreError> {
    let text: Box<str> = get(row, at)?;
    read(&text).ok_or_else(|| unusable(&text))
}

/// A text column that must be readable where there is a text.
fn text_if<T>(
    row: &Row<'_>,
    at: usize,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, StoreError> {
    let text: Option<Box<str>> = get(row, at)?;
    text.map(|text| read(&text).ok_or_else(|| unusable(&text)))
        .transpose()
}

fn number_at<N>(
    row: &Row<'_>,
    at: usize,
    parse: impl FnOnce(&str) -> Result<N, NumberError>,
) -> Result<N, StoreError> {
    let text: Box<str> = get(row, at)?;
    number_of(&text, parse)
}

fn number_of<N>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<N, NumberError>,
) -> Result<N, StoreError> {
    parse(text).map_err(|_| unusable(text))
}

fn count(row: &Row<'_>, at: usize) -> Result<u64, StoreError> {
    let count: i64 = get(row, at)?;
    u64::try_from(count).map_err(|_| unusable(count))
}

fn instant(at_ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(at_ms).map_err(|_| unusable(at_ms))
}

fn unusable(value: impl Display) -> StoreError {
    StoreError::Damaged(format!("a column holds the unusable value '{value}'"))
}
