//! What a vendor sells.

use leasehold_model::money::Money;
use leasehold_model::number::ProductNumber;
use leasehold_model::product::{Discount, DiscountAmount, Product, ProductModule};
use leasehold_model::template::LicenseTemplate;

use super::{put_custom, put_price, put_standard, put_text, put_truth};
use crate::context::{Item, List};

/// A module's settings, whatever its model.
const SETTINGS: &[&str] = &[
    "maxCheckoutValidity",
    "yellowThreshold",
    "redThreshold",
    "nodeSecretMode",
    "licenseTemplate",
    "skudef",
    "licenseeSecretMode",
];

/// The terms that a license copies, and what a plan shows.
const TERMS: &[&str] = &[
    "timeVolume",
    "timeVolumePeriod",
    "maxSessions",
    "quantity",
    "quota",
    "gracePeriod",
    "skus",
    "description",
];

/// A product (7.1).
pub fn product(product: &Product, in_use: bool) -> Item {
    let mut item = Item::new("Product");
    item.put("number", &product.number);
    put_truth(&mut item, "active", product.active);
    item.put("name", &*product.name);
    item.put("version", &*product.version);
    put_truth(
        &mut item,
        "licenseeAutoCreate",
        product.licensee_auto_create,
    );
    put_text(&mut item, "description", product.description.as_deref());
    let licensing_info = product.licensing_info.as_deref();
    put_text(&mut item, "licensingInfo", licensing_info);
    let secret_mode = product.licensee_secret_mode.map(|mode| mode.as_str());
    put_text(&mut item, "licenseeSecretMode", secret_mode);
    put_text(
        &mut item,
        "vatMode",
        product.vat_mode.map(|mode| mode.as_str()),
    );
    put_truth(&mut item, "inUse", in_use);
    put_custom(&mut item, &product.custom, &[]);
    item.lists.extend(product.discounts.iter().map(discount));
    item
}

fn discount(discount: &Discount) -> List {
    let amount = |hundredths| {
        let currency = discount.currency;
        Money {
            hundredths,
            currency,
        }
        .amount()
    };
    let mut list = List::new("discount");
    list.put("totalPrice", amount(discount.total_hundredths));
    list.put("currency", discount.currency.as_str());
    match &discount.amount {
        DiscountAmount::Fixed(hundredths) => list.put("amountFix", amount(*hundredths)),
        DiscountAmount::Percent(percent) => list.put("amountPercent", &**percent),
    };
    list
}

/// A module (7.2).
pub fn product_module(module: &ProductModule, product: &ProductNumber, in_use: bool) -> Item {
    let mut item = Item::new("ProductModule");
    item.put("number", &module.number);
    put_truth(&mut item, "active", module.active);
    item.put("name", &*module.name);
    item.put("productNumber", product);
    item.put("licensingModel", module.licensing_model.as_str());
    put_truth(&mut item, "inUse", in_use);
    put_standard(&mut item, &module.properties, SETTINGS);
    put_custom(&mut item, &module.properties, SETTINGS);
    item
}

/// A template (7.3).
pub fn license_template(template: &LicenseTemplate, module: &ProductModule, in_use: bool) -> Item {
    let mut item = Item::new("LicenseTemplate");
    item.put("number", &template.number);
    put_truth(&mut item, "active", template.active);
    item.put("name", &*template.name);
    item.put("licenseType", template.license_type.as_str());
    put_price(&mut item, template.price);
    put_truth(&mut item, "automatic", template.automatic);
    put_truth(&mut item, "hidden", template.hidden);
    put_truth(&mut item, "hideLicenses", template.hide_licenses);
    item.put("productModuleNumber", &module.number);
    item.put("productModuleName", &*module.name);
    put_truth(&mut item, "inUse", in_use);
    put_standard(&mut item, &template.properties, TERMS);
    put_custom(&mut item, &template.properties, TERMS);
    item
}
