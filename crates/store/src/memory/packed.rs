//! A licensee with all its licenses, packed into bytes: a tenth of what it takes to be decided on.
//!
//! The form lives in memory alone and may change with any version.

mod part;

use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::license::License;
use leasehold_model::licensee::{Licensee, LicenseeSecret, WarningLevels};
use leasehold_model::number::{LicenseNumber, LicenseeNumber};
use leasehold_model::property::{Given, Properties, integer};
use leasehold_model::snapshot::LicenseeAggregate;
use leasehold_model::timestamp::{format_timestamp, parse_timestamp};

use self::part::{Pattern, put_if, put_part, take_if, take_part};
use super::bytes::{ByteReader, WriteBytes, folded, unfolded};
use super::shared::Shared;
use crate::error::StoreError;

// Which parts of a license's state follow: most have one or none of them.
const STARTED: u8 = 1;
const USED: u8 = 1 << 1;
const SESSIONS: u8 = 1 << 2;
const NODES: u8 = 1 << 3;

/// The bytes. What many have in common is numbered in the [`Packer`] that made them.
#[derive(Debug)]
pub(crate) struct Packed(Box<[u8]>);

impl Packed {
    /// What it takes in memory, roughly.
    pub(crate) fn weight(&self) -> usize {
        const ALLOCATION: usize = 16;
        self.0.len() + ALLOCATION
    }
}

/// Packs and unpacks.
#[derive(Debug)]
pub(crate) struct Packer {
    patterns: Shared<Pattern>,
    warning_levels: Shared<WarningLevels>,
    properties: Shared<Properties>,
}

impl Packer {
    pub(crate) fn new() -> Self {
        Self {
            patterns: Shared::new(),
            warning_levels: Shared::new(),
            properties: Shared::new(),
        }
    }

    pub(crate) fn pack(&self, aggregate: &LicenseeAggregate) -> Packed {
        const USUAL: usize = 256;
        let mut bytes = Vec::with_capacity(USUAL);
        self.put_licensee(&aggregate.licensee, &mut bytes);
        bytes.put_count(aggregate.licenses.len() as u64);
        for license in &aggregate.licenses {
            self.put_license(license, &mut bytes);
        }
        // Copied, so that what stays is no larger than it must be.
        Packed(Box::from(&*bytes))
    }

    /// What was packed by this packer.
    pub(crate) fn unpack(&self, packed: &Packed) -> Result<LicenseeAggregate, StoreError> {
        self.take(&mut ByteReader(&packed.0)).ok_or_else(|| {
            StoreError::Damaged("a licensee in memory cannot be unpacked: start again".into())
        })
    }

    fn take(&self, reader: &mut ByteReader<'_>) -> Option<LicenseeAggregate> {
        let licensee = self.take_licensee(reader)?;
        let count = reader.length()?;
        // No more than there are bytes, whatever the count says.
        let mut licenses = Vec::with_capacity(count.min(reader.0.len()));
        for _ in 0..count {
            licenses.push(self.take_license(reader)?);
        }
        Some(LicenseeAggregate { licensee, licenses })
    }

    fn put_licensee(&self, licensee: &Licensee, bytes: &mut Vec<u8>) {
        let Licensee {
            number,
            active,
            name,
            secret,
            marked_for_transfer,
            aliases,
            warning_levels,
            custom,
        } = licensee;
        bytes.put_text(number.as_str());
        bytes.push(u8::from(*active));
        put_if(name.as_ref(), bytes, |name, bytes| bytes.put_text(name));
        put_if(secret.as_ref(), bytes, |secret, bytes| {
            bytes.put_text(secret.expose());
        });
        put_if(*marked_for_transfer, bytes, |is_marked, bytes| {
            bytes.push(u8::from(is_marked));
        });
        bytes.put_count(aliases.len() as u64);
        for alias in aliases {
            bytes.put_text(alias.as_str());
        }
        put_if(warning_levels.as_ref(), bytes, |levels, bytes| {
            put_part(&self.warning_levels, levels, bytes);
        });
        put_part(&self.properties, custom, bytes);
    }

