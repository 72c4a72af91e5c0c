//! Licenses: what a licensee owns.
//!
//! A license has two halves. `properties` is configuration: texts that the
//! vendor set or that were copied from the template, read once into [`Terms`].
//! The other half is state that validation writes: start, usage, sessions,
//! bindings. They are apart because an import takes the first from the
//! package and merges the second (licensing models, section 13).

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use jiff::Timestamp;

use crate::money::Money;
use crate::number::{LicenseNumber, LicenseTemplateNumber};
use crate::property::{Given, Properties, boolean, integer};
use crate::template::LicenseTemplate;
use crate::timestamp::parse_timestamp;
use crate::volume::{Period, TimeVolume};

/// The terms that a license copies from its template. The SKUs of a plan are not among them: a
/// license's own replace the plan's one by one (PT-6).
const COPIED_TERMS: [&str; 6] = [
    "timeVolume",
    "timeVolumePeriod",
    "maxSessions",
    "quantity",
    "quota",
    "gracePeriod",
];

/// A license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct License {
    /// Unique within the vendor.
    pub number: LicenseNumber,
    /// The template it was made from.
    pub template: LicenseTemplateNumber,
    /// Inactive: it counts nowhere (G-6).
    pub active: bool,
    /// For people; `None` in data that never had one.
    pub name: Option<Box<str>>,
    /// Copied from the template, read-only.
    pub price: Option<Money>,
    /// Not shown in the shop.
    pub hidden: bool,
    /// When its time begins; validation sets it while absent.
    pub start_date: Option<Given<Timestamp>>,
    /// Credits used so far (Pay-per-Use); absent means 0.
    pub used_quantity: Option<Given<i64>>,
    /// Live and lapsed sessions (Floating), by session id. Each ends at its instant; a text that
    /// is no instant has lapsed.
    pub sessions: BTreeMap<Box<str>, Given<Timestamp>>,
    /// Bound node secrets (Node-Locked), by slot.
    pub node_secrets: BTreeMap<u32, Box<str>>,
    configuration: Arc<Configuration>,
}

/// A license's configuration and custom properties, and what they mean. Licenses with the same may
/// share one, since most are as their template made them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Configuration {
    properties: Properties,
    terms: Terms,
}

impl Configuration {
    /// Reads the meaning of `properties`, none of which is state.
    pub fn read(properties: Properties) -> Self {
        let terms = Terms::read(&properties);
        Self { properties, terms }
    }

    /// The texts.
    pub fn properties(&self) -> &Properties {
        &self.properties
    }
}

impl core::hash::Hash for Configuration {
    /// The terms follow from the properties.
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.properties.hash(state);
    }
}

/// What a license's configuration means. An unusable text means the same as an absent one, except
/// where a rule says otherwise (G-3, Q-5, FL-3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// The usable time volume; without one the license is skipped and never started.
    pub volume: Option<TimeVolume>,
    /// A grace license (SUB-7).
    pub grace: bool,
    /// Seats (Floating); malformed or negative: 0.
    pub max_sessions: i64,
    /// `quantity` as written; `None` when absent or empty, `Some(None)` when malformed.
    pub quantity: Option<Option<i64>>,
    /// `quota` as written; likewise.
    pub quota: Option<Option<i64>>,
    /// The FEATURE license that a Rental time volume belongs to, by its number.
    pub parent_feature: Option<Box<str>>,
}

impl Terms {
    /// Reads the terms from properties by their names on the wire.
    pub fn read(properties: &Properties) -> Self {
        let period = match properties.get("timeVolumePeriod") {
            None => Some(Period::default()),
            Some(text) => Period::parse(text),
        };
        let count = properties
            .get("timeVolume")
            .and_then(integer)
            .filter(|count| *count >= 1);
        let number = |name: &str| properties.get(name).map(integer);
        Self {
            volume: period
                .zip(count)
                .map(|(period, count)| TimeVolume { count, period }),
            grace: properties.get("gracePeriod").and_then(boolean) == Some(true),
            max_sessions: number("maxSessions").flatten().unwrap_or(0).max(0),
            quantity: number("quantity"),
            quota: number("quota"),
            parent_feature: ["parentfeature", "parentFeature"]
                .into_iter()
                .find_map(|name| properties.get(name))
                .map(Into::into),
        }
    }
}

