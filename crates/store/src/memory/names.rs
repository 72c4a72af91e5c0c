//! Which number or alias belongs to which licensee, and which license to whom.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::change::LicenseeChange;
use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;
use leasehold_model::number::{LicenseNumber, LicenseeNumber};
use leasehold_model::snapshot::LicenseeAggregate;

use super::catalogue::Catalogue;
use super::entry::Entry;
use super::license_names::{LicenseNames, LicensePlace};
use super::licensee_names::LicenseeNames;
use crate::command::{LicenseePart, LicenseeStep, Use};
use crate::engine::LoadedLicensee;
use crate::error::StoreError;
use crate::ids::{Ids, LicenseId, LicenseeId, TemplateId};

/// The index of a vendor's licensees and licenses, complete even where bodies are not in memory.
#[derive(Debug, Default)]
pub(crate) struct Names {
    licensees: LicenseeNames,
    licenses: LicenseNames,
    /// How many licenses were made from a template.
    uses: HashMap<TemplateId, usize>,
}

/// Changes to [`Names`] that are not in force yet: each is checked as if those before it were.
pub(crate) struct NameChanges<'a> {
    names: &'a Names,
    delta: NameDelta,
}

/// What [`NameChanges`] come to; `None` means the name is free.
#[derive(Debug, Default)]
pub(crate) struct NameDelta {
    licensees: HashMap<LicenseeNumber, Option<Arc<Entry>>>,
    licenses: HashMap<LicenseNumber, Option<LicensePlace>>,
    uses: HashMap<TemplateId, isize>,
}

impl Names {
    pub(crate) fn licensee(&self, number_or_alias: &str) -> Option<&Arc<Entry>> {
        self.licensees.get(number_or_alias)
    }

    pub(crate) fn license(&self, number: &str) -> Option<LicensePlace> {
        self.licenses.get(number)
    }

    /// All licenses of the vendor, oldest first.
    pub(crate) fn licenses(&self) -> Vec<(LicenseNumber, LicensePlace)> {
        let mut all: Vec<_> = self
            .licenses
            .iter()
            .filter_map(|(number, place)| Some((LicenseNumber::parse(number).ok()?, place)))
            .collect();
        all.sort_unstable_by_key(|(_, place)| place.id);
        all
    }

    pub(crate) fn uses(&self, template: TemplateId) -> usize {
        self.uses.get(&template).copied().unwrap_or(0)
    }

    /// Takes in a licensee that was read from the disk, where no name is there twice.
    pub(crate) fn add(
        &mut self,
        entry: &Arc<Entry>,
        loaded: &LoadedLicensee,
    ) -> Result<(), StoreError> {
        for name in names_of(&loaded.aggregate.licensee) {
            if !self.licensees.add(name.as_str(), Arc::clone(entry)) {
                return Err(StoreError::NumberTaken(name.into()));
            }
        }
        for (number, id, template) in &loaded.licenses {
            let place = LicensePlace {
                owner: entry.id,
                id: *id,
                template: *template,
            };
            if !self.licenses.add(number.as_str(), &place) {
                return Err(StoreError::NumberTaken(number.into()));
            }
            *self.uses.entry(*template).or_default() += 1;
        }
        Ok(())
    }

    /// Gives `owner` the names that it has on disk, in place of those that it had. `former`: its body
    /// until now, which tells them; without it all names are searched. The disk is right: a name that
    /// seems to be another's is taken from it, which will be refreshed in its turn.
    pub(crate) fn refresh(
        &mut self,
        owner: &Arc<Entry>,
        former: Option<&LicenseeAggregate>,
        now: Option<&LoadedLicensee>,
    ) {
        let (names, licenses) = match former {
            Some(former) => {
                let names = names_of(&former.licensee).map(|name| name.as_str().into());
                let licenses = former.licenses.iter();
                let licenses = licenses.map(|license| license.number.as_str().into());
                (names.collect(), licenses.collect())
            }
            None => self.names_of_owner(owner.id),
        };
        for name in &names {
            let holder = self.licensees.get(name);
            if holder.is_some_and(|holder| holder.id == owner.id) {
                self.licensees.remove(name);
            }
        }
        for number in &licenses {
            let place = self.licenses.get(number);
            if place.is_some_and(|place| place.owner == owner.id) {
                self.remove_license(number);
            }
        }
        let Some(now) = now else {
            return;
        };
        for name in names_of(&now.aggregate.licensee) {
            self.licensees.insert(name.as_str(), Arc::clone(owner));
        }
        for (number, id, template) in &now.licenses {
            self.remove_license(number.as_str());
            *self.uses.entry(*template).or_default() += 1;
            let place = LicensePlace {
                owner: owner.id,
                id: *id,
                template: *template,
            };
            self.licenses.insert(number.as_str(), &place);
        }
    }

