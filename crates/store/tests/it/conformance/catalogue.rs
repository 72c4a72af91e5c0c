//! Products, modules and templates.

use leasehold_model::change::Change;
use leasehold_model::money::{Currency, Money};
use leasehold_model::number::*;
use leasehold_model::product::*;
use leasehold_model::template::LicenseType;
use leasehold_store::{Store, StoreError, Write};

use super::Open;
use crate::build::*;

async fn with_vendor(engine: &impl Open) -> Store {
    let store = engine.open();
    store
        .put_account(account("V"), origin("vendor.add"), NOW)
        .await
        .unwrap();
    store
}

fn put_product(former: Option<&str>, product: Product) -> Write {
    let former = former.map(|number| ProductNumber::parse(number).unwrap());
    Write::Model(Change::PutProduct { former, product })
}

fn put_module(product: &str, former: Option<&str>, module: ProductModule) -> Write {
    Write::Model(Change::PutModule {
        product: ProductNumber::parse(product).unwrap(),
        former: former.map(|number| ProductModuleNumber::parse(number).unwrap()),
        module,
    })
}

async fn product_numbers(store: &Store) -> Vec<String> {
    let numbers = look(store, |view| {
        view.products()
            .map(|tree| tree.product.number.to_string())
            .collect()
    });
    numbers.await
}

pub(crate) async fn entities_come_in_creation_order(engine: &impl Open) {
    let store = with_vendor(engine).await;
    for number in ["c", "a", "b"] {
        write(&store, "V", vec![put_product(None, product(number))])
            .await
            .unwrap();
    }
    write(&store, "V", vec![put_product(Some("a"), product("z"))])
        .await
        .unwrap();
    assert_eq!(product_numbers(&store).await, ["c", "z", "b"]);
    drop(store);
    let store = engine.open();
    assert_eq!(product_numbers(&store).await, ["c", "z", "b"]);
    // What is made after a restart comes after what was made before it.
    write(&store, "V", vec![put_product(None, product("a"))])
        .await
        .unwrap();
    assert_eq!(product_numbers(&store).await, ["c", "z", "b", "a"]);
}

pub(crate) async fn every_column_comes_back(engine: &impl Open) {
    let euro = Currency::parse("EUR").unwrap();
    let mut full = product("P");
    full.description = Some("<b>bold</b>".into());
    full.licensing_info = Some("info".into());
    full.licensee_auto_create = true;
    full.licensee_secret_mode = Some(LicenseeSecretMode::Client);
    full.vat_mode = Some(VatMode::Net);
    full.custom = [("größe", "\"10\""), ("a", "b")].into_iter().collect();
    full.discounts = vec![
        Discount {
            total_hundredths: 10_000,
            currency: euro,
            amount: DiscountAmount::Fixed(500),
        },
        Discount {
            total_hundredths: 20_000,
            currency: euro,
            amount: DiscountAmount::Percent("7.5".into()),
        },
    ];
    let mut full_module = module("M", LicensingModel::Floating);
    full_module.active = false;
    full_module.properties = [("maxCheckoutValidity", "3600")].into_iter().collect();
    let mut full_template = template("T", LicenseType::Floating);
    full_template.price = Some(Money {
        hundredths: 1999,
        currency: euro,
    });
    full_template.automatic = true;
    full_template.hidden = true;
    full_template.hide_licenses = true;
    full_template.properties = [("maxSessions", "5")].into_iter().collect();

    let store = with_vendor(engine).await;
    let writes = vec![
        put_product(None, full),
        put_module("P", None, full_module),
        Write::Model(Change::PutTemplate {
            module: ProductModuleNumber::parse("M").unwrap(),
            former: None,
            template: full_template,
        }),
    ];
    write(&store, "V", writes).await.unwrap();
    let before = everything(&store, "V").await;
    drop(store);
    assert_eq!(everything(&engine.open(), "V").await, before);
}