impl License {
    /// A license with configuration `properties`, among them the state that it has already.
    pub fn new(
        number: LicenseNumber,
        template: LicenseTemplateNumber,
        properties: Properties,
    ) -> Self {
        let is_plain = |name| matches!(PropertyName::of(name), PropertyName::Plain);
        if properties.iter().all(|(name, _)| is_plain(name)) {
            let configuration = Arc::new(Configuration::read(properties));
            return Self::configured(number, template, configuration);
        }
        let mut license = Self::configured(number, template, Arc::default());
        for (name, value) in properties.iter() {
            license.set(name, value);
        }
        license
    }

    /// A license with a configuration that others may share, and no state yet.
    pub fn configured(
        number: LicenseNumber,
        template: LicenseTemplateNumber,
        configuration: Arc<Configuration>,
    ) -> Self {
        Self {
            number,
            template,
            active: true,
            name: None,
            price: None,
            hidden: false,
            start_date: None,
            used_quantity: None,
            sessions: BTreeMap::new(),
            node_secrets: BTreeMap::new(),
            configuration,
        }
    }

    /// A license made from `template`: the terms it copies, and what else the template lends it.
    /// From then on only its own values count. Source: licensing models, G-5.5.
    pub fn from_template(number: LicenseNumber, template: &LicenseTemplate) -> Self {
        let copied = COPIED_TERMS
            .into_iter()
            .filter_map(|name| Some((name, template.properties.get(name)?)))
            .collect();
        Self {
            name: Some(template.name.clone()),
            price: template.price,
            hidden: template.hide_licenses,
            ..Self::new(number, template.number.clone(), copied)
        }
    }

    /// What its configuration means.
    pub fn terms(&self) -> &Terms {
        &self.configuration.terms
    }

    /// Its configuration and custom properties, without the state that has fields of its own.
    pub fn properties(&self) -> &Properties {
        &self.configuration.properties
    }

    /// The same with its meaning, to be shared.
    pub fn configuration(&self) -> &Arc<Configuration> {
        &self.configuration
    }

    /// Sets a property by its name on the wire, state included; an empty value deletes it.
    /// Reading is lenient: a write request has been judged before it comes here, and stored data
    /// must never break a validation (G-3).
    pub fn set(&mut self, name: &str, value: &str) {
        let given = (!value.is_empty()).then_some(value);
        match PropertyName::of(name) {
            PropertyName::StartDate => {
                self.start_date = given.map(|text| Given::read(text, parse_timestamp))
            }
            PropertyName::UsedQuantity => {
                self.used_quantity = given.map(|text| Given::read(text, integer))
            }
            PropertyName::Session(id) => match given {
                Some(text) => {
                    self.sessions
                        .insert(id.into(), Given::read(text, parse_timestamp));
                }
                None => {
                    self.sessions.remove(id);
                }
            },
            PropertyName::NodeSecret(slot) => match given {
                Some(secret) => {
                    self.node_secrets.insert(slot, secret.into());
                }
                None => {
                    self.node_secrets.remove(&slot);
                }
            },
            PropertyName::Plain => {
                let configuration = Arc::make_mut(&mut self.configuration);
                configuration.properties.set(name, value);
                configuration.terms = Terms::read(&configuration.properties);
            }
        }
    }
}

/// Where a license keeps a property.
enum PropertyName<'a> {
    StartDate,
    UsedQuantity,
    Session(&'a str),
    NodeSecret(u32),
    Plain,
}

impl<'a> PropertyName<'a> {
    fn of(name: &'a str) -> Self {
        match name {
            "startDate" => return Self::StartDate,
            "usedQuantity" => return Self::UsedQuantity,
            _ => {}
        }
        if let Some(id) = name.strip_prefix("sessionId_") {
            return Self::Session(id);
        }
        name.strip_prefix("nodeSecret")
            .and_then(slot)
            .map_or(Self::Plain, Self::NodeSecret)
    }
}

/// A slot's index: decimal without leading zeros (NL-4).
fn slot(text: &str) -> Option<u32> {
    let canonical =
        text == "0" || (!text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()));
    if canonical { text.parse().ok() } else { None }
}