    fn take_licensee(&self, reader: &mut ByteReader<'_>) -> Option<Licensee> {
        let number = |reader: &mut ByteReader<'_>| LicenseeNumber::parse(reader.text()?).ok();
        // The fields in the order in which they were put.
        Some(Licensee {
            number: number(reader)?,
            active: reader.byte()? != 0,
            name: take_if(reader, |reader| Some(reader.text()?.into()))?,
            secret: take_if(reader, |reader| Some(LicenseeSecret::new(reader.text()?)))?,
            marked_for_transfer: take_if(reader, |reader| Some(reader.byte()? != 0))?,
            aliases: {
                let count = reader.length()?;
                let aliases: Option<_> = (0..count).map(|_| number(reader)).collect();
                aliases?
            },
            warning_levels: take_if(reader, |reader| {
                take_part(&self.warning_levels, reader).map(Arc::unwrap_or_clone)
            })?,
            custom: take_part(&self.properties, reader).map(Arc::unwrap_or_clone)?,
        })
    }

    fn put_license(&self, license: &License, bytes: &mut Vec<u8>) {
        bytes.put_text(license.number.as_str());
        put_part(&self.patterns, &Pattern::of(license), bytes);
        let parts = [
            (STARTED, license.start_date.is_some()),
            (USED, license.used_quantity.is_some()),
            (SESSIONS, !license.sessions.is_empty()),
            (NODES, !license.node_secrets.is_empty()),
        ];
        let present = parts.into_iter().filter(|(_, is_present)| *is_present);
        bytes.push(present.fold(0, |parts, (part, _)| parts | part));
        if let Some(start) = &license.start_date {
            put_instant(start, bytes);
        }
        if let Some(used) = &license.used_quantity {
            bytes.put_text(used.text());
        }
        if !license.sessions.is_empty() {
            bytes.put_count(license.sessions.len() as u64);
            for (session, until) in &license.sessions {
                bytes.put_text(session);
                put_instant(until, bytes);
            }
        }
        if !license.node_secrets.is_empty() {
            bytes.put_count(license.node_secrets.len() as u64);
            for (slot, secret) in &license.node_secrets {
                bytes.put_count(u64::from(*slot));
                bytes.put_text(secret);
            }
        }
    }

    fn take_license(&self, reader: &mut ByteReader<'_>) -> Option<License> {
        let number = LicenseNumber::parse(reader.text()?).ok()?;
        let mut license = take_part(&self.patterns, reader)?.license(number);
        let parts = reader.byte()?;
        let has = |part| parts & part != 0;
        if has(STARTED) {
            license.start_date = Some(take_instant(reader)?);
        }
        if has(USED) {
            license.used_quantity = Some(Given::read(reader.text()?, integer));
        }
        if has(SESSIONS) {
            for _ in 0..reader.length()? {
                let session = reader.text()?.into();
                license.sessions.insert(session, take_instant(reader)?);
            }
        }
        if has(NODES) {
            for _ in 0..reader.length()? {
                let slot = u32::try_from(reader.count()?).ok()?;
                license.node_secrets.insert(slot, reader.text()?.into());
            }
        }
        Some(license)
    }
}

/// A text that is just as we write its instant is put as the instant, any other behind a 0.
fn put_instant(given: &Given<Timestamp>, bytes: &mut Vec<u8>) {
    let is_ours = |at: &&Timestamp| format_timestamp(**at) == given.text();
    match given.value().filter(is_ours) {
        Some(at) => bytes.put_count(folded(at.as_millisecond()).saturating_add(1)),
        None => {
            bytes.put_count(0);
            bytes.put_text(given.text());
        }
    }
}

fn take_instant(reader: &mut ByteReader<'_>) -> Option<Given<Timestamp>> {
    match reader.count()?.checked_sub(1) {
        Some(at) => {
            let at = Timestamp::from_millisecond(unfolded(at)).ok()?;
            Some(Given::read(&format_timestamp(at), |_| Some(at)))
        }
        None => Some(Given::read(reader.text()?, parse_timestamp)),
    }
}

#[cfg(test)]
mod tests;
