//! The parts of a licensee that others have, too.

use std::hash::Hash;
use std::sync::Arc;

use leasehold_model::license::{Configuration, License};
use leasehold_model::licensee::{WarningLevel, WarningLevels};
use leasehold_model::money::{Currency, Money};
use leasehold_model::number::{LicenseNumber, LicenseTemplateNumber, ProductModuleNumber};
use leasehold_model::property::Properties;

use crate::memory::bytes::{ByteReader, WriteBytes, folded, unfolded};
use crate::memory::shared::Shared;

/// What stands in packed bytes as a number where it is shared, and else in full.
pub(super) trait Part: Clone + Eq + Hash {
    fn put(&self, bytes: &mut Vec<u8>);

    fn take(reader: &mut ByteReader<'_>) -> Option<Self>;
}

/// Numbers begin with 1; 0 stands before a part in full.
pub(super) fn put_part<T: Part>(shared: &Shared<T>, part: &T, bytes: &mut Vec<u8>) {
    match shared.number(part) {
        Some(number) => bytes.put_count(u64::from(number) + 1),
        None => {
            bytes.put_count(0);
            part.put(bytes);
        }
    }
}

pub(super) fn take_part<T: Part>(
    shared: &Shared<T>,
    reader: &mut ByteReader<'_>,
) -> Option<Arc<T>> {
    match reader.count()?.checked_sub(1) {
        Some(number) => shared.part(number),
        None => T::take(reader).map(Arc::new),
    }
}

/// What the licenses of one template mostly have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Pattern {
    template: LicenseTemplateNumber,
    active: bool,
    name: Option<Box<str>>,
    price: Option<Money>,
    hidden: bool,
    configuration: Arc<Configuration>,
}

impl Pattern {
    pub(super) fn of(license: &License) -> Self {
        Self {
            template: license.template.clone(),
            active: license.active,
            name: license.name.clone(),
            price: license.price,
            hidden: license.hidden,
            configuration: Arc::clone(license.configuration()),
        }
    }

    /// A license of this pattern, without state.
    pub(super) fn license(&self, number: LicenseNumber) -> License {
        let configuration = Arc::clone(&self.configuration);
        let mut license = License::configured(number, self.template.clone(), configuration);
        license.active = self.active;
        license.name.clone_from(&self.name);
        license.price = self.price;
        license.hidden = self.hidden;
        license
    }
}

impl Part for Pattern {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.put_text(self.template.as_str());
        bytes.push(u8::from(self.active));
        put_if(self.name.as_ref(), bytes, |name, bytes| {
            bytes.put_text(name)
        });
        put_if(self.price.as_ref(), bytes, |price, bytes| {
            bytes.put_count(folded(price.hundredths));
            bytes.put_text(price.currency.as_str());
        });
        bytes.push(u8::from(self.hidden));
        self.configuration.properties().put(bytes);
    }

    fn take(reader: &mut ByteReader<'_>) -> Option<Self> {
        Some(Self {
            template: LicenseTemplateNumber::parse(reader.text()?).ok()?,
            active: reader.byte()? != 0,
            name: take_if(reader, |reader| Some(reader.text()?.into()))?,
            price: take_if(reader, |reader| {
                Some(Money {
                    hundredths: unfolded(reader.count()?),
                    currency: Currency::parse(reader.text()?)?,
                })
            })?,
            hidden: reader.byte()? != 0,
            configuration: Arc::new(Configuration::read(Properties::take(reader)?)),
        })
    }
}

impl Part for Properties {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.put_count(self.len() as u64);
        for (name, value) in self.iter() {
            bytes.put_text(name);
            bytes.put_text(value);
        }
    }

    fn take(reader: &mut ByteReader<'_>) -> Option<Self> {
        let count = reader.length()?;
        (0..count)
            .map(|_| Some((reader.text()?, reader.text()?)))
            .collect()
    }
}

impl Part for WarningLevels {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.put_count(self.0.len() as u64);
        for (module, level) in &self.0 {
            bytes.put_text(module.as_str());
            bytes.put_text(level.as_str());
        }
    }

    fn take(reader: &mut ByteReader<'_>) -> Option<Self> {
        let count = reader.length()?;
        let levels = (0..count).map(|_| {
            let module = ProductModuleNumber::parse(reader.text()?).ok()?;
            Some((module, WarningLevel::parse(reader.text()?)?))
        });
        levels.collect::<Option<_>>().map(Self)
    }
}

/// Writes whether there is something, and what.
pub(super) fn put_if<T>(value: Option<T>, bytes: &mut Vec<u8>, put: impl FnOnce(T, &mut Vec<u8>)) {
    bytes.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put(value, bytes);
    }
}

/// What [`put_if`] wrote; the outer `None` is for bytes that are something else.
pub(super) fn take_if<T>(
    reader: &mut ByteReader<'_>,
    take: impl FnOnce(&mut ByteReader<'_>) -> Option<T>,
) -> Option<Option<T>> {
    if reader.byte()? == 0 {
        return Some(None);
    }
    take(reader).map(Some)
}
