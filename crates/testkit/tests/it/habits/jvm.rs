//! The libraries of the JVM.

use super::{Shop, discounts, pair};

/// Java 2.x, over java.net.http.
#[tokio::test(flavor = "multi_thread")]
async fn java() {
    let shop = Shop::open().await;
    let mut java = shop.library(&[
        "User-Agent: NetLicensing/Java 2.6.0 (https://netlicensing.io)",
        // HTTP/2 is offered with every request that is not encrypted.
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    ]);
    java.headers_without_body = vec!["Content-Length: 0".to_owned()];

    let product = java.get("/product/P").await;
    let xml = Some("application/xml;charset=UTF-8");
    assert_eq!(product.header("content-type"), xml, "no Accept means XML");
    assert_eq!(product.item().get("number"), Some("P"));

    let list = java.get("/licensee?filter=page%3D0").await;
    assert_eq!(list.items().len(), 1, "a page without a size");
    assert!(list.text().contains(" hasnext=\"false\""));
    let none = java.get("/licensee?filter=productNumber%3Dnone").await;
    assert!(none.text().contains("<ns2:items "), "{}", none.text());
    assert_eq!(none.items().len(), 0);

    let licensee = java.post("/licensee/I", "aaa=first&name=A+customer").await;
    let licensee = licensee.item();
    let names = licensee.properties.iter().map(|property| &*property.name);
    let names: Vec<_> = names.collect();
    assert_eq!(licensee.get("name"), Some("A customer"));
    assert_eq!(names.last(), Some(&"aaa"), "custom properties come last");
    let shadow = java.post("/licensee/I", "Name=shadow").await;
    assert_eq!(shadow.refusal(), (400, "MalformedRequestException".into()));

    // The library sets no percent signs in paths; these are legal there without.
    let number = "A&B=C;D,E:F@G+H(1)";
    let form = "productNumber=P&number=A%26B%3DC%3BD%2CE%3AF%40G%2BH%281%29";
    assert_eq!(java.post("/licensee", form).await.status, 200);
    let licensee = java.get(&format!("/licensee/{number}")).await.item();
    assert_eq!(licensee.get("number"), Some(number));

    let form = "discount=200%3BEUR%3B5%25";
    let product = java.post("/product/P", form).await.item();
    let kept = vec![pair("200.00", "amountPercent=5")];
    assert_eq!(discounts(&product), kept, "a map holds one of a name");

    let template = java.post("/licensetemplate/E", "name=Some&currency=").await;
    assert_eq!(template.item().get("currency"), None, "Currency.NONE");
    let form = "price=10&currency=EUR";
    let template = java.post("/licensetemplate/E", form).await.item();
    assert_eq!(template.get("price"), Some("10.00"));
    assert_eq!(template.get("currency"), Some("EUR"));
    assert_eq!(template.get("licenseType"), Some("QUANTITY"));

    let product = java.get("/product/P?vendorNumber=vendor").await;
    assert_eq!(product.status, 200, "the caller's own vendor");
    let form = "vendorNumber=vendor&name=Ours";
    let product = java.post("/product/P", form).await.item();
    assert_eq!(product.get("vendorNumber"), None, "is never stored");
    let product = java.get("/product/P?vendorNumber=VOTHER").await;
    assert_eq!(product.refusal(), (403, "AccessDeniedException".into()));

    let mut slashed = shop.library(&[]);
    slashed.base = "/core/v2/rest/".to_owned();
    let product = slashed.get("/product").await;
    assert_eq!(product.items().len(), 1, "a base that ends with a slash");

    let unknown = java.get("/product/none").await;
    assert_eq!(unknown.status, 404);
    let info = "<ns2:info id=\"NotFoundException\" type=\"error\">Requested product does not exist";
    assert!(unknown.text().contains(info), "{}", unknown.text());

    let license = java.delete("/license/L?forceCascade=false").await;
    assert_eq!(license.status, 204);
    shop.close().await;
}

/// What Java 2.x sends to create tokens.
#[tokio::test(flavor = "multi_thread")]
async fn java_tokens() {
    let shop = Shop::open().await;
    let java = shop.library(&["User-Agent: NetLicensing/Java 2.6.0 (https://netlicensing.io)"]);
    for (date, expires) in [
        ("Thu Jan 01 10:00:00 UTC 2026", "2026-01-01T10:00:00.000Z"),
        ("Thu Jan 01 10:00:00 GMT 2026", "2026-01-01T10:00:00.000Z"),
        (
            "Thu Jan 01 10:00:00 GMT+01:00 2026",
            "2026-01-01T09:00:00.000Z",
        ),
        ("2026-01-02", "2026-01-02T00:00:00.000Z"),
    ] {
        let date = date.replace(' ', "+").replace("GMT+0", "GMT%2B0");
        let form = format!("tokenType=DEFAULT&expirationTime={date}");
        let token = java.post("/token", &form).await.item();
        assert_eq!(token.get("expirationTime"), Some(expires), "{date}");
    }
    let form = "tokenType=DEFAULT&expirationTime=Thu+Jan+32+10%3A00%3A00+UTC+2026";
    let token = java.post("/token", form).await;
    assert_eq!(token.refusal(), (400, "MalformedRequestException".into()));

    // The vendor's demo creates it from the token that it made an API key of before.
    let form = "tokenType=SHOP&licenseeNumber=I&privateKey=left+over";
    let token = java.post("/token", form).await.item();
    assert_eq!(token.get("tokenType"), Some("SHOP"));
    assert_eq!(token.get("privateKey"), None);
    let number = token.get("number").unwrap();
    let token = java.delete(&format!("/token/{number}")).await;
    assert_eq!(token.status, 204);
    shop.close().await;
}

/// Kotlin, over Jersey: Java's reader of replies, but it names the type that it reads.
#[tokio::test(flavor = "multi_thread")]
async fn kotlin() {
    let shop = Shop::open().await;
    let kotlin = shop.library(&["Accept: application/xml", "Connection: keep-alive"]);
    let product = kotlin.get("/product/P").await;
    let xml = Some("application/xml;charset=UTF-8");
    assert_eq!(product.header("content-type"), xml);
    let module = kotlin.get("/productmodule/M").await.item();
    assert_eq!(module.get("licensingModel"), Some("PayPerUse"));
    let license = kotlin.delete("/license/L").await;
    assert_eq!(license.status, 204);
    let license = kotlin.delete("/license/L").await;
    assert_eq!(license.refusal(), (404, "NotFoundException".into()));
    assert_eq!(license.header("content-type"), xml);
    shop.close().await;
}
