//! A case's world in memory, and the steps that change it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use leasehold_model::acquire::automatic_licenses;
use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::license::License;
use leasehold_model::number::{LicenseNumber, LicenseeNumber};
use leasehold_model::snapshot::{ProductTree, Snapshot, StatefulRights, Subject};
use leasehold_model::transfer::{Party, transfer};
use leasehold_model::validate::{Refusal, ValidationRequest, Verdicts, validate};
use leasehold_testkit::cases::{Action, Resident, World, form_body};
use leasehold_wire::form::Form;
use serde_json::{Value, json};

use super::show;

/// The world, and the licenses that calls have made in it.
pub(crate) struct Stage {
    world: World,
    drawn: usize,
    /// The case's name of each license made by a call: `@new:` and its template's number.
    made: BTreeMap<String, String>,
}

impl Stage {
    pub(crate) fn set(given: &World) -> Self {
        Self {
            world: given.clone(),
            drawn: 0,
            made: BTreeMap::new(),
        }
    }

    /// Plays one step; its answer in the words of the case, null where it has none.
    pub(crate) fn play(&mut self, action: &Action) -> Value {
        match action {
            Action::Validate {
                at,
                licensee,
                params,
            } => return self.validate(licensee, params, *at),
            Action::Transfer { licensee, source } => return self.transfer(source, licensee),
            Action::SetLicense {
                licensee,
                license,
                active,
                properties,
            } => self.set_license(licensee, license, *active, properties),
            Action::AddLicense { licensee, license } => {
                self.put(licensee, None, (**license).clone())
            }
            Action::RemoveLicense { licensee, license } => {
                let number = self.license(licensee, license).number;
                self.apply(licensee, &[LicenseeChange::RemoveLicense(number)]);
            }
            Action::SetModule {
                module,
                active,
                properties,
            } => self.set_module(module, *active, properties),
        }
        Value::Null
    }

    /// The complete state in the words of the case.
    pub(crate) fn state(&self) -> Value {
        let name = |number: &LicenseNumber| self.name(number);
        let licensees = self.world.licensees.iter();
        licensees
            .map(|resident| {
                let number = resident.aggregate.licensee.number.as_str().to_owned();
                (number, show::licensee(&resident.aggregate, name))
            })
            .collect()
    }

    fn validate(&mut self, licensee: &str, params: &[(String, String)], now: Timestamp) -> Value {
        let request = Form::parse("", form_body(params).as_bytes())
            .and_then(|form| form.validation_request());
        let Ok(request) = request else {
            return show::refusal(400, "MalformedRequestException");
        };
        match self.ask(licensee, &request, now) {
            Err(Refusal::UnknownLicensee | Refusal::NoAutoCreate) => {
                show::refusal(404, "NotFoundException")
            }
            Err(Refusal::ProductMismatch | Refusal::ModuleNamedTwice) => {
                show::refusal(400, "MalformedRequestException")
            }
            Ok(Verdicts::Known(decision)) => {
                self.apply(licensee, &decision.changes);
                show::validation(&decision.outcome, |number| self.name(number))
            }
            Ok(Verdicts::Created {
                outcome,
                product,
                licensee: created,
                changes,
            }) => {
                if let Some(created) = created {
                    let licenses = Vec::new();
                    let aggregate = leasehold_model::snapshot::LicenseeAggregate {
                        licensee: created,
                        licenses,
                    };
                    self.world.licensees.push(Resident { product, aggregate });
                }
                self.apply(licensee, &changes);
                show::validation(&outcome, |number| self.name(number))
            }
        }
    }