    /// The names of a licensee, and the numbers of its licenses, found by going through all.
    fn names_of_owner(&self, owner: LicenseeId) -> (Vec<Box<str>>, Vec<Box<str>>) {
        let names = self.licensees.iter();
        let names = names.filter(|(_, entry)| entry.id == owner);
        let licenses = self.licenses.iter();
        let licenses = licenses.filter(|(_, place)| place.owner == owner);
        (
            names.map(|(name, _)| name.into()).collect(),
            licenses.map(|(number, _)| number.into()).collect(),
        )
    }

    fn remove_license(&mut self, number: &str) {
        let Some(place) = self.licenses.remove(number) else {
            return;
        };
        if let Some(uses) = self.uses.get_mut(&place.template) {
            *uses = uses.saturating_sub(1);
            if *uses == 0 {
                self.uses.remove(&place.template);
            }
        }
    }

    pub(crate) fn apply(&mut self, delta: NameDelta) {
        for (name, entry) in delta.licensees {
            match entry {
                Some(entry) => self.licensees.insert(name.as_str(), entry),
                None => self.licensees.remove(name.as_str()),
            }
        }
        for (number, place) in delta.licenses {
            match place {
                Some(place) => self.licenses.insert(number.as_str(), &place),
                None => {
                    self.licenses.remove(number.as_str());
                }
            }
        }
        for (template, change) in delta.uses {
            let uses = self.uses.entry(template).or_default();
            *uses = uses.saturating_add_signed(change);
            if *uses == 0 {
                self.uses.remove(&template);
            }
        }
    }
}

impl PartialEq for Names {
    /// Equal when the same names mean the same rows.
    fn eq(&self, other: &Self) -> bool {
        let licensees = self.licensees.len() == other.licensees.len()
            && self.licensees.iter().all(|(name, entry)| {
                let same = other.licensees.get(name);
                same.is_some_and(|same| same.id == entry.id)
            });
        let licenses = self.licenses.len() == other.licenses.len()
            && self
                .licenses
                .iter()
                .all(|(number, place)| other.licenses.get(number) == Some(place));
        licensees && licenses && self.uses == other.uses
    }
}

impl<'a> NameChanges<'a> {
    pub(crate) fn new(names: &'a Names) -> Self {
        Self {
            names,
            delta: NameDelta::default(),
        }
    }

    pub(crate) fn finish(self) -> NameDelta {
        self.delta
    }

    pub(crate) fn licensee(&self, number_or_alias: &str) -> Option<&Arc<Entry>> {
        match self.delta.licensees.get(number_or_alias) {
            Some(changed) => changed.as_ref(),
            None => self.names.licensee(number_or_alias),
        }
    }

    pub(crate) fn license(&self, number: &LicenseNumber) -> Option<LicensePlace> {
        match self.delta.licenses.get(number) {
            Some(changed) => *changed,
            None => self.names.license(number.as_str()),
        }
    }

    pub(crate) fn uses(&self, template: TemplateId) -> usize {
        let change = self.delta.uses.get(&template).copied().unwrap_or(0);
        self.names.uses(template).saturating_add_signed(change)
    }

    /// Takes a new licensee's number and aliases.
    pub(crate) fn take_names(
        &mut self,
        entry: &Arc<Entry>,
        licensee: &Licensee,
    ) -> Result<(), StoreError> {
        for name in names_of(licensee) {
            if self.licensee(name.as_str()).is_some() {
                return Err(StoreError::NumberTaken(name.into()));
            }
            let taken = Some(Arc::clone(entry));
            self.delta.licensees.insert(name.clone(), taken);
        }
        Ok(())
    }

