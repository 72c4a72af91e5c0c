//! The library of .NET.

use std::collections::BTreeSet;

use leasehold_testkit::http::Client;

use super::{Shop, discounts, pair};

/// C# 2.6, over HttpWebRequest.
#[tokio::test(flavor = "multi_thread")]
async fn c_sharp() {
    let shop = Shop::open().await;
    let accept = "Accept: application/xml";

    // It signs in only when challenged, on the same connection.
    let stranger = shop.stranger(&[accept]);
    let mut c_sharp = shop.library(&[accept]);
    c_sharp.base = "/core/v2/rest/".to_owned();
    for (method, path, form) in [
        ("GET", "/product/P", None),
        ("POST", "/product/P", Some("active=True")),
    ] {
        let mut connection = stranger.connect().await;
        connection
            .write(&stranger.request(method, path, form))
            .await;
        let answer = connection.read().await;
        assert_eq!(answer.refusal(), (401, "AuthenticationException".into()));
        let challenge = "Basic realm=\"NetLicensing\"";
        assert_eq!(answer.header("www-authenticate"), Some(challenge));
        connection.write(&c_sharp.request(method, path, form)).await;
        assert_eq!(connection.read().await.item().get("number"), Some("P"));
        connection.end().await;
    }

    let product = c_sharp.post("/product/P", "active=False").await;
    assert_eq!(product.item().get("active"), Some("false"));
    let product = c_sharp.post("/product/P", "active=True").await;
    assert!(product.text().contains("<ns2:infos/>"), "never null");
    assert!(product.text().contains("<ns2:items>"), "never null");
    let unknown = c_sharp.get("/product/none").await;
    assert!(unknown.text().contains("<ns2:infos><ns2:info "));

    let form = "discount%5B0%5D=100%3BEUR%3B5%25&discount%5B1%5D=200.5%3BEUR%3B1.50";
    let product = c_sharp.post("/product/P", form).await.item();
    let kept = vec![
        pair("100.00", "amountPercent=5"),
        pair("200.50", "amountFix=1.50"),
    ];
    assert_eq!(discounts(&product), kept, "a percentage is integral");

    let form = "price=10.5&currency=EUR";
    let template = c_sharp.post("/licensetemplate/E", form).await.item();
    assert_eq!(template.get("price"), Some("10.50"));

    sell_features(&shop.client).await;
    let form = "forOfflineUse=True&dryRun=False";
    let answer = c_sharp.post("/licensee/I/validate", form).await;
    let items = answer.items();
    assert_eq!(items[0].kind, "Licensee");
    assert_eq!(items[0].get("licenseeNumber"), Some("I"));
    let validations = &items[1..];
    for item in validations {
        let names: BTreeSet<_> = item.lists.iter().map(|list| &list.name).collect();
        assert_eq!(names.len(), item.lists.len(), "a list's name is a key");
        assert!(item.get("productModuleNumber").is_some());
    }
    assert!(validations.iter().any(|item| item.lists.len() == 2));

    let license = c_sharp.delete("/product/P?forceCascade=True").await;
    assert_eq!(license.status, 204);
    shop.close().await;
}

/// Adds a module with two features to the product of [`sell`](crate::shop::sell), one of them licensed.
async fn sell_features(client: &Client) {
    let module = [
        ("productNumber", "P"),
        ("number", "M-FEATURES"),
        ("name", "Features"),
        ("licensingModel", "MultiFeature"),
    ];
    client.make("/productmodule", &module).await;
    for number in ["E-ONE", "E-TWO"] {
        let template = [
            ("productModuleNumber", "M-FEATURES"),
            ("number", number),
            ("name", number),
            ("licenseType", "FEATURE"),
        ];
        client.make("/licensetemplate", &template).await;
    }
    let license = [("licenseeNumber", "I"), ("licenseTemplateNumber", "E-ONE")];
    client.make("/license", &license).await;
}
