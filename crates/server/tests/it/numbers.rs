//! Numbers that nobody gave, licenses that come by themselves, and requests that come at once.

use leasehold_model::number::NUMBER_ALPHABET;

use crate::support::Server;

const WORLD: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Time&licensingModel=Subscription",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Trial&licenseType=TIMEVOLUME&timeVolume=30&automatic=true",
    "POST /licensetemplate productModuleNumber=M1&number=E2&name=Month&licenseType=TIMEVOLUME&timeVolume=1",
    "POST /productmodule productNumber=P1&number=M2&name=Try&licensingModel=TryAndBuy",
    "POST /licensetemplate productModuleNumber=M2&number=E3&name=Trial&licenseType=TIMEVOLUME&timeVolume=30&automatic=true",
    "POST /productmodule productNumber=P1&number=M3&name=Parts&licensingModel=Rental",
    "POST /licensetemplate productModuleNumber=M3&number=E4&name=Part&licenseType=FEATURE&automatic=true",
];

#[tokio::test]
async fn a_number_is_drawn_when_none_is_given() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    for (line, form, prefix) in [
        ("POST /product", "name=x", 'P'),
        (
            "POST /productmodule",
            "name=x&productNumber=P1&licensingModel=Quota",
            'M',
        ),
        (
            "POST /licensetemplate",
            "name=x&productModuleNumber=M1&licenseType=TIMEVOLUME&timeVolume=1",
            'E',
        ),
        ("POST /licensee", "productNumber=P1&number=", 'I'),
    ] {
        let drawn = server
            .expect(&key, 200, line, form)
            .await
            .numbers()
            .remove(0);
        let mut characters = drawn.chars();
        assert_eq!(characters.next(), Some(prefix), "{line}: {drawn}");
        let rest = characters.as_str();
        assert_eq!(rest.len(), 8, "{line}: {drawn}");
        assert!(
            rest.bytes().all(|byte| NUMBER_ALPHABET.contains(&byte)),
            "{line}: {drawn}"
        );
    }
}

#[tokio::test]
async fn a_new_licensee_gets_the_automatic_licenses() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    server
        .prepare(
            &key,
            &[
                "POST /licensee productNumber=P1&number=I1",
                "POST /licensee productNumber=P1&number=I2&markedForTransfer=true",
            ],
        )
        .await;
    let items = server.expect(&key, 200, "GET /license", "").await.items();
    let made: Vec<_> = items
        .iter()
        .map(|item| {
            assert_eq!(item.get("startDate"), None);
            assert!(item.get("number").unwrap().starts_with('L'));
            (
                item.get("licenseeNumber").unwrap(),
                item.get("licenseTemplateNumber").unwrap(),
            )
        })
        .collect();
    // A trial is made by validation, and nobody who only buys for somebody else gets anything.
    assert_eq!(made, [("I1", "E1"), ("I1", "E4")]);
}

#[tokio::test]
async fn of_two_requests_for_one_number_one_is_refused() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    let create = |name: &'static str| {
        let (server, key) = (&server, &key);
        async move {
            let form = format!("productNumber=P1&number=I1&name={name}");
            let json = leasehold_wire::media::Media::Json;
            server.ask(key, json, "POST /licensee", &form).await.status
        }
    };
    let (a, b, c) = tokio::join!(create("a"), create("b"), create("c"));
    let mut statuses = [a, b, c];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400]);
    assert_eq!(
        server
            .expect(&key, 200, "GET /licensee", "")
            .await
            .numbers(),
        ["I1"]
    );
}
