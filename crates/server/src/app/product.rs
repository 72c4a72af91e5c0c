//! Products (wire contract, 7.1).

use leasehold_model::change::Change;
use leasehold_model::number::{NumberKind, ProductNumber};
use leasehold_model::product::{LicenseeSecretMode, Product, VatMode};
use leasehold_model::property::Properties;
use leasehold_model::snapshot::ModuleTree;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, VendorView, Write};
use leasehold_wire::context::Item;
use leasehold_wire::entity;
use leasehold_wire::form::Form;

use super::input;
use super::money;
use super::names;
use super::product_module;

/// Creates a product.
pub(crate) fn create(view: &VendorView<'_>, form: &Form) -> Result<Edit<Item>, Problem> {
    let name = input::required(form, "name", "Product name is required")?;
    let plan = &view.account().vendor.plan;
    plan.allow_product(view.products().count())?;
    let number = input::new_number(form, NumberKind::Product, ProductNumber::parse, |number| {
        view.product(number).is_some()
    })?;
    let mut product = Product {
        number,
        active: true,
        name: name.into(),
        version: "".into(),
        description: None,
        licensing_info: None,
        licensee_auto_create: false,
        licensee_secret_mode: None,
        vat_mode: None,
        discounts: Vec::new(),
        custom: Properties::new(),
    };
    fill(&mut product, form)?;
    check(&product, &[])?;
    Ok(put(None, product, false))
}

/// Updates the product of this number.
pub(crate) fn update(
    view: &VendorView<'_>,
    number: &str,
    form: &Form,
) -> Result<Edit<Item>, Problem> {
    let tree = view
        .product(number)
        .ok_or(Problem::NotFound(Entity::Product))?;
    let in_use = view.product_in_use(&tree.product.number);
    let mut product = tree.product.clone();
    let renamed = input::changed_number(
        form,
        number,
        ProductNumber::parse,
        in_use.then_some("the product has licensees"),
        |number| view.product(number).is_some(),
    )?;
    if let Some(number) = renamed {
        product.number = number;
    }
    fill(&mut product, form)?;
    check(&product, &tree.modules)?;
    Ok(put(Some(tree.product.number.clone()), product, in_use))
}

fn fill(product: &mut Product, form: &Form) -> Result<(), Problem> {
    input::boolean(form, "active")?.replace(&mut product.active);
    input::owned(form, "name").replace(&mut product.name);
    let mut version = Some(std::mem::take(&mut product.version));
    input::owned(form, "version").replace_optional(&mut version);
    product.version = version.unwrap_or_default();
    input::boolean(form, "licenseeAutoCreate")?.replace(&mut product.licensee_auto_create);
    input::owned(form, "description").replace_optional(&mut product.description);
    input::owned(form, "licensingInfo").replace_optional(&mut product.licensing_info);
    input::read(
        form,
        "licenseeSecretMode",
        "DISABLED, PREDEFINED or CLIENT",
        LicenseeSecretMode::parse,
    )?
    .replace_optional(&mut product.licensee_secret_mode);
    input::read(form, "vatMode", "GROSS or NET", VatMode::parse)?
        .replace_optional(&mut product.vat_mode);
    money::apply_discounts(form, &mut product.discounts)?;
    let custom = input::custom(form, names::PRODUCT, |_| false)?;
    input::apply(&mut product.custom, &custom);
    Ok(())
}

/// What holds for a product as a whole: a licensee that a validation creates has no secret that
/// the vendor set before (G-11, NL-1).
fn check(product: &Product, modules: &[ModuleTree]) -> Result<(), Problem> {
    if !product.licensee_auto_create {
        return Ok(());
    }
    if product.licensee_secret_mode == Some(LicenseeSecretMode::Predefined) {
        return Err(Problem::Illegal(
            "licenseeSecretMode 'PREDEFINED' cannot be combined with licenseeAutoCreate".to_owned(),
        ));
    }
    modules
        .iter()
        .try_for_each(|tree| product_module::check_auto_create(product, &tree.module))
}

fn put(former: Option<ProductNumber>, product: Product, in_use: bool) -> Edit<Item> {
    Edit {
        outcome: entity::product(&product, in_use),
        writes: vec![Write::Model(Change::PutProduct { former, product })],
    }
}
