//! The life of each entity, told in order: every response whole, in both formats.

use expect_test::{ExpectFile, expect_file};
use leasehold_wire::media::Media;

use crate::support::{Server, split};

const PRODUCT: &[&str] = &[
    "GET /product",
    "POST /product number=P1&name=Painter&version=2.0&description=%3Cb%3Ebold%3C/b%3E&licensingInfo=ask&vatMode=NET&region=EU&discount=100;EUR;5%25&discount=200;EUR;12.345",
    "GET /product/P1",
    "GET //product/P1/?vendorNumber=V1",
    "POST /product number=P2&name=Brush&active=False&licenseeAutoCreate=TRUE&licenseeSecretMode=CLIENT",
    "GET /product?filter=active%3Dtrue",
    "POST /product/P1 number=P1&name=&description=&vatMode=&licensingInfo=&version=&region=&colour=blue",
    "POST /product/P1 discount=",
    "POST /product/P1 number=Painter%2F1",
    "GET /product/Painter%2F1",
    "GET /product/P1",
    "DELETE /product/Painter%2F1",
    "DELETE /product/Painter%2F1",
    "GET /product",
];

const PRODUCT_MODULE: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Seats&licensingModel=Floating&maxCheckoutValidity=0060&licenseTemplate=x",
    "POST /productmodule productNumber=P1&number=M2&name=Parts&licensingModel=FeatureWithTimeVolume&yellowThreshold=10&redThreshold=5&note=hello",
    "POST /productmodule productNumber=P1&number=M3&name=Nodes&licensingModel=NodeLocked&nodeSecretMode=CLIENT",
    "POST /productmodule productNumber=P1&number=M4&name=Plans&licensingModel=PricingTable&skudef=%7B%22skudef%22%3A%5B%5D%7D",
    "POST /productmodule productNumber=P1&number=M5&name=Codes&licensingModel=Discount",
    "GET /productmodule?filter=productNumber%3DP1%3BlicensingModel%3DRental",
    "POST /productmodule/M2 yellowThreshold=&redThreshold=&note=",
    "POST /productmodule/M1 maxCheckoutValidity=&active=false",
    "POST /productmodule/M5 licensingModel=Quota&number=M6",
    "GET /productmodule/M6",
    "POST /licensee productNumber=P1&number=I1",
    "GET /productmodule/M6",
    "DELETE /productmodule/M6",
    "GET /productmodule/M6",
];

const LICENSE_TEMPLATE: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Time&licensingModel=Subscription",
    "POST /productmodule productNumber=P1&number=M2&name=Switches&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Month&licenseType=TIMEVOLUME&timeVolume=1&timeVolumePeriod=MONTH&price=9.995&currency=EUR&gracePeriod=False",
    "POST /licensetemplate productModuleNumber=M1&number=E2&name=Trial&licenseType=TIMEVOLUME&timeVolume=30&automatic=true&hidden=true&hideLicenses=true&price=0&currency=EUR",
    "POST /licensetemplate productModuleNumber=M2&number=E3&name=Layers&licenseType=FEATURE&automatic=true&price=5&currency=USD",
    "GET /licensetemplate?filter=productModuleNumber%3DM1",
    "POST /licensetemplate/E1 price=12",
    "POST /licensetemplate/E1 price=&currency=",
    "POST /licensetemplate/E1 timeVolume=&timeVolumePeriod=&name=Day",
    "POST /licensee productNumber=P1&number=I1",
    "GET /licensetemplate/E3",
    "DELETE /licensetemplate/E3",
    "DELETE /licensetemplate/E3?forceCascade",
    "GET /license?filter=licenseTemplateNumber%3DE3",
];

const LICENSEE: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Switches&licensingModel=MultiFeature",
    "POST /licensee productNumber=P1&number=I1&name=Acme&aliases=%5B%22acme%22%2C%22a%2Cb%22%5D&licenseeSecret=s&segment=gold",
    "GET /licensee/a%2Cb",
    "POST /licensee productNumber=P1&number=I2&aliases=x,+y&markedForTransfer=true",
    "GET /licensee?filter=segment%3Dgold",
    "POST /licensee/I1 aliases=&name=&licenseeSecret=&segment=",
    "POST /licensee/I2 number=x&aliases=I2",
    "GET /licensee/I2",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Layers&licenseType=FEATURE",
    "POST /license licenseeNumber=I2&licenseTemplateNumber=E1&number=L1",
    "GET /licensee/x",
    "POST /licensee/I1/transfer sourceLicenseeNumber=I2",
    "GET /license/L1",
    "POST /licensee/I1/transfer sourceLicenseeNumber=x",
    "POST /licensee/I1/validate",
    "GET /licensee/I1",
    "DELETE /licensee/I2",
    "DELETE /licensee/I1",
    "DELETE /licensee/I1?forceCascade=true",
    "GET /license",
];

