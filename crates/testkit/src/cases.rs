//! The golden cases of the licensing models: files of `vectors/validate/`,
//! read into model types. What a step expects stays the JSON that it is, so
//! that each test compares in its own terms. The format is described in
//! `vectors/README.md`.

use std::path::Path;

use jiff::Timestamp;
use leasehold_model::license::License;
use leasehold_model::licensee::{Licensee, LicenseeSecret};
use leasehold_model::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber, ProductNumber,
};
use leasehold_model::product::{LicenseeSecretMode, LicensingModel, Product, ProductModule};
use leasehold_model::property::{Properties, boolean};
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree, ProductTree};
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::timestamp::parse_timestamp;
use leasehold_model::vendor::TtlMinutes;
use serde_json::{Map, Value};

/// One file of cases.
pub struct CaseFile {
    /// In the file's order.
    pub cases: Vec<Case>,
}

/// One story: a world, and what happens in it.
pub struct Case {
    /// Unique over all files, for example `fl-04`.
    pub id: String,
    /// For people.
    pub title: String,
    /// The state before the first step.
    pub given: World,
    /// In order, each on the state that the one before left.
    pub steps: Vec<Step>,
}

/// Everything of one vendor that a case needs.
#[derive(Clone)]
pub struct World {
    /// The vendor's setting.
    pub ttl: TtlMinutes,
    /// In the order of their creation.
    pub products: Vec<ProductTree>,
    /// In the file's order.
    pub licensees: Vec<Resident>,
}

/// A licensee of the world.
#[derive(Clone)]
pub struct Resident {
    /// Its product.
    pub product: ProductNumber,
    /// The licensee and its licenses.
    pub aggregate: LicenseeAggregate,
}

/// One step of a case.
pub struct Step {
    /// What happens.
    pub action: Action,
    /// What it answers, as in the file; null where an action has no answer.
    pub expect: Value,
    /// The complete state of all licensees afterwards; null where the file does not say.
    pub state_after: Value,
}

/// What happens in a step.
pub enum Action {
    /// A validation.
    Validate {
        /// The instant of the request.
        at: Timestamp,
        /// Number or alias, as it stands in the path.
        licensee: String,
        /// The form's fields, not encoded.
        params: Vec<(String, String)>,
    },
    /// The vendor changes a license.
    SetLicense {
        /// Whose it is.
        licensee: String,
        /// Its number, or `@new:` and its template's for one made by a call.
        license: String,
        /// `None` leaves it.
        active: Option<bool>,
        /// `None` removes the property.
        properties: Vec<(String, Option<String>)>,
    },
    /// The vendor adds a license.
    AddLicense {
        /// Whose it becomes.
        licensee: String,
        /// The license.
        license: Box<License>,
    },
    /// The vendor removes a license.
    RemoveLicense {
        /// Whose it is.
        licensee: String,
        /// Its number, as in [`Action::SetLicense`].
        license: String,
    },
    /// The vendor changes a module.
    SetModule {
        /// Its number.
        module: String,
        /// `None` leaves it.
        active: Option<bool>,
        /// `None` removes the property.
        properties: Vec<(String, Option<String>)>,
    },
    /// A transfer.
    Transfer {
        /// Who gets the licenses.
        licensee: String,
        /// Who had them.
        source: String,
    },
}

impl CaseFile {
    /// Reads a file. `None` when it is in another format, for example that of the merge cases.
    /// A file of this format that cannot be read fails the test.
    pub fn read(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let document: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{} is no JSON: {error}", path.display()));
        let cases = document.get("cases")?.as_array()?;
        let is_ours = |case: &Value| case.get("given").is_some() && case.get("steps").is_some();
        cases.iter().all(is_ours).then(|| Self {
            cases: cases.iter().map(case).collect(),
        })
    }
}

impl World {
    /// Finds a licensee by its number, else by an alias.
    pub fn licensee(&self, name: &str) -> Option<&Resident> {
        self.place(name).map(|at| &self.licensees[at])
    }

    /// As [`World::licensee`], to be changed.
    pub fn licensee_mut(&mut self, name: &str) -> Option<&mut Resident> {
        self.place(name).map(|at| &mut self.licensees[at])
    }

    /// The product of this number.
    pub fn product(&self, number: &str) -> Option<&ProductTree> {
        self.products
            .iter()
            .find(|tree| tree.product.number.as_str() == number)
    }

    fn place(&self, name: &str) -> Option<usize> {
        let licensees = || {
            self.licensees
                .iter()
                .map(|resident| &resident.aggregate.licensee)
        };
        licensees()
            .position(|licensee| licensee.number.as_str() == name)
            .or_else(|| {
                licensees().position(|licensee| {
                    licensee.aliases.iter().any(|alias| alias.as_str() == name)
                })
            })
    }
}

/// The fields as a form's body (`application/x-www-form-urlencoded`).
pub fn form_body(params: &[(String, String)]) -> String {
    let encoded = |text: &str| -> String {
        let bytes = text.bytes().map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            b' ' => "+".to_owned(),
            _ => format!("%{byte:02X}"),
        });
        bytes.collect()
    };
    let fields = params
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    fields.collect::<Vec<_>>().join("&")
}

fn case(value: &Value) -> Case {
    Case {
        id: text(value, "id").to_owned(),
        title: text(value, "title").to_owned(),
        given: world(&value["given"]),
        steps: list(value, "steps").iter().map(step).collect(),
    }
}

fn world(value: &Value) -> World {
    let minutes = value["ttlMinutes"].as_u64().unwrap();
    World {
        ttl: TtlMinutes::new(minutes.try_into().unwrap()).unwrap(),
        products: list(value, "products").iter().map(product).collect(),
        licensees: list(value, "licensees").iter().map(resident).collect(),
    }
}

