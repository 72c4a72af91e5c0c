//! A small shop: one product that sells credits, and one licensee who has bought some.

use leasehold_testkit::http::Client;

/// Sells `credits` of the product `P`, its module `M` and template `E`, as the license `L` to the
/// licensee `I`, who answers to `alias` as well.
pub(crate) async fn sell(client: &Client, credits: &str) {
    client
        .make("/product", &[("number", "P"), ("name", "Credits")])
        .await;
    let module = [
        ("productNumber", "P"),
        ("number", "M"),
        ("name", "Credits"),
        ("licensingModel", "PayPerUse"),
    ];
    client.make("/productmodule", &module).await;
    let template = [
        ("productModuleNumber", "M"),
        ("number", "E"),
        ("name", "Credits"),
        ("licenseType", "QUANTITY"),
        ("quantity", credits),
    ];
    client.make("/licensetemplate", &template).await;
    let licensee = [
        ("productNumber", "P"),
        ("number", "I"),
        ("aliases", "[\"alias\"]"),
    ];
    client.make("/licensee", &licensee).await;
    let license = [
        ("licenseeNumber", "I"),
        ("licenseTemplateNumber", "E"),
        ("number", "L"),
    ];
    client.make("/license", &license).await;
}

/// Splits `METHOD /path form` at the second blank.
pub(crate) fn split(request: &str) -> (&str, &str) {
    let path = request.find(' ').unwrap() + 1;
    match request[path..].find(' ') {
        Some(blank) => (&request[..path + blank], &request[path + blank + 1..]),
        None => (request, ""),
    }
}

/// All that the vendor has, as the lists show it.
pub(crate) async fn everything(client: &Client) -> Vec<String> {
    let lists = [
        "product",
        "productmodule",
        "licensetemplate",
        "licensee",
        "license",
        "token",
        "transaction",
        "bundle",
        "notification",
        "paymentmethod",
    ];
    let mut shown = Vec::new();
    for list in lists {
        let reply = client.get(&format!("/{list}")).await.unwrap();
        assert_eq!(reply.status, 200, "{list}");
        shown.push(reply.text());
    }
    shown
}
