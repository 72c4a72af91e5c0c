//! Custom properties, reserved names, numbers and aliases (wire contract, section 5), for each
//! resource alike.

use leasehold_wire::media::Media;

use crate::support::{Key, Server, split};

/// A world in which everything is new, hence may be renamed.
const WORLD: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Switches&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Layers&licenseType=FEATURE",
    "POST /bundle number=B1&name=All&licenseTemplateNumbers=E1",
    "POST /transaction number=T1&status=PENDING&source=SHOP",
    "POST /notification number=N1&name=All&events=LICENSE_CREATED&protocol=WEBHOOK&endpoint=http://localhost:1/",
    "POST /licensee productNumber=P1&number=I1",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L1&transactionNumber=T1",
];

/// Every entity that can be updated, with a standard name of it that is spelt wrongly.
const ENTITIES: &[(&str, &str)] = &[
    ("product/P1", "Version"),
    ("productmodule/M1", "LicensingModel"),
    ("licensetemplate/E1", "Hidden"),
    ("licensee/I1", "Aliases"),
    ("license/L1", "StartDate"),
    ("bundle/B1", "Description"),
    ("transaction/T1", "grandtotal"),
    ("notification/N1", "Payload"),
    ("paymentmethod/PAYPAL", "Active"),
];

async fn world() -> (Server, Key) {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    (server, key)
}

/// The properties of an entity after a change, or without one.
async fn properties(server: &Server, key: &Key, path: &str, form: &str) -> Vec<(String, String)> {
    let method = if form.is_empty() { "GET" } else { "POST" };
    let line = format!("{method} /{path}");
    let answer = server.expect(key, 200, &line, form).await;
    let item = answer.items().remove(0);
    let pairs = item.properties.into_iter();
    pairs
        .map(|one| (one.name.into_owned(), one.value))
        .collect()
}

#[tokio::test]
async fn a_custom_property_is_kept_behind_the_standard_ones_and_deleted_when_empty() {
    let (server, key) = world().await;
    for (path, misspelt) in ENTITIES {
        let before = properties(&server, &key, path, "").await;
        let form = "zone=EU&Updated+property+name=a%0Ab+%3C%26&empty=";
        let with = properties(&server, &key, path, form).await;
        let mut expected = before.clone();
        expected.push(("Updated property name".to_owned(), "a\nb <&".to_owned()));
        expected.push(("zone".to_owned(), "EU".to_owned()));
        assert_eq!(with, expected, "{path}");
        assert_eq!(
            properties(&server, &key, path, "").await,
            expected,
            "{path}"
        );
        let list = path.split('/').next().unwrap();
        let line = format!("GET /{list}?filter=zone%3DEU");
        assert_eq!(
            server.expect(&key, 200, &line, "").await.numbers().len(),
            1,
            "{path}"
        );

        // Names that are never custom are ignored, and equal ones in another case refused.
        let reserved = "id=1&vendorNumber=V1&forceCascade=true&filter=x&inUse=maybe&shop-license-id=1&shopping-cart=1&licenseTransactionJoin=x&warningLevelSummary=x&shopURL=x";
        assert_eq!(
            properties(&server, &key, path, reserved).await,
            expected,
            "{path}"
        );
        let line = format!("POST /{path}");
        let answer = server
            .expect(&key, 400, &line, &format!("{misspelt}=true"))
            .await;
        assert_eq!(
            answer.context().infos[0].id,
            "MalformedRequestException",
            "{path}"
        );

        // Limits, to the last character and byte.
        let (name, value) = ("n".repeat(255), "v".repeat(64 * 1024));
        properties(&server, &key, path, &format!("{name}={value}")).await;
        for form in [format!("{name}n=x"), format!("long={value}v")] {
            server.expect(&key, 400, &line, &form).await;
        }
        let deleted = properties(
            &server,
            &key,
            path,
            &format!("{name}=&zone=&Updated+property+name="),
        )
        .await;
        assert_eq!(deleted, before, "{path}");
    }
    server.verify().await;
}

