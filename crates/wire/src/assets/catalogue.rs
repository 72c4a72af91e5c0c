//! The vendor, and what it sells.

use leasehold_model::money::Currency;
use leasehold_model::number::{
    LicenseTemplateNumber, ProductModuleNumber, ProductNumber, VendorNumber,
};
use leasehold_model::product::{
    Discount, DiscountAmount, LicenseeSecretMode, LicensingModel, Product, ProductModule, VatMode,
};
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::vendor::{TtlMinutes, Vendor};

use super::AssetsError;
use super::record::{Draft, Record, exact};
use crate::context::Item;

pub(super) fn write_vendor(vendor: &Vendor) -> Item {
    let mut draft = Draft::new("Vendor");
    draft.put("number", vendor.number.as_str());
    draft.put("login", &vendor.login);
    draft.put("ttlMinutes", &vendor.ttl.get().to_string());
    draft.into_item()
}

pub(super) fn read_vendor(mut record: Record) -> Result<Vendor, AssetsError> {
    let ttl = |text: &str| exact(text).and_then(TtlMinutes::new);
    let vendor = Vendor {
        number: record.read("number", |text| VendorNumber::parse(text).ok())?,
        login: record.text("login")?.into(),
        plan: leasehold_model::plan::Plan::default(),
        ttl: record.read("ttlMinutes", ttl)?,
    };
    record.close()?;
    Ok(vendor)
}

pub(super) fn write_product(product: &Product) -> Item {
    let mut draft = Draft::new("Product");
    draft.put("number", product.number.as_str());
    draft.put_truth("active", product.active);
    draft.put("name", &product.name);
    draft.put("version", &product.version);
    draft.put_some("description", product.description.as_deref());
    draft.put_some("licensingInfo", product.licensing_info.as_deref());
    draft.put_truth("licenseeAutoCreate", product.licensee_auto_create);
    let secret_mode = product.licensee_secret_mode.map(|mode| mode.as_str());
    draft.put_some("licenseeSecretMode", secret_mode);
    draft.put_some("vatMode", product.vat_mode.map(|mode| mode.as_str()));
    draft.put_properties(&product.custom);
    for discount in &product.discounts {
        let total = discount.total_hundredths.to_string();
        let (kind, amount) = match &discount.amount {
            DiscountAmount::Fixed(hundredths) => ("fixedHundredths", hundredths.to_string()),
            DiscountAmount::Percent(percent) => ("percent", String::from(&**percent)),
        };
        draft.put_list_always(
            "discount",
            [
                ("totalHundredths", total.as_str()),
                ("currency", discount.currency.as_str()),
                (kind, &amount),
            ],
        );
    }
    draft.into_item()
}

pub(super) fn read_product(mut record: Record) -> Result<Product, AssetsError> {
    let discounts = record.records("discount");
    let product = Product {
        number: record.read("number", |text| ProductNumber::parse(text).ok())?,
        active: record.truth("active")?,
        name: record.text("name")?.into(),
        version: record.text("version")?.into(),
        description: record.text_if_any("description").map(Into::into),
        licensing_info: record.text_if_any("licensingInfo").map(Into::into),
        licensee_auto_create: record.truth("licenseeAutoCreate")?,
        licensee_secret_mode: record
            .read_if_any("licenseeSecretMode", LicenseeSecretMode::parse)?,
        vat_mode: record.read_if_any("vatMode", VatMode::parse)?,
        discounts: discounts
            .into_iter()
            .map(read_discount)
            .collect::<Result<_, _>>()?,
        custom: record.properties()?,
    };
    record.close()?;
    Ok(product)
}

fn read_discount(mut record: Record) -> Result<Discount, AssetsError> {
    let amount = match record.text_if_any("percent") {
        Some(percent) => DiscountAmount::Percent(percent.into()),
        None => DiscountAmount::Fixed(record.read("fixedHundredths", exact)?),
    };
    let discount = Discount {
        total_hundredths: record.read("totalHundredths", exact)?,
        currency: record.read("currency", Currency::parse)?,
        amount,
    };
    record.close()?;
    Ok(discount)
}

pub(super) fn write_module(module: &ProductModule, product: &ProductNumber) -> Item {
    let mut draft = Draft::new("ProductModule");
    draft.put("number", module.number.as_str());
    draft.put("productNumber", product.as_str());
    draft.put_truth("active", module.active);
    draft.put("name", &module.name);
    draft.put("licensingModel", module.licensing_model.as_str());
    draft.put_properties(&module.properties);
    draft.into_item()
}

pub(super) fn read_module(
    mut record: Record,
    product: &ProductNumber,
) -> Result<ProductModule, AssetsError> {
    record.refer("productNumber", product.as_str())?;
    let module = ProductModule {
        number: record.read("number", |text| ProductModuleNumber::parse(text).ok())?,
        active: record.truth("active")?,
        name: record.text("name")?.into(),
        licensing_model: record.read("licensingModel", LicensingModel::parse)?,
        properties: record.properties()?,
    };
    record.close()?;
    Ok(module)
}

pub(super) fn write_template(template: &LicenseTemplate, module: &ProductModuleNumber) -> Item {
    let mut draft = Draft::new("LicenseTemplate");
    draft.put("number", template.number.as_str());
    draft.put("productModuleNumber", module.as_str());
    draft.put_truth("active", template.active);
    draft.put("name", &template.name);
    draft.put("licenseType", template.license_type.as_str());
    draft.put_price(template.price);
    draft.put_truth("automatic", template.automatic);
    draft.put_truth("hidden", template.hidden);
    draft.put_truth("hideLicenses", template.hide_licenses);
    draft.put_properties(&template.properties);
    draft.into_item()
}

pub(super) fn read_template(
    mut record: Record,
    module: &ProductModuleNumber,
) -> Result<LicenseTemplate, AssetsError> {
    record.refer("productModuleNumber", module.as_str())?;
    let template = LicenseTemplate {
        number: record.read("number", |text| LicenseTemplateNumber::parse(text).ok())?,
        active: record.truth("active")?,
        name: record.text("name")?.into(),
        license_type: record.read("licenseType", LicenseType::parse)?,
        price: record.price()?,
        automatic: record.truth("automatic")?,
        hidden: record.truth("hidden")?,
        hide_licenses: record.truth("hideLicenses")?,
        properties: record.properties()?,
    };
    record.close()?;
    Ok(template)
}
