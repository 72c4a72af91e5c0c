//! Licensees with all they own, from five statements read side by side.

use std::sync::Arc;

use leasehold_model::license::License;
use leasehold_model::licensee::{Licensee, LicenseeSecret};
use leasehold_model::number::{LicenseNumber, LicenseTemplateNumber, LicenseeNumber};
use leasehold_model::property::{Given, Properties, integer};
use leasehold_model::snapshot::LicenseeAggregate;
use leasehold_model::timestamp::parse_timestamp;
use rusqlite::{CachedStatement, Connection, Row, Rows, Statement, params};

use super::row::{get, number_at, price, text_if, text_of};
use crate::engine::LoadedLicensee;
use crate::error::StoreError;
use crate::ids::{LicenseId, LicenseeId, ProductId, TemplateId, VendorId};
use crate::sqlite::failed;
use crate::sqlite::text::{read_properties, read_warning_levels};

/// The statements that read aggregates; each orders by licensee, so that they are read side by
/// side, in one pass, for one licensee as for all.
pub(super) struct AggregateStatements<'db> {
    licensees: CachedStatement<'db>,
    aliases: CachedStatement<'db>,
    licenses: CachedStatement<'db>,
    sessions: CachedStatement<'db>,
    nodes: CachedStatement<'db>,
}

impl<'db> AggregateStatements<'db> {
    pub(super) fn prepare(db: &'db Connection) -> Result<Self, StoreError> {
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

    pub(super) fn read(
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

pub(super) struct AggregateReader<'stmt> {
    licensees: Cursor<'stmt>,
    aliases: Cursor<'stmt>,
    licenses: Cursor<'stmt>,
    sessions: Cursor<'stmt>,
    nodes: Cursor<'stmt>,
}

impl AggregateReader<'_> {
    pub(super) fn next(&mut self) -> Result<Option<LoadedLicensee>, StoreError> {
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
