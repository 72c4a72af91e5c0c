//! License templates (wire contract, 7.3).

use leasehold_model::change::Change;
use leasehold_model::number::{LicenseTemplateNumber, NumberKind, ProductModuleNumber};
use leasehold_model::product::{LicensingModel, ProductModule};
use leasehold_model::property::Properties;
use leasehold_model::snapshot::ModuleTree;
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, VendorView, Write};
use leasehold_wire::context::Item;
use leasehold_wire::entity;
use leasehold_wire::form::Form;

use super::bundle;
use super::input;
use super::money;
use super::names;
use super::settings::{self, Kind, Settings, TERMS};

/// Beside the terms: what a PricingTable shows.
const DISPLAY: Settings = &[("description", Kind::Text)];

/// Creates a template.
pub(crate) fn create(view: &VendorView<'_>, form: &Form) -> Result<Edit<Item>, Problem> {
    let module = input::required(
        form,
        "productModuleNumber",
        "Product module number is not provided",
    )?;
    let name = input::required(form, "name", "License template name is required")?;
    let license_type = license_type(form)?
        .given()
        .ok_or_else(|| Problem::Malformed("License type is not provided".to_owned()))?;
    let (_, tree) = view
        .module(module)
        .ok_or(Problem::UnknownReference(Entity::ProductModule))?;
    let number = input::new_number(
        form,
        NumberKind::LicenseTemplate,
        LicenseTemplateNumber::parse,
        |number| view.template(number).is_some(),
    )?;
    let mut template = LicenseTemplate {
        number,
        active: true,
        name: name.into(),
        license_type,
        price: None,
        automatic: false,
        hidden: false,
        hide_licenses: false,
        properties: Properties::new(),
    };
    fill(&mut template, tree.module.licensing_model, form)?;
    check(tree, None, &template)?;
    Ok(put(&tree.module, None, template, false))
}

/// Updates the template of this number.
pub(crate) fn update(
    view: &VendorView<'_>,
    number: &str,
    form: &Form,
) -> Result<Edit<Item>, Problem> {
    let (_, tree, current) = view
        .template(number)
        .ok_or(Problem::NotFound(Entity::LicenseTemplate))?;
    let in_use = view.template_in_use(&current.number);
    let mut template = current.clone();
    input::unchanged(form, "productModuleNumber", tree.module.number.as_str())?;
    let renamed = input::changed_number(
        form,
        number,
        LicenseTemplateNumber::parse,
        in_use.then_some("licenses were made from the license template"),
        |number| view.template(number).is_some(),
    )?;
    if let Some(number) = renamed {
        template.number = number;
    }
    license_type(form)?.replace(&mut template.license_type);
    if in_use && template.license_type != current.license_type {
        return Err(Problem::Illegal(
            "The license type cannot be changed: licenses were made from the license template"
                .to_owned(),
        ));
    }
    fill(&mut template, tree.module.licensing_model, form)?;
    check(tree, Some(&current.number), &template)?;
    let follow = bundle::renamed_template(view, &current.number, &template.number);
    let mut edit = put(&tree.module, Some(current.number.clone()), template, in_use);
    edit.writes.extend(follow);
    Ok(edit)
}

/// The terms without which a license of this type grants nothing: one of them must be there.
pub(crate) fn required_terms(
    model: LicensingModel,
    license_type: LicenseType,
) -> &'static [&'static str] {
    match (license_type, model) {
        (LicenseType::Feature, _) => &[],
        (LicenseType::TimeVolume, _) => &["timeVolume"],
        (LicenseType::Floating, _) => &["maxSessions"],
        // The original's pages name the two exactly the wrong way round: either will do.
        (LicenseType::Quantity, LicensingModel::NodeLocked) => &["quota", "quantity"],
        (LicenseType::Quantity, LicensingModel::Quota) => &["quantity", "quota"],
        (LicenseType::Quantity, _) => &["quantity"],
    }
}

/// Refuses -1, which means unlimited, where a model counts.
pub(crate) fn check_counts(model: LicensingModel, properties: &Properties) -> Result<(), Problem> {
    if model == LicensingModel::Quota {
        return Ok(());
    }
    match ["quantity", "quota"]
        .into_iter()
        .find(|name| settings::count(properties, name) < 0)
    {
        None => Ok(()),
        Some(name) => Err(input::malformed(name, "-1", "an integer, at least 0")),
    }
}

