//! What the cases and the laws are about: one licensee, and a product to own licenses of.

use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;
use leasehold_model::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber, ProductNumber,
};
use leasehold_model::product::{LicensingModel, Product, ProductModule};
use leasehold_model::property::Properties;
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree, ProductTree};
use leasehold_model::template::{LicenseTemplate, LicenseType};
use serde_json::{Map, Value};

/// A product with the templates of a case, each in a module of the case's licensing model.
pub(super) fn product(case: &Value) -> ProductTree {
    let model = LicensingModel::parse(case["model"].as_str().unwrap()).unwrap();
    let templates = case["templates"].as_object().unwrap();
    tree(templates.iter().map(|(number, template)| {
        let kind = LicenseType::parse(template["licenseType"].as_str().unwrap()).unwrap();
        let mode = template["nodeSecretMode"].as_str();
        module(number, model, kind, mode)
    }))
}

pub(super) fn tree(modules: impl Iterator<Item = ModuleTree>) -> ProductTree {
    ProductTree {
        product: Product {
            number: ProductNumber::parse("P").unwrap(),
            active: true,
            name: "P".into(),
            version: "1".into(),
            description: None,
            licensing_info: None,
            licensee_auto_create: false,
            licensee_secret_mode: None,
            vat_mode: None,
            discounts: Vec::new(),
            custom: Properties::new(),
        },
        modules: modules.collect(),
    }
}

/// A module with one template.
pub(super) fn module(
    template: &str,
    model: LicensingModel,
    kind: LicenseType,
    node_secret_mode: Option<&str>,
) -> ModuleTree {
    let properties = node_secret_mode.map(|mode| ("nodeSecretMode", mode));
    ModuleTree {
        module: ProductModule {
            number: ProductModuleNumber::parse(&format!("M-{template}")).unwrap(),
            active: true,
            name: "M".into(),
            licensing_model: model,
            properties: properties.into_iter().collect(),
        },
        templates: vec![LicenseTemplate {
            number: LicenseTemplateNumber::parse(template).unwrap(),
            active: true,
            name: "T".into(),
            license_type: kind,
            price: None,
            automatic: false,
            hidden: false,
            hide_licenses: false,
            properties: Properties::new(),
        }],
    }
}

/// The licensee with the licenses of a list.
pub(super) fn aggregate(licenses: &Value) -> LicenseeAggregate {
    with(licenses.as_array().unwrap().iter().map(license).collect())
}

/// The licensee with these licenses.
pub(super) fn with(mut licenses: Vec<License>) -> LicenseeAggregate {
    licenses.sort_by(|one, other| one.number.cmp(&other.number));
    LicenseeAggregate {
        licensee: Licensee::new(LicenseeNumber::parse("I").unwrap()),
        licenses,
    }
}

/// A license as a case writes it.
pub(super) fn license(value: &Value) -> License {
    let properties = value["properties"].as_object().unwrap();
    let properties = properties
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    let mut license = License::new(
        LicenseNumber::parse(value["number"].as_str().unwrap()).unwrap(),
        LicenseTemplateNumber::parse(value["licenseTemplateNumber"].as_str().unwrap()).unwrap(),
        properties.collect(),
    );
    license.active = value["active"].as_bool().unwrap();
    license
}

/// Changes a license as a step says.
pub(super) fn set(license: &mut License, step: &Value) {
    if let Some(active) = step["active"].as_bool() {
        license.active = active;
    }
    let properties = step["properties"].as_object();
    for (name, value) in properties.into_iter().flat_map(Map::iter) {
        license.set(name, value.as_str().unwrap_or_default());
    }
}