const LICENSE: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Parts&licensingModel=Rental",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Part&licenseType=FEATURE&hideLicenses=true",
    "POST /licensetemplate productModuleNumber=M1&number=E2&name=Month&licenseType=TIMEVOLUME&timeVolume=1&timeVolumePeriod=MONTH&price=9&currency=EUR",
    "POST /licensee productNumber=P1&number=I1&aliases=acme",
    "POST /license licenseeNumber=acme&licenseTemplateNumber=E1&number=L1&price=77&currency=EUR&note=n",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E2&number=L2&parentFeature=L1&startDate=NOW&name=First",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E2&number=L3&parentfeature=L1&startDate=2026-12-24&timeVolume=3&hidden=true&active=false",
    "GET /license?filter=licenseTemplateNumber%3DE2",
    "POST /license/L3 startDate=&timeVolumePeriod=DAY&active=true&licenseeNumber=acme&licenseTemplateNumber=E2&number=L3",
    "DELETE /license/L1",
    "DELETE /license/L1?forceCascade=TRUE",
    "GET /license",
    "POST /productmodule productNumber=P1&number=M2&name=Seats&licensingModel=Floating&maxCheckoutValidity=60",
    "POST /licensetemplate productModuleNumber=M2&number=E3&name=Seat&licenseType=FLOATING&maxSessions=1",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E3&number=L4",
    "POST /licensee/I1/validate productModuleNumber=M2&sessionId=s+1&action=checkOut",
    "GET /license/L4",
    "POST /license/L4 sessionId_s+1=",
    "POST /licensee/I1/validate productModuleNumber=M2&sessionId=s+2&action=checkOut&dryRun=true",
    "POST /productmodule productNumber=P1&number=M3&name=Nodes&licensingModel=NodeLocked",
    "POST /licensetemplate productModuleNumber=M3&number=E4&name=Node&licenseType=QUANTITY&quantity=2",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E4&number=L5&quota=3&nodeSecret0=abc&nodeSecret01=custom",
    "POST /license/L5 nodeSecret0=&nodeSecret2=def",
    "GET /license/L5",
];

/// `{number}` stands for the number of the first token that was made.
const TOKEN: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /licensee productNumber=P1&number=I1&aliases=acme",
    "POST /token tokenType=APIKEY&apiKeyRole=ROLE_APIKEY_OPERATION&licenseeNumber=acme&expirationTime=Mon+Nov+23+10:00:00+UTC+2026&name=Till&privateKey=&number=mine&place=shop",
    "GET /token/{number}",
    "GET /token?filter=tokenType%3DAPIKEY%3Bname%3DTill",
    "DELETE /token/{number}",
    "GET /token/{number}",
    "DELETE /token/{number}",
    "POST /token tokenType=APIKEY&active=false",
];

/// Runs a story on a fresh server and returns what was said.
async fn tell(story: &[&str], media: Media) -> String {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    let mut told = String::new();
    let mut made = String::new();
    for request in story {
        let (line, form) = split(request);
        let line = line.replace("{number}", &made);
        let answer = server.ask(&key, media, &line, form).await;
        let mut body = answer.body.clone();
        if line == "POST /token" {
            // Drawn at random; the shape is checked here.
            let number = answer.numbers().remove(0);
            let version = uuid::Uuid::parse_str(&number).unwrap().get_version_num();
            assert_eq!((number.len(), version), (36, 4));
            made = number;
        }
        if !made.is_empty() {
            body = body.replace(&made, "{number}");
        }
        told.push_str(&format!("> {request}\n{}", answer.status));
        if !answer.content_type.is_empty() {
            told.push_str(&format!(" {}\n{body}", answer.content_type));
        }
        told.push_str("\n\n");
    }
    server.verify().await;
    told
}

async fn check(story: &[&str], xml: ExpectFile, json: ExpectFile) {
    xml.assert_eq(&tell(story, Media::Xml).await);
    json.assert_eq(&tell(story, Media::Json).await);
}

#[tokio::test]
async fn the_life_of_a_product() {
    check(
        PRODUCT,
        expect_file!["lives/product.xml.txt"],
        expect_file!["lives/product.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_product_module() {
    check(
        PRODUCT_MODULE,
        expect_file!["lives/product_module.xml.txt"],
        expect_file!["lives/product_module.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_license_template() {
    check(
        LICENSE_TEMPLATE,
        expect_file!["lives/license_template.xml.txt"],
        expect_file!["lives/license_template.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_licensee() {
    check(
        LICENSEE,
        expect_file!["lives/licensee.xml.txt"],
        expect_file!["lives/licensee.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_license() {
    check(
        LICENSE,
        expect_file!["lives/license.xml.txt"],
        expect_file!["lives/license.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_an_api_key() {
    check(
        TOKEN,
        expect_file!["lives/token.xml.txt"],
        expect_file!["lives/token.json.txt"],
    )
    .await;
}

/// An empty parent is ignored where a license needs one, and cleared where it does not (RENT-6).
#[tokio::test]
async fn a_grace_license_may_let_go_of_its_feature() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, &LICENSE[..7]).await;
    for (form, parent) in [
        ("parentfeature=", Some("L1")),
        ("parentFeature=&name=Second", Some("L1")),
        ("gracePeriod=true&parentFeature=", None),
        ("parentFeature=L1&gracePeriod=false", Some("L1")),
    ] {
        let answer = server.expect(&key, 200, "POST /license/L2", form).await;
        let [license] = &answer.items()[..] else {
            panic!("{}", answer.body);
        };
        assert_eq!(license.get("parentfeature"), parent, "{form}");
    }
}
