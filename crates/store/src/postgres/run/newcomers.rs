//! Licensees that a run makes, with the licenses that come with them: nothing of theirs is there yet.

use std::collections::BTreeMap;

use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;

use super::{LicenseKey, LicenseeKey};
use crate::ids::{LicenseeId, ProductId, TemplateId};
use crate::postgres::group::Group;
use crate::sql::apply::{At, license_row};
use crate::sql::text::{write_properties, write_warning_levels};
use crate::sql::values;

/// See above. Borrows from the commands.
#[derive(Debug)]
pub(super) struct Newcomers<'c> {
    licensees: BTreeMap<LicenseeKey, Newcomer<'c>>,
    aliases: Group,
    licenses: Group,
    usage: Group,
    sessions: Group,
    nodes: Group,
    renamed: Group,
}

#[derive(Debug)]
struct Newcomer<'c> {
    product: ProductId,
    licensee: &'c Licensee,
    position: i64,
    /// Its warning levels are those of the licenses before.
    has_licenses: bool,
}

impl<'c> Newcomers<'c> {
    pub(super) fn new() -> Self {
        Self {
            licensees: BTreeMap::new(),
            aliases: Group::new(ALIASES),
            licenses: Group::new(LICENSES),
            usage: Group::new(USAGE),
            sessions: Group::new(SESSIONS),
            nodes: Group::new(NODES),
            renamed: Group::new(RENAMED),
        }
    }

    pub(super) fn licensee(
        &mut self,
        at: &At,
        product: ProductId,
        id: LicenseeId,
        licensee: &'c Licensee,
    ) {
        let newcomer = Newcomer {
            product,
            licensee,
            position: at.position,
            has_licenses: false,
        };
        self.licensees.insert((at.vendor, id), newcomer);
        for (place, alias) in (0_i64..).zip(&licensee.aliases) {
            self.aliases
                .push(values![at.vendor.0, id.0, place, alias.as_str()]);
        }
    }

    pub(super) fn license(
        &mut self,
        at: &At,
        (vendor, licensee, id): LicenseKey,
        template: TemplateId,
        license: &License,
    ) {
        if let Some(newcomer) = self.licensees.get_mut(&(vendor, licensee)) {
            newcomer.has_licenses = true;
        }
        let properties = write_properties(license.properties());
        let row = license_row(at, (licensee, id), template, license, &properties);
        self.licenses.push(&row);
        // It may have been another licensee's, and have joined transactions there.
        let number = license.number.as_str();
        self.renamed.push(values![vendor.0, id.0, number]);
        let key = [vendor.0, licensee.0, id.0];
        if license.used() != 0 {
            self.usage.push(values![
                key[0],
                key[1],
                key[2],
                at.position,
                at.place,
                license.used(),
                at.at_ms,
            ]);
        }
        for (session, expires) in &license.sessions {
            self.sessions.push(values![
                key[0],
                key[1],
                key[2],
                session,
                expires.text(),
                expires.value().map(|until| until.as_millisecond()),
                at.position,
            ]);
        }
        for (slot, secret) in &license.node_secrets {
            self.nodes
                .push(values![key[0], key[1], key[2], *slot, secret]);
        }
    }

    /// In the order in which they are written: what is referred to comes first.
    pub(super) fn into_groups(self) -> impl Iterator<Item = Group> {
        let mut licensees = Group::new(LICENSEES);
        for ((vendor, id), newcomer) in &self.licensees {
            let licensee = newcomer.licensee;
            let levels = licensee.warning_levels.as_ref();
            let levels = levels.filter(|_| !newcomer.has_licenses);
            licensees.push(values![
                vendor.0,
                id.0,
                newcomer.product.0,
                licensee.number.as_str(),
                licensee.active,
                licensee.name,
                licensee.secret.as_ref().map(|secret| secret.expose()),
                licensee.marked_for_transfer,
                levels.map(write_warning_levels),
                write_properties(&licensee.custom),
                newcomer.position,
            ]);
        }
        [
            licensees,
            self.aliases,
            self.licenses,
            self.renamed,
            self.usage,
            self.sessions,
            self.nodes,
        ]
        .into_iter()
    }
}

const LICENSEES: &str = "
    INSERT INTO licensee
        (vendor_id, id, product_id, number, active, name, secret, marked_for_transfer,
         warning_levels, properties, licenses_position)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[],
        $6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[], $11::bigint[])";

const ALIASES: &str = "
    INSERT INTO licensee_alias (vendor_id, licensee_id, place, alias)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])";

const LICENSES: &str = "
    INSERT INTO license
        (vendor_id, licensee_id, id, number, license_template_id, active, name, price_hundredths,
         currency, hidden, start_date, start_at_ms, used_quantity, used, properties)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[],
        $6::bigint[], $7::text[], $8::bigint[], $9::text[], $10::bigint[], $11::text[],
        $12::bigint[], $13::text[], $14::bigint[], $15::text[])";

const RENAMED: &str = "
    UPDATE transaction_license AS t SET license = v.license
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS v (vendor_id, license_id, license)
    WHERE t.vendor_id = v.vendor_id AND t.license_id = v.license_id AND t.license <> v.license";

const USAGE: &str = "
    INSERT INTO usage
        (vendor_id, position, place, license_id, licensee_id, amount, used, at_ms)
    SELECT v.vendor_id, v.position, v.place, v.license_id, v.licensee_id, v.used, v.used, v.at_ms
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
        $6::bigint[], $7::bigint[])
        AS v (vendor_id, licensee_id, license_id, position, place, used, at_ms)";

const SESSIONS: &str = "
    INSERT INTO session
        (vendor_id, licensee_id, license_id, session, expires, expires_at_ms, taken_position)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[],
        $6::bigint[], $7::bigint[])";

const NODES: &str = "
    INSERT INTO node_secret (vendor_id, licensee_id, license_id, slot, secret)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])";
