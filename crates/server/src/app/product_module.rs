//! Product modules (wire contract, 7.2).

use leasehold_model::change::Change;
use leasehold_model::number::{NumberKind, ProductModuleNumber, ProductNumber};
use leasehold_model::plan::Feature;
use leasehold_model::product::{LicensingModel, Product, ProductModule};
use leasehold_model::property::Properties;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, VendorView, Write};
use leasehold_wire::context::Item;
use leasehold_wire::entity;
use leasehold_wire::form::Form;

use super::input;
use super::names;
use super::settings::{self, Kind, Settings};

/// The settings of all models. A module keeps those that its own model does not look at, too.
const SETTINGS: Settings = &[
    ("maxCheckoutValidity", Kind::Integer(1)),
    ("yellowThreshold", Kind::Integer(0)),
    ("redThreshold", Kind::Integer(0)),
    (
        "nodeSecretMode",
        Kind::OneOf(&["PREDEFINED", "CLIENT"], "PREDEFINED or CLIENT"),
    ),
    (
        "licenseeSecretMode",
        Kind::OneOf(
            &["DISABLED", "PREDEFINED", "CLIENT"],
            "DISABLED, PREDEFINED or CLIENT",
        ),
    ),
    ("skudef", Kind::JsonObject),
];

/// Creates a module.
pub(crate) fn create(view: &VendorView<'_>, form: &Form) -> Result<Edit<Item>, Problem> {
    let product = input::required(form, "productNumber", "Product number is not provided")?;
    let name = input::required(form, "name", "Product module name is required")?;
    let model = model(form)?
        .given()
        .ok_or_else(|| Problem::Malformed("Licensing model is not provided".to_owned()))?;
    let product = &view
        .product(product)
        .ok_or(Problem::UnknownReference(Entity::Product))?
        .product;
    view.account().vendor.plan.allow(Feature::Model(model))?;
    let number = input::new_number(
        form,
        NumberKind::ProductModule,
        ProductModuleNumber::parse,
        |number| view.module(number).is_some(),
    )?;
    let mut module = ProductModule {
        number,
        active: true,
        name: name.into(),
        licensing_model: model,
        properties: Properties::new(),
    };
    fill(&mut module, form)?;
    check(product, &module)?;
    let in_use = view.product_in_use(&product.number);
    Ok(put(product.number.clone(), None, module, in_use))
}

/// Updates the module of this number.
pub(crate) fn update(
    view: &VendorView<'_>,
    number: &str,
    form: &Form,
) -> Result<Edit<Item>, Problem> {
    let (product, tree) = view
        .module(number)
        .ok_or(Problem::NotFound(Entity::ProductModule))?;
    let product = &product.product;
    let in_use = view.module_in_use(&tree.module.number);
    let mut module = tree.module.clone();
    input::unchanged(form, "productNumber", product.number.as_str())?;
    let renamed = input::changed_number(
        form,
        number,
        ProductModuleNumber::parse,
        in_use.then_some("its product has licensees"),
        |number| view.module(number).is_some(),
    )?;
    if let Some(number) = renamed {
        module.number = number;
    }
    model(form)?.replace(&mut module.licensing_model);
    if module.licensing_model != tree.module.licensing_model {
        let plan = &view.account().vendor.plan;
        plan.allow(Feature::Model(module.licensing_model))?;
    }
    let is_fixed = in_use || !tree.templates.is_empty();
    if is_fixed && module.licensing_model != tree.module.licensing_model {
        return Err(Problem::Illegal(
            "The licensing model cannot be changed once the module has license templates or its product has licensees"
                .to_owned(),
        ));
    }
    fill(&mut module, form)?;
    check(product, &module)?;
    let former = Some(tree.module.number.clone());
    Ok(put(product.number.clone(), former, module, in_use))
}

/// Refuses a module whose node secrets the vendor sets, in a product whose licensees are created
/// by validation: nobody could have set them (NL-1).
pub(crate) fn check_auto_create(product: &Product, module: &ProductModule) -> Result<(), Problem> {
    let is_predefined = module.licensing_model == LicensingModel::NodeLocked
        && node_secret_mode(module) == "PREDEFINED";
    if product.licensee_auto_create && is_predefined {
        return Err(Problem::Illegal(format!(
            "nodeSecretMode 'PREDEFINED' of the product module '{}' cannot be combined with licenseeAutoCreate of its product",
            module.number
        )));
    }
    Ok(())
}

fn model(form: &Form) -> Result<input::Field<LicensingModel>, Problem> {
    input::read(
        form,
        "licensingModel",
        "the name of a licensing model",
        LicensingModel::parse,
    )
}

fn fill(module: &mut ProductModule, form: &Form) -> Result<(), Problem> {
    input::boolean(form, "active")?.replace(&mut module.active);
    input::owned(form, "name").replace(&mut module.name);
    let keep: &[&str] = match module.licensing_model {
        LicensingModel::Floating => &["maxCheckoutValidity"],
        _ => &[],
    };
    settings::apply(form, SETTINGS, keep, |name, value| {
        module.properties.set(name, value);
    })?;
    let custom = input::custom(form, names::PRODUCT_MODULE, |_| false)?;
    input::apply(&mut module.properties, &custom);
    Ok(())
}

/// What holds for a module as a whole, by its model.
fn check(product: &Product, module: &ProductModule) -> Result<(), Problem> {
    match module.licensing_model {
        LicensingModel::Floating if module.properties.get("maxCheckoutValidity").is_none() => {
            Err(Problem::Malformed(
                "Product module of the licensing model 'Floating' must have property 'maxCheckoutValidity' specified."
                    .to_owned(),
            ))
        }
        LicensingModel::Rental
            if settings::count(&module.properties, "yellowThreshold")
                < settings::count(&module.properties, "redThreshold") =>
        {
            Err(Problem::Illegal(
                "yellowThreshold must not be less than redThreshold".to_owned(),
            ))
        }
        LicensingModel::NodeLocked if node_secret_mode(module) == "DISABLED" => {
            Err(input::malformed(
                "licenseeSecretMode",
                "DISABLED",
                "PREDEFINED or CLIENT, for the licensing model NodeLocked",
            ))
        }
        _ => check_auto_create(product, module),
    }
}

/// Where the node secrets of a NodeLocked module come from (NL-1).
fn node_secret_mode(module: &ProductModule) -> &str {
    ["nodeSecretMode", "licenseeSecretMode"]
        .into_iter()
        .find_map(|name| module.properties.get(name))
        .unwrap_or("PREDEFINED")
}

fn put(
    product: ProductNumber,
    former: Option<ProductModuleNumber>,
    module: ProductModule,
    in_use: bool,
) -> Edit<Item> {
    Edit {
        outcome: entity::product_module(&module, &product, in_use),
        writes: vec![Write::Model(Change::PutModule {
            product,
            former,
            module,
        })],
    }
}
