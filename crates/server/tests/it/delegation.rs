//! Of what an agent may give away, the server gives nothing, until it is given back (decision D16).

use crate::support::Server;

const WORLD: &[&str] = &[
    "POST /product number=P&name=Painter",
    "POST /productmodule productNumber=P&number=F&name=Seats&licensingModel=Floating&maxCheckoutValidity=3600",
    "POST /licensetemplate productModuleNumber=F&number=TF&name=Seat&licenseType=FLOATING&maxSessions=2",
    "POST /productmodule productNumber=P&number=C&name=Credits&licensingModel=PayPerUse",
    "POST /licensetemplate productModuleNumber=C&number=TC&name=Credit&licenseType=QUANTITY&quantity=10",
    "POST /licensee productNumber=P&number=I&aliases=acme",
    "POST /licensee productNumber=P&number=J",
    "POST /license licenseeNumber=I&licenseTemplateNumber=TF",
    "POST /license licenseeNumber=I&licenseTemplateNumber=TC",
    "POST /license licenseeNumber=J&licenseTemplateNumber=TF",
];
const EXPORT: &str = "withoutCard=true&plaintext=true";
const SEAT: &str = "productModuleNumber=F&sessionId=s&action=checkOut";
const CREDIT: &str = "productModuleNumber=C&usedQuantity=1";

#[tokio::test]
async fn an_export_delegates_until_it_is_released() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    let valid = async |licensee: &str, form: &str, kind: &str| {
        let path = format!("POST /licensee/{licensee}/validate");
        let reply = server.expect(&key, 200, &path, form).await;
        let told = reply.body.contains("licenseeDelegated");
        let items = reply.items();
        let item = items
            .iter()
            .find(|item| item.get("licensingModel") == Some(kind));
        (item.unwrap().get("valid") == Some("true"), told)
    };
    let export = async |shared: &str| {
        let form = format!("licensees=I&{shared}&{EXPORT}");
        server.expect(&key, 200, "POST /agent/export", &form).await;
    };
    let delegated = async || {
        let items = server
            .expect(&key, 200, "GET /agent/delegation", "")
            .await
            .items();
        items
            .iter()
            .map(|item| item.get("licenseeNumber").unwrap().to_owned())
            .collect::<Vec<_>>()
    };

    export("shared=true").await;
    assert_eq!(valid("I", SEAT, "Floating").await, (true, false));
    assert_eq!(delegated().await, Vec::<String>::new());

    export("shared=false").await;
    assert_eq!(valid("I", SEAT, "Floating").await, (false, true));
    assert_eq!(valid("I", CREDIT, "PayPerUse").await, (false, true));
    assert_eq!(valid("J", SEAT, "Floating").await, (true, false));
    assert_eq!(delegated().await, ["I"]);

    // A shared export does not take away what was delegated.
    export("shared=true").await;
    assert_eq!(valid("I", SEAT, "Floating").await, (false, true));

    let released = server
        .expect(&key, 200, "POST /agent/release", "licensees=acme")
        .await;
    assert_eq!(released.items()[0].get("licenseeNumber"), Some("I"));
    assert_eq!(valid("I", SEAT, "Floating").await, (true, false));
    assert_eq!(valid("I", CREDIT, "PayPerUse").await, (true, false));
    let again = server
        .expect(&key, 200, "POST /agent/release", "licensees=acme")
        .await;
    assert_eq!(again.items().len(), 0);
    server
        .expect(&key, 404, "POST /agent/release", "licensees=I,nobody")
        .await;
}