fn product(value: &Value) -> ProductTree {
    let mut custom = properties(value);
    let secret_mode = custom.remove("licenseeSecretMode");
    ProductTree {
        product: Product {
            number: ProductNumber::parse(text(value, "number")).unwrap(),
            active: flag(value, "active"),
            name: text(value, "number").into(),
            version: "1".into(),
            description: None,
            licensing_info: None,
            licensee_auto_create: flag(value, "licenseeAutoCreate"),
            licensee_secret_mode: secret_mode.and_then(|mode| LicenseeSecretMode::parse(&mode)),
            vat_mode: None,
            discounts: Vec::new(),
            custom,
        },
        modules: list(value, "modules").iter().map(module).collect(),
    }
}

fn module(value: &Value) -> ModuleTree {
    ModuleTree {
        module: ProductModule {
            number: ProductModuleNumber::parse(text(value, "number")).unwrap(),
            active: flag(value, "active"),
            name: text(value, "name").into(),
            licensing_model: LicensingModel::parse(text(value, "licensingModel")).unwrap(),
            properties: properties(value),
        },
        templates: list(value, "licenseTemplates")
            .iter()
            .map(template)
            .collect(),
    }
}

fn template(value: &Value) -> LicenseTemplate {
    LicenseTemplate {
        number: LicenseTemplateNumber::parse(text(value, "number")).unwrap(),
        active: flag(value, "active"),
        name: text(value, "name").into(),
        license_type: LicenseType::parse(text(value, "licenseType")).unwrap(),
        price: None,
        automatic: flag(value, "automatic"),
        hidden: flag(value, "hidden"),
        hide_licenses: flag(value, "hideLicenses"),
        properties: properties(value),
    }
}

fn resident(value: &Value) -> Resident {
    let mut custom = properties(value);
    // What a write request would have refused stays a text without a meaning.
    let aliases = take(&mut custom, "aliases", read_aliases);
    let marked = take(&mut custom, "markedForTransfer", boolean);
    let mut licenses: Vec<License> = list(value, "licenses").iter().map(license).collect();
    licenses.sort_by(|one, other| one.number.cmp(&other.number));
    Resident {
        product: ProductNumber::parse(text(value, "productNumber")).unwrap(),
        aggregate: LicenseeAggregate {
            licensee: Licensee {
                number: LicenseeNumber::parse(text(value, "number")).unwrap(),
                active: flag(value, "active"),
                name: custom.remove("name"),
                secret: custom
                    .remove("licenseeSecret")
                    .map(|secret| LicenseeSecret::new(&secret)),
                marked_for_transfer: marked,
                aliases: aliases.unwrap_or_default(),
                warning_levels: None,
                custom,
            },
            licenses,
        },
    }
}

/// Takes a property out if it can be read.
fn take<T>(custom: &mut Properties, name: &str, read: fn(&str) -> Option<T>) -> Option<T> {
    let value = custom.get(name).and_then(read)?;
    custom.remove(name);
    Some(value)
}

/// A JSON array of numbers.
fn read_aliases(text: &str) -> Option<Vec<LicenseeNumber>> {
    let names: Vec<Value> = serde_json::from_str(text).ok()?;
    let numbers = names
        .iter()
        .map(|name| LicenseeNumber::parse(name.as_str()?).ok());
    numbers.collect()
}

fn license(value: &Value) -> License {
    let mut license = License::new(
        LicenseNumber::parse(text(value, "number")).unwrap(),
        LicenseTemplateNumber::parse(text(value, "licenseTemplateNumber")).unwrap(),
        properties(value),
    );
    license.active = flag(value, "active");
    license
}

fn step(value: &Value) -> Step {
    let owned = |name: &str| text(value, name).to_owned();
    let active = value.get("active").and_then(Value::as_bool);
    let action = match text(value, "op") {
        "validate" => Action::Validate {
            at: parse_timestamp(text(value, "at")).unwrap(),
            licensee: owned("licensee"),
            params: entries(&value["params"])
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
        },
        "setLicense" => Action::SetLicense {
            licensee: owned("licensee"),
            license: owned("license"),
            active,
            properties: edits(value),
        },
        "addLicense" => Action::AddLicense {
            licensee: owned("licensee"),
            license: Box::new(license(&value["value"])),
        },
        "removeLicense" => Action::RemoveLicense {
            licensee: owned("licensee"),
            license: owned("license"),
        },
        "setModule" => Action::SetModule {
            module: owned("module"),
            active,
            properties: edits(value),
        },
        "transfer" => Action::Transfer {
            licensee: owned("licensee"),
            source: owned("source"),
        },
        other => panic!("unknown step: {other}"),
    };
    let part = |name| value.get(name).cloned().unwrap_or_default();
    Step {
        action,
        expect: part("expect"),
        state_after: without_empty_texts(part("stateAfter")),
    }
}

/// A property of no value is no property: the wire deletes by it, and the model holds none.
fn without_empty_texts(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| *member != "")
            .map(|(name, member)| (name, without_empty_texts(member)))
            .collect(),
        other => other,
    }
}

/// The property changes of a step; null removes.
fn edits(step: &Value) -> Vec<(String, Option<String>)> {
    entries(&step["properties"])
        .map(|(name, value)| (name.clone(), value.as_str().map(ToOwned::to_owned)))
        .collect()
}

fn properties(entity: &Value) -> Properties {
    entries(&entity["properties"])
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no text '{name}' in {value}"))
}

fn flag(value: &Value, name: &str) -> bool {
    value[name]
        .as_bool()
        .unwrap_or_else(|| panic!("no Boolean '{name}' in {value}"))
}
