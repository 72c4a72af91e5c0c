//! What a vendor sells, as rows.

use crate::sql::{Database, values};
use leasehold_model::money::Money;
use leasehold_model::product::{Product, ProductModule};
use leasehold_model::template::LicenseTemplate;

use super::{At, Outcome, execute};
use crate::ids::{ModuleId, ProductId, TemplateId};
use crate::sql::text::{write_discounts, write_properties};

pub(super) fn put_product(db: &dyn Database, at: &At, id: ProductId, product: &Product) -> Outcome {
    execute(
        db,
        "INSERT INTO product
            (vendor_id, id, number, active, name, version, description, licensing_info,
             licensee_auto_create, licensee_secret_mode, vat_mode, discounts, properties)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (vendor_id, id) DO UPDATE SET
            number = excluded.number, active = excluded.active, name = excluded.name,
            version = excluded.version, description = excluded.description,
            licensing_info = excluded.licensing_info,
            licensee_auto_create = excluded.licensee_auto_create,
            licensee_secret_mode = excluded.licensee_secret_mode,
            vat_mode = excluded.vat_mode, discounts = excluded.discounts,
            properties = excluded.properties",
        values![
            at.vendor.0,
            id.0,
            product.number.as_str(),
            product.active,
            product.name,
            product.version,
            product.description,
            product.licensing_info,
            product.licensee_auto_create,
            product.licensee_secret_mode.map(|mode| mode.as_str()),
            product.vat_mode.map(|mode| mode.as_str()),
            write_discounts(&product.discounts),
            write_properties(&product.custom),
        ],
    )
}

pub(super) fn put_module(
    db: &dyn Database,
    at: &At,
    product: ProductId,
    id: ModuleId,
    module: &ProductModule,
) -> Outcome {
    execute(
        db,
        "INSERT INTO product_module
            (vendor_id, id, product_id, number, active, name, licensing_model, properties)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (vendor_id, id) DO UPDATE SET
            number = excluded.number, active = excluded.active, name = excluded.name,
            licensing_model = excluded.licensing_model, properties = excluded.properties",
        values![
            at.vendor.0,
            id.0,
            product.0,
            module.number.as_str(),
            module.active,
            module.name,
            module.licensing_model.as_str(),
            write_properties(&module.properties),
        ],
    )
}

pub(super) fn put_template(
    db: &dyn Database,
    at: &At,
    module: ModuleId,
    id: TemplateId,
    template: &LicenseTemplate,
) -> Outcome {
    let (price, currency) = money(template.price.as_ref());
    execute(
        db,
        "INSERT INTO license_template
            (vendor_id, id, product_module_id, number, active, name, license_type,
             price_hundredths, currency, automatic, hidden, hide_licenses, properties)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (vendor_id, id) DO UPDATE SET
            number = excluded.number, active = excluded.active, name = excluded.name,
            license_type = excluded.license_type, price_hundredths = excluded.price_hundredths,
            currency = excluded.currency, automatic = excluded.automatic,
            hidden = excluded.hidden, hide_licenses = excluded.hide_licenses,
            properties = excluded.properties",
        values![
            at.vendor.0,
            id.0,
            module.0,
            template.number.as_str(),
            template.active,
            template.name,
            template.license_type.as_str(),
            price,
            currency,
            template.automatic,
            template.hidden,
            template.hide_licenses,
            write_properties(&template.properties),
        ],
    )
}

pub(super) fn money(price: Option<&Money>) -> (Option<i64>, Option<&str>) {
    (
        price.map(|price| price.hundredths),
        price.map(|price| price.currency.as_str()),
    )
}