fn license_type(form: &Form) -> Result<input::Field<LicenseType>, Problem> {
    input::read(
        form,
        "licenseType",
        "FEATURE, TIMEVOLUME, FLOATING or QUANTITY",
        LicenseType::parse,
    )
}

fn fill(template: &mut LicenseTemplate, model: LicensingModel, form: &Form) -> Result<(), Problem> {
    input::boolean(form, "active")?.replace(&mut template.active);
    input::owned(form, "name").replace(&mut template.name);
    money::apply_price(form, &mut template.price, Problem::Malformed)?;
    input::boolean(form, "automatic")?.replace(&mut template.automatic);
    input::boolean(form, "hidden")?.replace(&mut template.hidden);
    input::boolean(form, "hideLicenses")?.replace(&mut template.hide_licenses);
    let keep = required_terms(model, template.license_type);
    let properties = &mut template.properties;
    for settings in [TERMS, DISPLAY] {
        settings::apply(form, settings, keep, |name, value| {
            properties.set(name, value)
        })?;
    }
    if let Some(other) = settings::superseded_count(form) {
        properties.set(other, "");
    }
    let custom = input::custom(form, names::LICENSE_TEMPLATE, |_| false)?;
    input::apply(&mut template.properties, &custom);
    Ok(())
}

/// What holds for a template as a whole, in its module; `former` names the one it replaces.
fn check(
    tree: &ModuleTree,
    former: Option<&LicenseTemplateNumber>,
    template: &LicenseTemplate,
) -> Result<(), Problem> {
    let model = tree.module.licensing_model;
    let license_type = template.license_type;
    if !license_types(model).contains(&license_type) {
        return Err(Problem::Illegal(format!(
            "License type '{}' cannot be used with licensing model '{}'",
            license_type.as_str(),
            model.as_str()
        )));
    }
    let required = required_terms(model, license_type);
    if let [first, ..] = required
        && !required
            .iter()
            .any(|name| template.properties.get(name).is_some())
    {
        return Err(Problem::Illegal(format!(
            "License template of type '{}' must have property '{first}' specified.",
            license_type.as_str()
        )));
    }
    check_counts(model, &template.properties)?;
    check_automatic(model, template)?;
    let is_single = matches!(
        (model, license_type),
        (LicensingModel::TryAndBuy, _) | (LicensingModel::Rental, LicenseType::Feature)
    );
    let has_other = tree
        .templates
        .iter()
        .any(|other| Some(&other.number) != former && other.license_type == license_type);
    if is_single && has_other {
        return Err(Problem::Illegal(format!(
            "A product module of the licensing model '{}' has exactly one license template of type '{}'",
            model.as_str(),
            license_type.as_str()
        )));
    }
    Ok(())
}

/// What comes by itself costs nothing (G-5), and a rented time volume never does, since it needs
/// a feature to belong to.
fn check_automatic(model: LicensingModel, template: &LicenseTemplate) -> Result<(), Problem> {
    if !template.automatic {
        return Ok(());
    }
    if model != LicensingModel::MultiFeature
        && template.price.is_some_and(|price| price.hundredths > 0)
    {
        return Err(Problem::Illegal(
            "An automatic license template must have the price 0".to_owned(),
        ));
    }
    if model == LicensingModel::Rental && template.license_type == LicenseType::TimeVolume {
        return Err(Problem::Illegal(
            "A license template of type 'TIMEVOLUME' cannot be automatic in the licensing model 'Rental'"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Which types of license a model looks at.
fn license_types(model: LicensingModel) -> &'static [LicenseType] {
    match model {
        LicensingModel::Subscription => &[LicenseType::TimeVolume],
        LicensingModel::Floating => &[LicenseType::Floating],
        LicensingModel::MultiFeature => &[LicenseType::Feature],
        LicensingModel::PayPerUse | LicensingModel::Quota | LicensingModel::NodeLocked => {
            &[LicenseType::Quantity]
        }
        LicensingModel::TryAndBuy | LicensingModel::Rental | LicensingModel::PricingTable => {
            &[LicenseType::Feature, LicenseType::TimeVolume]
        }
        LicensingModel::Discount => &LicenseType::ALL,
    }
}

fn put(
    module: &ProductModule,
    former: Option<LicenseTemplateNumber>,
    template: LicenseTemplate,
    in_use: bool,
) -> Edit<Item> {
    Edit {
        outcome: entity::license_template(&template, module, in_use),
        writes: vec![Write::Model(Change::PutTemplate {
            module: ProductModuleNumber::clone(&module.number),
            former,
            template,
        })],
    }
}
