//! Tokens (wire contract, 7.9): how long they last, whom they are for, and what is never told.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_model::role::ApiKeyRole;
use leasehold_seal::xmldsig::ResponseKey;
use leasehold_wire::media::Media;

use crate::support::{Key, Server, instant, split};

const WORLD: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Switches&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Layers&licenseType=FEATURE",
    "POST /bundle number=B1&name=All&licenseTemplateNumbers=E1",
    "POST /licensee productNumber=P1&number=I1&aliases=acme",
    "POST /licensee productNumber=P1&number=I2",
];

async fn world() -> (Server, Key) {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    (server, key)
}

/// Makes a token and returns its number and its end.
async fn make(server: &Server, key: &Key, form: &str) -> (String, Option<String>) {
    let answer = server.expect(key, 200, "POST /token", form).await;
    let [item] = &answer.items()[..] else {
        panic!("{}", answer.body);
    };
    let get = |name| item.get(name).map(str::to_owned);
    (get("number").unwrap(), get("expirationTime"))
}

#[tokio::test]
async fn a_ticket_lasts_half_an_hour() {
    let (server, key) = world().await;
    let half = "2026-11-22T10:30:00.000Z";
    let mut short = Vec::new();
    for form in [
        "",
        "tokenType=DEFAULT",
        "tokenType=SHOP&licenseeNumber=I1",
        "tokenType=SHOP&licenseeNumber=I1&expirationTime=",
        // Bound to one licensee, whatever it has in the cart.
        "tokenType=SHOP&licenseeNumber=I1&productNumber=P1&predefinedShoppingItem=x&licenseTemplateNumber=E1",
        "tokenType=ACTION&action=licenseeLogin&licenseeNumber=acme",
        "tokenType=DEFAULT&type=ACTION&action=licenseeLogin&licenseeNumber=I1",
    ] {
        let (number, end) = make(&server, &key, form).await;
        assert_eq!(end.as_deref(), Some(half), "{form}");
        short.push(number);
    }
    let mut long = Vec::new();
    for form in [
        "tokenType=APIKEY",
        "tokenType=SHOP&productNumber=P1&predefinedShoppingItem=x&licenseTemplateNumber=E1",
        "tokenType=SHOP&productNumber=P1&predefinedShoppingItem=x&licenseTemplateNumber_0=E1",
    ] {
        let (number, end) = make(&server, &key, form).await;
        assert_eq!(end, None, "{form}");
        long.push(number);
    }
    let (number, end) = make(
        &server,
        &key,
        "expirationTime=Sun+Nov+22+11:45:00+GMT%2B01:00+2026",
    )
    .await;
    assert_eq!(end.as_deref(), Some("2026-11-22T10:45:00.000Z"));
    long.push(number);

    for (at, is_there) in [("2026-11-22T10:29:59.999Z", true), (half, false)] {
        server.clock.set(instant(at));
        let listed = server.expect(&key, 200, "GET /token", "").await.numbers();
        for number in &short {
            assert_eq!(listed.contains(number), is_there, "{at}");
            let line = format!("GET /token/{number}");
            let status = if is_there { 200 } else { 404 };
            server.expect(&key, status, &line, "").await;
        }
        for number in &long {
            assert!(listed.contains(number), "{at}");
            let line = format!("GET /token/{number}");
            server.expect(&key, 200, &line, "").await;
        }
    }
}

