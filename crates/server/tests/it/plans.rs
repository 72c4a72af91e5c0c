//! What a vendor's plan leaves out is answered by 402 (wire contract, section 10).

use leasehold_model::plan::{Feature, Plan};
use leasehold_model::product::LicensingModel;
use leasehold_wire::media::Media;

use crate::support::{Server, split};

const WORLD: &[&str] = &[
    "POST /product number=P1&name=Painter&licenseeAutoCreate=true",
    "POST /productmodule productNumber=P1&number=M1&name=Switches&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Layers&licenseType=FEATURE",
    "POST /productmodule productNumber=P1&number=M2&name=Seats&licensingModel=Floating&maxCheckoutValidity=60",
    "POST /bundle number=B1&name=All&licenseTemplateNumbers=E1",
    "POST /notification number=N1&name=All&events=LICENSE_CREATED&protocol=WEBHOOK&endpoint=https://hooks.example/",
    "POST /licensee productNumber=P1&number=I1",
];

#[rustfmt::skip]
const REFUSED: &[(&str, &str)] = &[
    ("POST /product name=x", "more than 1 products"),
    ("POST /licensee productNumber=P1", "more than 1 licensees"),
    ("POST /licensee/I9/validate productNumber=P1", "more than 1 licensees"),
    ("POST /productmodule productNumber=P1&name=x&licensingModel=Floating&maxCheckoutValidity=60", "Floating"),
    ("POST /productmodule/M1 licensingModel=Floating&maxCheckoutValidity=60", "Floating"),
    ("POST /bundle name=x", "Bundle"),
    ("POST /notification name=x&events=LICENSE_CREATED&protocol=WEBHOOK&endpoint=https://hooks.example/", "Notification"),
    ("POST /token tokenType=APIKEY&privateKey=x", "SignedReplies"),
    ("POST /agent/export licensees=I1&withoutCard=true&plaintext=true", "Export"),
];

/// What the vendor has already stays usable, and everything else goes on.
const ALLOWED: &[&str] = &[
    "POST /product/P1 name=x",
    "POST /licensee/I1 name=x",
    "POST /licensee/I1/validate",
    "POST /licensee/I9/validate productNumber=P1&dryRun=true",
    "POST /productmodule/M2 name=x",
    "POST /bundle/B1 name=x",
    "POST /bundle/B1/obtain licenseeNumber=I1",
    "POST /notification/N1 name=x",
    "POST /token tokenType=APIKEY",
    "POST /token tokenType=APIKEY&privateKey=",
    "POST /productmodule productNumber=P1&name=x&licensingModel=Quota",
];

#[tokio::test]
async fn what_the_plan_leaves_out_must_be_paid() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    let plan = Plan {
        products: Some(1),
        licensees: Some(1),
        offline_days: None,
        denied: [
            Feature::Model(LicensingModel::Floating),
            Feature::Bundle,
            Feature::Notification,
            Feature::SignedReplies,
            Feature::Export,
        ]
        .into(),
    };
    server.plan("V1", plan).await;
    let before = server.everything(&key).await;
    for (request, feature) in REFUSED {
        for media in [Media::Xml, Media::Json] {
            let (line, form) = split(request);
            let answer = server.ask(&key, media, line, form).await;
            assert_eq!(answer.status, 402, "{request}: {}", answer.body);
            let context = answer.context();
            let text = format!(
                "Payment required. Feature \"{feature}\" is not allowed. Please upgrade your plan."
            );
            assert_eq!(context.infos[0].id, "PaymentRequiredException", "{request}");
            assert_eq!(context.infos[0].text, text, "{request}");
            assert_eq!(context.items, None, "{request}");
        }
        assert_eq!(server.everything(&key).await, before, "{request}");
    }
    server.prepare(&key, ALLOWED).await;
    // Another vendor's plan is another matter.
    let other = server.admin("V2").await;
    server.prepare(&other, WORLD).await;
    server.verify().await;
}
