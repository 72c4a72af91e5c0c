//! From parameters to the question of a validation (licensing models, G-5 and G-7).

use leasehold_model::property::Properties;
use leasehold_model::validate::{ModuleParameters, ValidationRequest};

use super::{Form, FormError};
use crate::entity::names;

/// The key that opens a group, before its digits.
const OPENING: &str = "productModuleNumber";

/// The call's own parameters (G-5), and what is reserved everywhere (wire contract, section 5).
const RESERVED: [&str; 10] = [
    "licenseeName",
    "licenseeNumber",
    "dryRun",
    "forOfflineUse",
    "id",
    "vendorNumber",
    "forceCascade",
    "filter",
    "shop-license-id",
    "shopping-cart",
];

impl Form {
    /// The question that a validate request asks; grouping by G-7, custom properties by G-5.
    ///
    /// Groups come in the order of their opening keys; a group whose module is empty names
    /// nothing and is left out. Empty values of the call's own parameters count as absent.
    pub fn validation_request(&self) -> Result<ValidationRequest, FormError> {
        Ok(ValidationRequest {
            dry_run: self.boolean("dryRun")?.unwrap_or(false),
            for_offline_use: self.boolean("forOfflineUse")?.unwrap_or(false),
            ..self.question()?
        })
    }

    /// The question that a validate request by GET asks. It does not offer `dryRun` and
    /// `forOfflineUse`: they are ignored, whatever they say (wire contract, 7.6).
    pub fn deprecated_validation_request(&self) -> Result<ValidationRequest, FormError> {
        self.question()
    }

    /// What both methods ask.
    fn question(&self) -> Result<ValidationRequest, FormError> {
        let mut groups = Groups::open(self);
        let mut custom = Vec::new();
        for (name, value) in self.iter() {
            let key = Key::of(name);
            if key.opens_group() || groups.take(key, value) || is_reserved(name) || value.is_empty()
            {
                continue;
            }
            if !super::is_custom_name(name) {
                return Err(FormError::Limit("the length of a custom property's name"));
            }
            custom.push((name, value));
        }
        Ok(ValidationRequest {
            product: self.text("productNumber").map(Into::into),
            licensee_name: self.text("licenseeName").map(Into::into),
            licensee_secret: self.text("licenseeSecret").map(Into::into),
            dry_run: false,
            for_offline_use: false,
            ends: None,
            by_the_minute: false,
            modules: groups.into_modules(),
            custom: properties(custom),
        })
    }
}

/// Sorted first, so that ten thousand properties in descending order cost no more than in ascending.
fn properties(mut pairs: Vec<(&str, &str)>) -> Properties {
    pairs.sort_unstable();
    pairs.into_iter().collect()
}

/// A licensee's own properties cannot be set by a validation. A name that differs from one of them
/// in letter case alone would shadow it in clients that look up ignoring case, hence it is
/// reserved as well (wire contract, section 5).
fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
        || names::LICENSEE
            .iter()
            .any(|standard| standard.eq_ignore_ascii_case(name))
}

/// A key, split before its longest run of trailing digits.
#[derive(Clone, Copy)]
struct Key<'a> {
    name: &'a str,
    group: &'a str,
}

impl<'a> Key<'a> {
    fn of(text: &'a str) -> Self {
        let name = text.trim_end_matches(|digit: char| digit.is_ascii_digit());
        Self {
            name,
            group: &text[name.len()..],
        }
    }

    fn opens_group(self) -> bool {
        self.name == OPENING
    }
}

/// The opened groups, and their places among `modules`, sorted by their digits as text.
struct Groups<'a> {
    modules: Vec<ModuleParameters>,
    places: Vec<(&'a str, usize)>,
}

impl<'a> Groups<'a> {
    fn open(form: &'a Form) -> Self {
        let mut groups = Self {
            modules: Vec::new(),
            places: Vec::new(),
        };
        for (name, module) in form.iter() {
            let key = Key::of(name);
            if key.opens_group() {
                groups.places.push((key.group, groups.modules.len()));
                groups.modules.push(ModuleParameters {
                    module: module.into(),
                    ..ModuleParameters::default()
                });
            }
        }
        groups.places.sort_unstable();
        groups
    }

    /// Gives the parameter to its group; `true` when the group consumes it. A numbered group
    /// consumes whatever carries its digits, the group without digits only what it knows.
    fn take(&mut self, key: Key<'_>, value: &str) -> bool {
        let found = self
            .places
            .binary_search_by(|(group, _)| (*group).cmp(key.group));
        let Ok(found) = found else {
            return false;
        };
        let (_, place) = self.places[found];
        let Some(slot) = slot(&mut self.modules[place], key.name) else {
            return !key.group.is_empty();
        };
        *slot = Some(value.into());
        true
    }

    fn into_modules(self) -> Vec<ModuleParameters> {
        let mut modules = self.modules;
        modules.retain(|group| !group.module.is_empty());
        modules
    }
}

fn slot<'a>(group: &'a mut ModuleParameters, name: &str) -> Option<&'a mut Option<Box<str>>> {
    Some(match name {
        "sessionId" => &mut group.session_id,
        "action" => &mut group.action,
        "maxCheckoutValidity" => &mut group.max_checkout_validity,
        "nodeSecret" => &mut group.node_secret,
        "usedQuantity" => &mut group.used_quantity,
        "reserveQuantity" => &mut group.reserve_quantity,
        _ => return None,
    })
}
