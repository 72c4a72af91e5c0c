//! Several vendors in one installation never see each other's data, whatever their numbers.

use crate::support::Server;

const OWN: &[&str] = &[
    "POST /product number=P1&name=NAME",
    "POST /productmodule productNumber=P1&number=M1&name=NAME&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=NAME&licenseType=FEATURE",
    "POST /licensee productNumber=P1&number=I1&name=NAME&aliases=acme",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L1&name=NAME",
];

#[tokio::test]
async fn vendors_with_equal_numbers_never_see_each_other() {
    let server = Server::start().await;
    let keys = [server.admin("V1").await, server.admin("V2").await];
    for (key, name) in keys.iter().zip(["first", "second"]) {
        let own: Vec<String> = OWN
            .iter()
            .map(|request| request.replace("NAME", name))
            .collect();
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        server.prepare(key, &own).await;
    }
    let [first, second] = &keys;
    let before = server.everything(second).await;
    assert!(before.contains("second") && !before.contains("first"));
    server
        .prepare(
            first,
            &[
                "POST /product/P1 name=changed",
                "POST /license/L1 active=false",
                "POST /licensee/acme/validate",
                "DELETE /product/P1?forceCascade=true",
            ],
        )
        .await;
    assert_eq!(server.everything(second).await, before);
    for line in [
        "GET /product/P1",
        "GET /productmodule/M1",
        "GET /licensetemplate/E1",
        "GET /licensee/acme",
        "GET /license/L1",
    ] {
        server.expect(first, 404, line, "").await;
        server.expect(second, 200, line, "").await;
    }
}

#[tokio::test]
async fn a_vendor_cannot_reach_another_ones_keys() {
    let server = Server::start().await;
    let (first, second) = (server.admin("V1").await, server.admin("V2").await);
    let numbers = server
        .expect(&second, 200, "GET /token", "")
        .await
        .numbers();
    let line = format!("GET /token/{}", numbers[0]);
    server.expect(&second, 200, &line, "").await;
    server.expect(&first, 404, &line, "").await;
    let line = format!("DELETE /token/{}", numbers[0]);
    server.expect(&first, 404, &line, "").await;
    server.expect(&second, 204, &line, "").await;
    server.expect(&second, 401, "GET /token", "").await;
}

#[tokio::test]
async fn another_vendors_number_is_refused() {
    let server = Server::start().await;
    let first = server.admin("V1").await;
    server
        .expect(&first, 200, "GET /product?vendorNumber=V1", "")
        .await;
    server
        .expect(&first, 403, "GET /product?vendorNumber=V2", "")
        .await;
    let form = "name=x&vendorNumber=V2";
    server.expect(&first, 403, "POST /product", form).await;
}
