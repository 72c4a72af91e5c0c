//! Which number or alias belongs to which licensee, and which license to whom.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::change::LicenseeChange;
use leasehold_model::licensee::Licensee;
use leasehold_model::number::{LicenseNumber, LicenseeNumber};
use leasehold_model::snapshot::LicenseeAggregate;

use super::catalogue::Catalogue;
use super::entry::Entry;
use crate::command::{LicenseePart, LicenseeStep};
use crate::engine::LoadedLicensee;
use crate::error::StoreError;
use crate::ids::{Ids, LicenseId, TemplateId};

/// The index of a vendor's licensees and licenses, complete even where bodies are not in memory.
#[derive(Debug, Default)]
pub(crate) struct Names {
    licensees: HashMap<LicenseeNumber, Arc<Entry>>,
    licenses: HashMap<LicenseNumber, LicensePlace>,
    /// How many licenses were made from a template.
    uses: HashMap<TemplateId, usize>,
}

/// Whose a license is.
#[derive(Debug, Clone)]
pub(crate) struct LicensePlace {
    pub(crate) owner: Arc<Entry>,
    pub(crate) id: LicenseId,
    pub(crate) template: TemplateId,
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

    pub(crate) fn license(&self, number: &str) -> Option<&LicensePlace> {
        self.licenses.get(number)
    }

    /// All licenses of the vendor, oldest first.
    pub(crate) fn licenses(&self) -> Vec<(LicenseNumber, LicensePlace)> {
        let mut all: Vec<_> = self
            .licenses
            .iter()
            .map(|(number, place)| (number.clone(), place.clone()))
            .collect();
        all.sort_unstable_by_key(|(_, place)| place.id);
        all
    }

    pub(crate) fn uses(&self, template: TemplateId) -> usize {
        self.uses.get(&template).copied().unwrap_or(0)
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
        let is_own = |entry: &Arc<Entry>| entry.id == owner.id;
        match former {
            Some(former) => {
                for name in names_of(&former.licensee) {
                    if self.licensees.get(name).is_some_and(is_own) {
                        self.licensees.remove(name);
                    }
                }
                for license in &former.licenses {
                    let place = self.licenses.get(&license.number);
                    if place.is_some_and(|place| is_own(&place.owner)) {
                        self.remove_license(&license.number);
                    }
                }
            }
            None => {
                self.licensees.retain(|_, entry| !is_own(entry));
                let own: Vec<LicenseNumber> = self
                    .licenses
                    .iter()
                    .filter(|(_, place)| is_own(&place.owner))
                    .map(|(number, _)| number.clone())
                    .collect();
                for number in own {
                    self.remove_license(&number);
                }
            }
        }
        let Some(now) = now else {
            return;
        };
        for name in names_of(&now.aggregate.licensee) {
            self.licensees.insert(name.clone(), Arc::clone(owner));
        }
        for (number, id, template) in &now.licenses {
            self.remove_license(number);
            *self.uses.entry(*template).or_default() += 1;
            let place = LicensePlace {
                owner: Arc::clone(owner),
                id: *id,
                template: *template,
            };
            self.licenses.insert(number.clone(), place);
        }
    }

    fn remove_license(&mut self, number: &LicenseNumber) {
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
                Some(entry) => self.licensees.insert(name, entry),
                None => self.licensees.remove(&name),
            };
        }
        for (number, place) in delta.licenses {
            match place {
                Some(place) => self.licenses.insert(number, place),
                None => self.licenses.remove(&number),
            };
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
            && self.licenses.iter().all(|(number, place)| {
                let row = |place: &LicensePlace| (place.owner.id, place.id, place.template);
                let same = other.licenses.get(number);
                same.is_some_and(|same| row(same) == row(place))
            });
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

    pub(crate) fn license(&self, number: &LicenseNumber) -> Option<&LicensePlace> {
        match self.delta.licenses.get(number) {
            Some(changed) => changed.as_ref(),
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
        let place = self.owned(entry, number)?.clone();
        *self.delta.uses.entry(place.template).or_default() -= 1;
        self.delta.licenses.insert(number.clone(), None);
        Ok(place)
    }

    /// Checks one change of `entry`, whose licensee is now `licensee`, and resolves it to rows.
    pub(crate) fn resolve(
        &mut self,
        catalogue: &Catalogue,
        ids: &Ids,
        entry: &Arc<Entry>,
        licensee: &Licensee,
        change: &LicenseeChange,
        now: Timestamp,
    ) -> Result<LicenseeStep, StoreError> {
        let part = match change {
            LicenseeChange::Put(put) => {
                self.free_names(licensee);
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
                let owner = Arc::clone(entry);
                let place = LicensePlace {
                    owner,
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
            LicenseeChange::Start { license, .. }
            | LicenseeChange::HoldSession { license, .. }
            | LicenseeChange::DropSession { license, .. }
            | LicenseeChange::Use { license, .. }
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
    ) -> Result<&LicensePlace, StoreError> {
        self.license(number)
            .filter(|place| place.owner.id == entry.id)
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