#[tokio::test]
async fn a_private_key_signs_and_is_never_told() {
    let (server, admin) = world().await;
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let bare = STANDARD.encode(der.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\r\n{bare}\r\n-----END PRIVATE KEY-----\r\n");
    let private = ResponseKey::parse(&pem).unwrap();
    for text in [pem, bare.clone()] {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let form = format!("tokenType=APIKEY&privateKey={encoded}");
        let answer = server.expect(&admin, 200, "POST /token", &form).await;
        let number = answer.numbers().remove(0);
        let line = format!("GET /token/{number}");
        for told in [
            answer.body.clone(),
            server.expect(&admin, 200, &line, "").await.body,
            server.expect(&admin, 200, "GET /token", "").await.body,
        ] {
            assert!(
                !told.contains("privateKey") && !told.contains(&bare[..40]),
                "{told}"
            );
        }
        let key = Key::of(&number);
        let line = "POST /licensee/I1/validate";
        let signed = server.ask(&key, Media::Xml, line, "").await;
        let verifier = private.verifier();
        assert!(leasehold_seal::xmldsig::verify(signed.body.as_bytes(), &verifier).is_ok());
        let json = server.ask(&key, Media::Json, line, "").await;
        assert!(json.body.starts_with(r#"{"signature":null"#));
        // Another method's answer is not a validation.
        let unsigned = server.ask(&admin, Media::Xml, line, "").await;
        assert!(!unsigned.body.contains("SignatureValue"));
    }
    for (text, status) in [("x", 400), ("", 200)] {
        let (line, form) = split("POST /token tokenType=APIKEY&privateKey=");
        let answer = server
            .expect(&admin, status, line, &format!("{form}{text}"))
            .await;
        assert!(!answer.body.contains("privateKey=") && !answer.body.contains("'x'"));
    }
}

#[tokio::test]
async fn an_action_is_spelled_in_three_ways() {
    let (server, key) = world().await;
    for form in [
        "tokenType=ACTION",
        "tokenType=DEFAULT&type=ACTION",
        "type=ACTION",
    ] {
        let form = format!("{form}&action=licenseeLogin&licenseeNumber=I1");
        let answer = server.expect(&key, 200, "POST /token", &form).await;
        let item = answer.items().remove(0);
        assert_eq!(item.get("tokenType"), Some("ACTION"), "{form}");
        assert!(item.get("customerPortalURL").is_some(), "{form}");
    }
}

#[tokio::test]
async fn a_key_for_one_licensee_makes_shop_tokens_for_that_one_only() {
    let (server, admin) = world().await;
    for role in [ApiKeyRole::Licensee, ApiKeyRole::Admin] {
        let key = server.key("V1", role, Some("I1")).await;
        for own in ["I1", "acme"] {
            let form = format!("tokenType=SHOP&licenseeNumber={own}");
            server.expect(&key, 200, "POST /token", &form).await;
        }
        // Whether there is such a licensee is not told either.
        for form in [
            "tokenType=SHOP&licenseeNumber=I2",
            "tokenType=SHOP&licenseeNumber=I9",
            "tokenType=SHOP&productNumber=P1&predefinedShoppingItem=x&licenseTemplateNumber=E1",
            "tokenType=APIKEY&licenseeNumber=I1",
            "tokenType=ACTION&action=licenseeLogin&licenseeNumber=I1",
            "",
        ] {
            let answer = server.expect(&key, 403, "POST /token", form).await;
            assert_eq!(
                answer.context().infos[0].id,
                "AccessDeniedException",
                "{form}"
            );
        }
    }
    let listed = server.expect(&admin, 200, "GET /token?filter=tokenType%3DSHOP", "");
    assert_eq!(listed.await.numbers().len(), 4);
}

#[tokio::test]
async fn a_shop_token_names_what_there_is() {
    let (server, key) = world().await;
    for (request, entity) in [
        ("productNumber=P9", "product"),
        ("licenseTemplateNumber=E9", "license template"),
        ("licenseTemplateNumber_1=E9", "license template"),
        ("bundleNumber=B9", "bundle"),
        ("licenseeNumber=I9", "licensee"),
    ] {
        let form = format!("tokenType=SHOP&licenseeNumber=I1&{request}");
        let answer = server.expect(&key, 400, "POST /token", &form).await;
        let info = &answer.context().infos[0];
        assert_eq!(info.id, "NotFoundException", "{request}");
        assert_eq!(info.text, format!("Requested {entity} does not exist"));
    }
    let form = "tokenType=SHOP&licenseeNumber=I1&productNumber=P1&licenseTemplateNumber=E1&bundleNumber=B1";
    server.expect(&key, 200, "POST /token", form).await;
}