pub(crate) async fn a_number_is_taken_once(engine: &impl Open) {
    let store = with_vendor(engine).await;
    write(&store, "V", catalogue()).await.unwrap();
    let before = everything(&store, "V").await;
    let another = put_product(None, product("P2"));
    let taken = [
        vec![put_product(None, product("P"))],
        vec![another.clone(), put_product(Some("P2"), product("P"))],
        vec![
            another.clone(),
            put_module("P2", None, module("M", LicensingModel::Quota)),
        ],
        vec![put_module(
            "P",
            Some("U"),
            module("M", LicensingModel::Quota),
        )],
        vec![Write::Model(Change::PutTemplate {
            module: ProductModuleNumber::parse("U").unwrap(),
            former: None,
            template: template("T", LicenseType::Quantity),
        })],
    ];
    for writes in taken {
        let refused = write(&store, "V", writes).await;
        assert!(matches!(refused, Err(StoreError::NumberTaken(_))));
        assert_eq!(everything(&store, "V").await, before);
    }
    // A number freed in an edit can be taken in it.
    let renamed = vec![
        put_product(Some("P"), product("P1")),
        put_product(None, product("P")),
    ];
    write(&store, "V", renamed).await.unwrap();
    drop(store);
    assert_eq!(product_numbers(&engine.open()).await, ["P1", "P"]);
}

pub(crate) async fn what_is_used_stays(engine: &impl Open) {
    let store = with_vendor(engine).await;
    write(&store, "V", catalogue()).await.unwrap();
    write(&store, "V", customer("L", 5)).await.unwrap();
    let product = ProductNumber::parse("P").unwrap();
    let module = ProductModuleNumber::parse("M").unwrap();
    let template = LicenseTemplateNumber::parse("T").unwrap();
    let in_use = {
        let (product, module, template) = (product.clone(), module.clone(), template.clone());
        let seen = look(&store, move |view| {
            let template_in_use = view.template_in_use(&template);
            (
                view.product_in_use(&product),
                view.module_in_use(&module),
                template_in_use,
            )
        });
        seen.await
    };
    assert_eq!(in_use, (true, true, true));
    for change in [
        Change::RemoveProduct(product.clone()),
        Change::RemoveModule(module),
        Change::RemoveTemplate(template),
    ] {
        let refused = write(&store, "V", vec![Write::Model(change)]).await;
        assert!(matches!(refused, Err(StoreError::Inapplicable(_))));
    }
    let cascade = vec![
        Write::Model(Change::RemoveLicensee(LicenseeNumber::parse("L").unwrap())),
        Write::Model(Change::RemoveProduct(product)),
    ];
    write(&store, "V", cascade).await.unwrap();
    drop(store);
    let store = engine.open();
    assert!(product_numbers(&store).await.is_empty());
    assert_eq!(aggregate(&store, "L").await, None);
    // Every number is free again.
    write(&store, "V", catalogue()).await.unwrap();
    write(&store, "V", customer("L", 5)).await.unwrap();
}

pub(crate) async fn a_renamed_template_takes_its_licenses_along(engine: &impl Open) {
    let store = with_vendor(engine).await;
    write(&store, "V", catalogue()).await.unwrap();
    write(&store, "V", customer("L", 5)).await.unwrap();
    let rename = Write::Model(Change::PutTemplate {
        module: ProductModuleNumber::parse("M").unwrap(),
        former: Some(LicenseTemplateNumber::parse("T").unwrap()),
        template: template("T2", LicenseType::Floating),
    });
    write(&store, "V", vec![rename]).await.unwrap();
    let before = aggregate(&store, "L").await.unwrap();
    let license = before.license(&license_number("F-L")).unwrap();
    assert_eq!(license.template.as_str(), "T2");
    drop(store);
    assert_eq!(aggregate(&engine.open(), "L").await.unwrap(), before);
}

pub(crate) async fn an_edit_applies_as_a_whole_or_not_at_all(engine: &impl Open) {
    let store = with_vendor(engine).await;
    write(&store, "V", catalogue()).await.unwrap();
    let before = everything(&store, "V").await;
    let mut writes = customer("L", 5);
    writes.push(put_license("L", license("X", "no such template", &[])));
    let refused = write(&store, "V", writes).await;
    assert!(matches!(refused, Err(StoreError::Inapplicable(_))));
    assert_eq!(everything(&store, "V").await, before);
    assert_eq!(aggregate(&store, "L").await, None);
    write(&store, "V", customer("L", 5)).await.unwrap();
}