    /// Frees a licensee's number and aliases.
    pub(crate) fn free_names(&mut self, licensee: &Licensee) {
        for name in names_of(licensee) {
            self.delta.licensees.insert(name.clone(), None);
        }
    }

    /// Takes a license's number.
    pub(crate) fn take_license(
        &mut self,
        number: &LicenseNumber,
        place: LicensePlace,
    ) -> Result<(), StoreError> {
        if self.license(number).is_some() {
            return Err(StoreError::NumberTaken(number.into()));
        }
        *self.delta.uses.entry(place.template).or_default() += 1;
        self.delta.licenses.insert(number.clone(), Some(place));
        Ok(())
    }

    /// Frees the number of a license of `entry`, and returns its rows.
    pub(crate) fn free_license(
        &mut self,
        entry: &Arc<Entry>,
        number: &LicenseNumber,
    ) -> Result<LicensePlace, StoreError> {
        let place = self.owned(entry, number)?;
        *self.delta.uses.entry(place.template).or_default() -= 1;
        self.delta.licenses.insert(number.clone(), None);
        Ok(place)
    }

    /// Checks one change of `entry`, whose aggregate is now `body`, and resolves it to rows.
    pub(crate) fn resolve(
        &mut self,
        catalogue: &Catalogue,
        ids: &Ids,
        entry: &Arc<Entry>,
        body: &LicenseeAggregate,
        change: &LicenseeChange,
        now: Timestamp,
    ) -> Result<LicenseeStep, StoreError> {
        let part = match change {
            LicenseeChange::Put(put) => {
                self.free_names(&body.licensee);
                self.take_names(entry, put)?;
                LicenseePart::Own(change.clone())
            }
            LicenseeChange::StoreSecret(_) | LicenseeChange::Warn(_) => {
                LicenseePart::Own(change.clone())
            }
            LicenseeChange::PutLicense { former, license } => {
                let template = catalogue
                    .template_place(license.template.as_str())
                    .ok_or_else(|| StoreError::absent("template", &license.template))?
                    .id;
                let id = match former {
                    Some(former) => self.free_license(entry, former)?.id,
                    None => LicenseId(ids.next(now)),
                };
                let place = LicensePlace {
                    owner: entry.id,
                    id,
                    template,
                };
                self.take_license(&license.number, place)?;
                let license = license.clone();
                LicenseePart::PutLicense {
                    id,
                    template,
                    license,
                }
            }
            LicenseeChange::RemoveLicense(number) => {
                LicenseePart::RemoveLicense(self.free_license(entry, number)?.id, number.clone())
            }
            LicenseeChange::Use { license, amount } => {
                let id = self.owned(entry, license)?.id;
                let used = Use {
                    license: license.clone(),
                    amount: *amount,
                    before: body.license(license).map_or(0, License::used),
                };
                LicenseePart::Use(id, used)
            }
            LicenseeChange::Start { license, .. }
            | LicenseeChange::HoldSession { license, .. }
            | LicenseeChange::DropSession { license, .. }
            | LicenseeChange::BindNode { license, .. } => {
                LicenseePart::License(self.owned(entry, license)?.id, change.clone())
            }
        };
        Ok(LicenseeStep { id: entry.id, part })
    }

    fn owned(
        &self,
        entry: &Arc<Entry>,
        number: &LicenseNumber,
    ) -> Result<LicensePlace, StoreError> {
        self.license(number)
            .filter(|place| place.owner == entry.id)
            .ok_or_else(|| StoreError::absent("license of that licensee", number))
    }
}

/// A licensee's number and aliases.
fn names_of(licensee: &Licensee) -> impl Iterator<Item = &LicenseeNumber> {
    std::iter::once(&licensee.number).chain(&licensee.aliases)
}

/// True when the change alters [`Names`].
pub(crate) fn changes_names(change: &LicenseeChange) -> bool {
    matches!(
        change,
        LicenseeChange::Put(_)
            | LicenseeChange::PutLicense { .. }
            | LicenseeChange::RemoveLicense(_)
    )
}

/// True when [`NameChanges::resolve`] looks at the body: what is used of a license, or the names that a
/// licensee had.
pub(crate) fn rests_on_body(change: &LicenseeChange) -> bool {
    matches!(change, LicenseeChange::Put(_) | LicenseeChange::Use { .. })
}