    fn ask(
        &mut self,
        licensee: &str,
        request: &ValidationRequest,
        now: Timestamp,
    ) -> Result<Verdicts, Refusal> {
        let unknown = LicenseeNumber::parse(licensee).unwrap();
        let subject = match self.world.licensee(licensee) {
            Some(resident) => Subject::Known {
                product: self.home(resident),
                licensee: &resident.aggregate,
                stateful: StatefulRights::Held,
            },
            None => Subject::Unknown {
                number: &unknown,
                product: request
                    .product
                    .as_deref()
                    .and_then(|number| self.world.product(number)),
            },
        };
        let snapshot = Snapshot {
            awaited_events: leasehold_model::event::EventSet::NONE,
            ttl: self.world.ttl,
            subject,
        };
        // A dry run shows licenses in its answer that it does not make: they have their names too.
        let shown = match subject {
            Subject::Unknown {
                product: Some(tree),
                ..
            } => {
                let mut numbers = (self.drawn + 1..).map(made);
                automatic_licenses(tree, false, &mut || numbers.next().unwrap())
            }
            _ => Vec::new(),
        };
        let mut drawn = self.drawn;
        let mut fresh = || {
            drawn += 1;
            made(drawn)
        };
        let verdicts = validate(snapshot, request, &mut fresh, now);
        self.drawn = drawn;
        shown.iter().for_each(|license| self.learn(license));
        verdicts
    }

    fn learn(&mut self, license: &License) {
        let name = format!("@new:{}", license.template);
        self.made.insert(license.number.as_str().to_owned(), name);
    }

    fn transfer(&mut self, source: &str, target: &str) -> Value {
        let (Some(source), Some(target)) =
            (self.world.licensee(source), self.world.licensee(target))
        else {
            return json!({"status": 404});
        };
        let party = |resident| Party {
            product: self.home(resident),
            licensee: &resident.aggregate,
        };
        let Ok(changes) = transfer(party(source), party(target)) else {
            return json!({"status": 400});
        };
        for change in changes {
            let Change::Licensee { licensee, change } = change else {
                panic!("a transfer changes licensees only");
            };
            self.apply(licensee.as_str(), &[change]);
        }
        json!({"status": 204})
    }

    fn set_license(
        &mut self,
        licensee: &str,
        license: &str,
        active: Option<bool>,
        properties: &[(String, Option<String>)],
    ) {
        let mut license = self.license(licensee, license);
        license.active = active.unwrap_or(license.active);
        for (name, value) in properties {
            license.set(name, value.as_deref().unwrap_or_default());
        }
        self.put(licensee, Some(license.number.clone()), license);
    }

    fn set_module(
        &mut self,
        module: &str,
        active: Option<bool>,
        properties: &[(String, Option<String>)],
    ) {
        let modules = self
            .world
            .products
            .iter_mut()
            .flat_map(|tree| &mut tree.modules);
        let mut modules = modules.map(|tree| &mut tree.module);
        let module = modules
            .find(|entity| entity.number.as_str() == module)
            .unwrap();
        module.active = active.unwrap_or(module.active);
        for (name, value) in properties {
            module
                .properties
                .set(name, value.as_deref().unwrap_or_default());
        }
    }

    fn put(&mut self, licensee: &str, former: Option<LicenseNumber>, license: License) {
        self.apply(licensee, &[LicenseeChange::PutLicense { former, license }]);
    }

    fn apply(&mut self, licensee: &str, changes: &[LicenseeChange]) {
        let Some(resident) = self.world.licensee_mut(licensee) else {
            assert!(changes.is_empty(), "changes of nobody");
            return;
        };
        let mut new = Vec::new();
        for change in changes {
            resident.aggregate.apply(change);
            if let LicenseeChange::PutLicense {
                former: None,
                license,
            } = change
                && license.number.as_str().starts_with("made-")
            {
                new.push(license);
            }
        }
        new.into_iter().for_each(|license| self.learn(license));
    }

    fn home(&self, resident: &Resident) -> &ProductTree {
        self.world.product(resident.product.as_str()).unwrap()
    }

    fn license(&self, licensee: &str, name: &str) -> License {
        let resident = self.world.licensee(licensee).unwrap();
        let mut licenses = resident.aggregate.licenses.iter();
        let found = licenses.find(|license| self.name(&license.number) == name);
        found.unwrap().clone()
    }

    fn name(&self, number: &LicenseNumber) -> String {
        let number = number.as_str();
        self.made.get(number).map_or(number, |name| name).to_owned()
    }
}

/// The number of the license made as so many before it: told apart from the case's own.
fn made(count: usize) -> LicenseNumber {
    LicenseNumber::parse(&format!("made-{count}")).unwrap()
}
