//! The libraries that ask by curl.

use jiff::Timestamp;

use super::{Shop, discounts, pair};

/// PHP 2.6, over curl.
#[tokio::test(flavor = "multi_thread")]
async fn php() {
    let shop = Shop::open().await;
    let php = shop.library(&[
        "Accept: application/json",
        "User-Agent: NetLicensing/PHP 2.6.0",
    ]);

    let form = "number=P2&name=Second&discount%5B%5D=100%3BEUR%3B5%25&discount=200%3BEUR%3B10";
    let product = php.post("/product", form).await.item();
    let kept = vec![
        pair("100.00", "amountPercent=5"),
        pair("200.00", "amountFix=10.00"),
    ];
    assert_eq!(discounts(&product), kept, "the first is marked");
    let product = php.post("/product/P2", "discount=").await.item();
    assert_eq!(discounts(&product), []);
    assert_eq!(php.delete("/product/P2").await.status, 204);

    let validated = php.post("/licensee/I/validate", "").await;
    let ttl = validated.context().ttl.unwrap();
    assert!(ttl.parse::<Timestamp>().is_ok(), "{ttl}");
    assert_eq!(validated.item().get("remainingQuantity"), Some("5"));

    let refused = php.post("/product", "number=P3").await;
    let body: serde_json::Value = serde_json::from_slice(&refused.body).unwrap();
    let shown = &body["infos"]["info"][0]["value"];
    assert_eq!(refused.status, 400);
    assert_eq!(shown, "Product name is required");
    shop.close().await;
}

/// C++ 2.5, over curl.
#[tokio::test(flavor = "multi_thread")]
async fn c_plus_plus() {
    let shop = Shop::open().await;
    let cpp = shop.library(&[
        "Accept: application/json",
        "User-Agent: NetLicensing/C++ 2.5.0",
    ]);

    // curl announces a large body, and waits until it is asked for.
    let mut patient = shop.library(&["Accept: application/json", "Expect: 100-continue"]);
    patient
        .headers
        .push("User-Agent: NetLicensing/C++ 2.5.0".to_owned());
    let large = "x".repeat(60_000);
    let request = patient.request("POST", "/product/P", Some(&format!("large={large}")));
    let (head, body) = request.split_at(request.find("\r\n\r\n").unwrap() + 4);
    let mut connection = patient.connect().await;
    connection.write(head).await;
    assert_eq!(connection.read().await.status, 100);
    connection.write(body).await;
    let product = connection.read().await.item();
    assert_eq!(product.get("large"), Some(&*large));
    connection.end().await;

    let form = "number=P-AUTO&name=Self-service&licenseeAutoCreate=true";
    assert_eq!(cpp.post("/product", form).await.status, 200, "never 201");
    // It encodes what it has encoded already, and reads back what it sent.
    let form = "productNumber=P-AUTO&licenseeName=Licensee%25201&city=K%25C3%25B6ln";
    let validated = cpp.post("/licensee/I-NEW/validate", form).await;
    assert_eq!(validated.items().len(), 0);
    let licensee = cpp.get("/licensee/I-NEW").await.item();
    assert_eq!(licensee.get("name"), Some("Licensee%201"));
    assert_eq!(licensee.get("city"), Some("K%C3%B6ln"));

    let validated = cpp.post("/licensee/I/validate", "").await;
    // It cuts the parts of the date out of fixed positions behind the key.
    assert!(validated.text().contains("\"ttl\":\"2026-01-02T00:00:00"));
    let kinds = validated.items();
    let mut kinds = kinds.iter().map(|item| &*item.kind);
    assert!(kinds.all(|kind| kind == "ProductModuleValidation"));

    assert_eq!(
        cpp.delete("/license/L?forceCascade=false").await.status,
        204
    );
    shop.close().await;
}
