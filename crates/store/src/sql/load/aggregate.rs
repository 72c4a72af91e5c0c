//! Licensees with all they own, from five statements read side by side.

use std::sync::Arc;

use leasehold_model::license::License;
use leasehold_model::licensee::{Licensee, LicenseeSecret};
use leasehold_model::number::{LicenseNumber, LicenseTemplateNumber, LicenseeNumber};
use leasehold_model::property::{Given, Properties, integer};
use leasehold_model::snapshot::LicenseeAggregate;
use leasehold_model::timestamp::parse_timestamp;

use crate::engine::LoadedLicensee;
use crate::error::StoreError;
use crate::ids::{LicenseId, LicenseeId, ProductId, TemplateId};
use crate::sql::Row;
use crate::sql::row::{get, number_at, price, text, text_if, text_of};
use crate::sql::text::{read_properties, read_warning_levels};

/// A licensee's own row, with its vendor `?1` and its id between `?2` and `?3`. These five
/// statements read aggregates; each orders by licensee, so that they are read side by side, in one
/// pass, for one licensee as for many.
pub(crate) const LICENSEES: &str = "
    SELECT id, product_id, number, active, name, secret, marked_for_transfer, warning_levels,
        properties
    FROM licensee WHERE vendor_id = ?1 AND id BETWEEN ?2 AND ?3 ORDER BY id";

/// Its aliases.
pub(crate) const ALIASES: &str = "
    SELECT licensee_id, alias FROM licensee_alias
    WHERE vendor_id = ?1 AND licensee_id BETWEEN ?2 AND ?3
    ORDER BY licensee_id, place";

/// Its licenses.
pub(crate) const LICENSES: &str = "
    SELECT l.licensee_id, l.id, l.number, l.license_template_id, t.number, l.active, l.name,
        l.price_hundredths, l.currency, l.hidden, l.start_date, l.used_quantity, l.properties
    FROM license l CROSS JOIN license_template t
    WHERE t.vendor_id = l.vendor_id AND t.id = l.license_template_id
        AND l.vendor_id = ?1 AND l.licensee_id BETWEEN ?2 AND ?3
    ORDER BY l.licensee_id, l.id";

/// The sessions on its licenses.
pub(crate) const SESSIONS: &str = "
    SELECT licensee_id, license_id, session, expires FROM session
    WHERE vendor_id = ?1 AND licensee_id BETWEEN ?2 AND ?3
    ORDER BY licensee_id, license_id";

/// The secrets of the nodes that its licenses are bound to.
pub(crate) const NODES: &str = "
    SELECT licensee_id, license_id, slot, secret FROM node_secret
    WHERE vendor_id = ?1 AND licensee_id BETWEEN ?2 AND ?3
    ORDER BY licensee_id, license_id";

/// Rows in order, with the next one in view.
pub(crate) trait Cursor {
    /// The row in view.
    fn row(&self) -> Option<&dyn Row>;

    fn advance(&mut self) -> Result<(), StoreError>;
}

/// What the five statements find, each at its first row.
pub(crate) struct AggregateReader<C> {
    pub(crate) licensees: C,
    pub(crate) aliases: C,
    pub(crate) licenses: C,
    pub(crate) sessions: C,
    pub(crate) nodes: C,
}

impl<C: Cursor> AggregateReader<C> {
    pub(crate) fn next(&mut self) -> Result<Option<LoadedLicensee>, StoreError> {
        let Some(row) = self.licensees.row() else {
            return Ok(None);
        };
        let id: i64 = get(row, 0)?;
        let product = ProductId(get(row, 1)?);
        let mut licensee = licensee(row)?;
        self.licensees.advance()?;
        while let Some(row) = row_of(&self.aliases, &[id])? {
            licensee
                .aliases
                .push(number_at(row, 1, LicenseeNumber::parse)?);
            self.aliases.advance()?;
        }
        let mut licenses = Vec::new();
        let mut rows = Vec::new();
        while let Some(row) = row_of(&self.licenses, &[id])? {
            let license_id: i64 = get(row, 1)?;
            let template = TemplateId(get(row, 3)?);
            let mut license = license(row)?;
            self.licenses.advance()?;
            let key = [id, license_id];
            while let Some(row) = row_of(&self.sessions, &key)? {
                let expires = Given::read(&text(row, 3)?, parse_timestamp);
                license.sessions.insert(get(row, 2)?, expires);
                self.sessions.advance()?;
            }
            while let Some(row) = row_of(&self.nodes, &key)? {
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

/// The row in view, when its first columns are `key`.
fn row_of<'c>(cursor: &'c impl Cursor, key: &[i64]) -> Result<Option<&'c dyn Row>, StoreError> {
    let Some(row) = cursor.row() else {
        return Ok(None);
    };
    for (at, part) in key.iter().enumerate() {
        if get::<i64>(row, at)? != *part {
            return Ok(None);
        }
    }
    Ok(Some(row))
}

fn licensee(row: &dyn Row) -> Result<Licensee, StoreError> {
    Ok(Licensee {
        number: number_at(row, 2, LicenseeNumber::parse)?,
        active: get(row, 3)?,
        name: get(row, 4)?,
        secret: row.text(5)?.map(|secret| LicenseeSecret::new(&secret)),
        marked_for_transfer: get(row, 6)?,
        aliases: Vec::new(),
        warning_levels: text_if(row, 7, read_warning_levels)?,
        custom: text_of(row, 8, read_properties)?,
    })
}

fn license(row: &dyn Row) -> Result<License, StoreError> {
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
    let start = row.text(10)?;
    license.start_date = start.map(|text| Given::read(&text, parse_timestamp));
    let used = row.text(11)?;
    license.used_quantity = used.map(|text| Given::read(&text, integer));
    Ok(license)
}
