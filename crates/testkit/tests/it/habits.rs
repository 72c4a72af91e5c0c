//! The habits of the client libraries that no test runs, written to the wire as their HTTP
//! libraries write them: a test for each row of the wire contract's table (section 12), an
//! assertion for each habit. Those of JavaScript and Python run themselves, in `tests/clients`.

mod wire;

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::vendor::TtlMinutes;
use leasehold_service::clock::ManualClock;
use leasehold_testkit::http::Client;
use leasehold_testkit::within::Server;
use leasehold_wire::context::Item;
use tempfile::TempDir;

use crate::shop::sell;
use wire::{Answer, Library};

/// A server with the shop of [`sell`], on the first day of 2026.
struct Shop {
    _folder: TempDir,
    server: Server,
    client: Client,
    key: String,
}

impl Shop {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
        let server = Server::start(folder.path(), clock).await;
        let key = server.add_vendor("vendor", TtlMinutes::DEFAULT).await;
        let client = Client::new(server.address(), "apiKey", &key);
        sell(&client, "5").await;
        Self {
            _folder: folder,
            server,
            client,
            key,
        }
    }

    /// A library that sends `headers`, and signs in at once.
    fn library(&self, headers: &[&str]) -> Library {
        let mut library = self.stranger(headers);
        library.headers.push(credentials(&self.key));
        library
    }

    /// A library that sends `headers`, and no credentials.
    fn stranger(&self, headers: &[&str]) -> Library {
        let authority = self.server.address().strip_prefix("http://").unwrap();
        Library {
            authority: authority.to_owned(),
            base: "/core/v2/rest".to_owned(),
            headers: headers.iter().map(|&header| header.to_owned()).collect(),
            headers_without_body: Vec::new(),
        }
    }

    async fn close(self) {
        self.server.stop().await;
    }
}

fn credentials(key: &str) -> String {
    let credentials = STANDARD.encode(format!("apiKey:{key}"));
    format!("Authorization: Basic {credentials}")
}

/// The entries of a product's discount: total price, and the amount by its name.
fn discounts(product: &Item) -> Vec<(String, String)> {
    let amount = |name: &str| name.starts_with("amount");
    let entries = product.lists.iter().filter(|list| list.name == "discount");
    let entries = entries.map(|list| {
        let total = list.properties.iter().find(|of| of.name == "totalPrice");
        let amount = list.properties.iter().find(|of| amount(&of.name)).unwrap();
        let amount = format!("{}={}", amount.name, amount.value);
        (total.unwrap().value.clone(), amount)
    });
    entries.collect()
}

fn pair(total: &str, amount: &str) -> (String, String) {
    (total.to_owned(), amount.to_owned())
}

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

/// Adds a module with two features to the product of [`sell`], one of them licensed.
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

/// The MCP server, over fetch.
#[tokio::test(flavor = "multi_thread")]
async fn mcp() {
    let shop = Shop::open().await;
    let mcp = shop.library(&["accept: application/json", "sec-fetch-mode: cors"]);

    // It reads the reply to every POST as JSON.
    let json = Some("application/json;charset=UTF-8");
    for (path, form) in [
        ("/product", "number=P2&name=Second"),
        ("/product/P2", "name=Renamed"),
        ("/licensee/I/validate", ""),
        ("/product", ""),
    ] {
        let answer = mcp.post(path, form).await;
        assert_eq!(answer.header("content-type"), json, "{path}");
        assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok());
    }

    // It has nothing but a key to sign in with.
    let form = "tokenType=APIKEY&apiKeyRole=ROLE_APIKEY_ANALYTICS";
    let token = mcp.post("/token", form).await.item();
    let number = token.get("number").unwrap().to_owned();
    let tokens = mcp.get("/token?filter=tokenType%3DAPIKEY").await.items();
    assert!(tokens.iter().any(|of| of.get("number") == Some(&number)));
    assert_eq!(mcp.delete(&format!("/token/{number}")).await.status, 204);

    let form = "number=B&name=Starter&licenseTemplateNumber=E";
    let bundle = mcp.post("/bundle", form).await.item();
    assert_eq!(bundle.get("licenseTemplateNumbers"), Some("E"));
    assert_eq!(bundle.get("licenseTemplateNumber"), None);

    let put = mcp
        .ask(&mcp.request("PUT", "/product/P2", Some("name=X")))
        .await;
    assert_eq!(put.refusal(), (405, "MethodNotAllowedException".into()));
    assert_eq!(
        put.header("allow"),
        Some("GET, HEAD, POST, DELETE, OPTIONS")
    );
    shop.close().await;
}

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

/// Libraries read the body of an error only when its length is told, and fail on one that is not of
/// the type they asked for, whoever in the server makes it.
#[tokio::test(flavor = "multi_thread")]
async fn every_error_has_a_length_and_the_type_asked_for() {
    let shop = Shop::open().await;
    let weak = shop.server.add_key("vendor", ApiKeyRole::Licensee).await;
    for (accept, content_type) in [
        ("Accept: application/xml", "application/xml;charset=UTF-8"),
        ("Accept: application/json", "application/json;charset=UTF-8"),
    ] {
        let library = shop.library(&[accept]);
        let stranger = shop.stranger(&[accept]);
        let licensee = shop.stranger(&[accept, &credentials(&weak)]);
        let wrong = shop.stranger(&[accept, &credentials("wrong")]);
        let json = library.request("POST", "/product", Some("{}"));
        let json = json.replace("x-www-form-urlencoded", "json");
        let large = shop.library(&[accept, "Expect: 100-continue", "Content-Length: 2000000"]);
        let large = large.request("POST", "/product", None);
        let large = large.replacen(
            "\r\n",
            "\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            1,
        );

        let answers = [
            (400, "Malformed", library.post("/product", "").await),
            (400, "IllegalOperation", library.delete("/product/P").await),
            (400, "Malformed", library.get("/product/%00").await),
            (400, "Malformed", library.get("/product/..").await),
            (401, "Authentication", stranger.get("/product").await),
            (401, "Authentication", wrong.get("/product").await),
            (401, "Authentication", stranger.get("/nonsense").await),
            (403, "AccessDenied", licensee.get("/product").await),
            (404, "NotFound", library.get("/product/none").await),
            (404, "NotFound", library.get("/nonsense").await),
            (
                405,
                "MethodNotAllowed",
                library.post("/utility/countries", "").await,
            ),
            (413, "PayloadTooLarge", library.ask(&large).await),
            (415, "UnsupportedMediaType", library.ask(&json).await),
        ];
        for (status, id, answer) in answers {
            assert_error(&answer, status, id, content_type);
        }
    }
    let html = shop.library(&["Accept: text/html"]);
    let answer = html.get("/product").await;
    assert_error(
        &answer,
        406,
        "NotAcceptable",
        "application/xml;charset=UTF-8",
    );
    shop.close().await;
}

fn assert_error(answer: &Answer, status: u16, id: &str, content_type: &str) {
    let asked = format!("{status} {id}: {}", answer.text());
    // That there is a length is asserted by whoever reads the reply.
    assert!(!answer.body.is_empty(), "{asked}");
    assert_eq!(answer.header("content-type"), Some(content_type), "{asked}");
    let (found, found_id) = answer.refusal();
    assert_eq!(found, status, "{asked}");
    assert!(found_id.starts_with(id), "{asked}");
    assert!(answer.header("x-request-id").is_some(), "{asked}");
}