/// What may be renamed and what may not, once it is in use.
#[tokio::test]
async fn a_number_changes_until_it_is_in_use() {
    let (server, key) = world().await;
    let rename = async |path: &str, number: &str, status| {
        let line = format!("POST /{path}");
        server
            .expect(&key, status, &line, &format!("number={number}"))
            .await;
    };
    // P1, M1, E1 and I1 are in use; L1 waits for its transaction.
    for path in [
        "product/P1",
        "productmodule/M1",
        "licensetemplate/E1",
        "licensee/I1",
    ] {
        rename(path, "X", 400).await;
        rename(path, path.split('/').nth(1).unwrap(), 200).await;
    }
    for (path, number) in [
        ("license/L1", "L2"),
        ("transaction/T1", "T2"),
        ("bundle/B1", "B2"),
        ("notification/N1", "N2"),
    ] {
        rename(path, number, 200).await;
        rename(path, "Z", 404).await;
    }
    server
        .prepare(&key, &["POST /transaction/T2 status=CLOSED"])
        .await;
    rename("license/L2", "L3", 400).await;
    rename("license/L2", "L2", 200).await;
    rename("transaction/T2", "T3", 400).await;
    // As soon as nothing uses them any more, numbers change again.
    server
        .prepare(&key, &["DELETE /licensee/I1?forceCascade"])
        .await;
    for (path, number) in [
        ("product/P1", "P2"),
        ("productmodule/M1", "M2"),
        ("licensetemplate/E1", "E2"),
    ] {
        rename(path, number, 200).await;
    }
    let answer = server.expect(&key, 200, "GET /bundle/B2", "").await;
    assert_eq!(answer.items()[0].get("licenseTemplateNumbers"), Some("E2"));
    server.verify().await;
}

#[tokio::test]
async fn whether_it_is_in_use_is_told() {
    let (server, key) = world().await;
    let in_use = async |path: &str| {
        let line = format!("GET /{path}");
        let answer = server.expect(&key, 200, &line, "").await;
        answer.items()[0].get("inUse").map(str::to_owned)
    };
    let used = [
        "product/P1",
        "productmodule/M1",
        "licensetemplate/E1",
        "licensee/I1",
        "transaction/T1",
    ];
    for path in used {
        assert_eq!(in_use(path).await.as_deref(), Some("true"), "{path}");
    }
    server.prepare(&key, &["DELETE /license/L1"]).await;
    for path in ["licensetemplate/E1", "licensee/I1"] {
        assert_eq!(in_use(path).await.as_deref(), Some("false"), "{path}");
    }
    server.prepare(&key, &["DELETE /licensee/I1"]).await;
    for path in ["product/P1", "productmodule/M1"] {
        assert_eq!(in_use(path).await.as_deref(), Some("false"), "{path}");
    }
}

/// An alias stands for its licensee wherever one is named, but where it is changed.
#[tokio::test]
async fn an_alias_stands_for_its_licensee() {
    let (server, key) = world().await;
    let requests = [
        "POST /licensee/I1 aliases=%5B%22acme%22%2C%22a%2Cb%22%5D",
        "GET /licensee/acme",
        "GET /licensee/a%2Cb",
        "POST /licensee/acme/validate",
        "GET /licensee/acme/validate",
        "POST /license licenseeNumber=acme&licenseTemplateNumber=E1",
        "POST /bundle/B1/obtain licenseeNumber=a,b",
        "POST /transaction status=CLOSED&source=SHOP&licenseeNumber=acme",
        "POST /token tokenType=SHOP&licenseeNumber=acme",
        "POST /licensee productNumber=P1&number=I2&markedForTransfer=true",
        "POST /licensee/acme/transfer sourceLicenseeNumber=I2",
    ];
    server.prepare(&key, &requests).await;
    for (line, form, status) in [
        ("POST /licensee/acme", "name=x", 404),
        ("DELETE /licensee/acme?forceCascade", "", 404),
        ("POST /licensee", "productNumber=P1&number=acme", 400),
        ("POST /licensee", "productNumber=P1&aliases=acme", 400),
        ("POST /licensee", "productNumber=P1&aliases=I1", 400),
    ] {
        server.expect(&key, status, line, form).await;
    }
    server.prepare(&key, &["POST /licensee/I1 aliases="]).await;
    let answer = server.ask(&key, Media::Xml, "GET /licensee/acme", "").await;
    assert_eq!(answer.status, 404);
    let (line, form) = split("POST /licensee productNumber=P1&number=acme");
    server.expect(&key, 200, line, form).await;
    server.verify().await;
}
