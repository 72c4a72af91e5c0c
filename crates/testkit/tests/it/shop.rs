//! A small shop: one product that sells credits, and one licensee who has bought some.

use leasehold_testkit::http::{Client, Reply};
use leasehold_wire::media::Media;

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

/// One request in JSON; `line` is the method and the path, `form` is encoded already.
pub(crate) async fn ask(client: &Client, line: &str, form: &str) -> Reply {
    ask_in(client, Media::Json, line, form).await
}

/// One request in the form that is asked for.
pub(crate) async fn ask_in(client: &Client, media: Media, line: &str, form: &str) -> Reply {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = client.request(method, path).header("Accept", accept(media));
    if !form.is_empty() {
        let kind = "application/x-www-form-urlencoded";
        request = request.header("Content-Type", kind).body(form.to_owned());
    }
    let response = request.send().await.unwrap();
    let content_type = response.headers().get("content-type");
    Reply {
        status: response.status().as_u16(),
        content_type: content_type
            .map_or("", |value| value.to_str().unwrap())
            .to_owned(),
        retry_after_s: None,
        body: response.bytes().await.unwrap().to_vec(),
    }
}

/// Requests of the form `METHOD /path form`, which must all succeed.
pub(crate) async fn prepare(client: &Client, requests: &[&str]) {
    for request in requests {
        let (line, form) = split(request);
        let reply = ask(client, line, form).await;
        assert!(reply.status < 300, "{request}: {}", reply.text());
    }
}

/// What asks for `media`.
pub(crate) fn accept(media: Media) -> &'static str {
    match media {
        Media::Xml => "application/xml",
        Media::Json => "application/json",
    }
}
