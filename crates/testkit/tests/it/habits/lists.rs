//! What holds for every list, whoever reads it.

use super::Shop;

/// What libraries read of each type without asking whether it is there (section 13).
const NEEDED: &[(&str, &str, &[&str])] = &[
    ("/product", "Product", &["number", "active", "name"]),
    (
        "/productmodule",
        "ProductModule",
        &[
            "number",
            "active",
            "name",
            "productNumber",
            "licensingModel",
        ],
    ),
    (
        "/licensetemplate",
        "LicenseTemplate",
        &[
            "number",
            "active",
            "name",
            "licenseType",
            "productModuleNumber",
            "price",
            "currency",
        ],
    ),
    (
        "/licensee",
        "Licensee",
        &["number", "active", "productNumber"],
    ),
    (
        "/license",
        "License",
        &[
            "number",
            "active",
            "licenseeNumber",
            "licenseTemplateNumber",
        ],
    ),
    (
        "/transaction",
        "Transaction",
        &["number", "active", "status", "source", "datecreated"],
    ),
    (
        "/token",
        "Token",
        &["number", "active", "tokenType", "vendorNumber"],
    ),
    ("/paymentmethod", "PaymentMethod", &["number", "active"]),
    (
        "/bundle",
        "Bundle",
        &["number", "active", "name", "licenseTemplateNumbers"],
    ),
    (
        "/notification",
        "Notification",
        &["number", "active", "name", "events", "protocol", "endpoint"],
    ),
    ("/utility/countries", "Country", &["code", "name", "isEu"]),
    ("/utility/licenseTypes", "LicenseType", &["name"]),
    (
        "/utility/licensingModels",
        "LicensingModelProperties",
        &["name"],
    ),
];

/// A list holds items of its own type, for some libraries fall over others, and none of them lacks
/// what every library reads.
#[tokio::test(flavor = "multi_thread")]
async fn no_list_has_foreign_items_or_lacks_what_is_read() {
    let shop = Shop::open().await;
    let price = [("price", "1"), ("currency", "EUR")];
    shop.client.make("/licensetemplate/E", &price).await;
    let pending = [("status", "PENDING"), ("source", "SHOP")];
    shop.client.make("/transaction", &pending).await;
    let bundle = [("name", "Starter"), ("licenseTemplateNumbers", "E")];
    shop.client.make("/bundle", &bundle).await;
    let notification = [
        ("name", "To our CRM"),
        ("active", "false"),
        ("events", "LICENSEE_CREATED"),
        ("protocol", "WEBHOOK"),
        ("endpoint", "https://crm.example/hook"),
    ];
    shop.client.make("/notification", &notification).await;

    for accept in ["Accept: application/xml", "Accept: application/json"] {
        let library = shop.library(&[accept]);
        for (path, kind, needed) in NEEDED {
            let items = library.get(path).await.items();
            assert!(!items.is_empty(), "{path}");
            for item in items {
                assert_eq!(item.kind, *kind, "{path}");
                for name in *needed {
                    assert!(item.get(name).is_some(), "{path} without {name}: {item:?}");
                }
            }
        }
    }
    shop.close().await;
}
